/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RACES 16 /* how often the file may be taken away between open and lock */

static const int flags_of[] = {
	[LOCKFILE_NEW] = O_CREAT | O_EXCL,
	[LOCKFILE_OLD] = 0,
	[LOCKFILE_ANY] = O_CREAT,
};

static bool failed(struct lockfile *f, const char *what)
{
	snprintf(f->text, sizeof f->text, "%s: %s", what, strerror(errno));
	return false;
}

static enum err_code code_of_errno(void)
{
	if (errno == ENOENT)
		return ERR_MISSING;
	return errno == EEXIST || errno == EWOULDBLOCK ? ERR_BUSY : ERR_REJECTED;
}

static enum err_code give_up(struct lockfile *f, enum err_code code)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	return code;
}

/* Whether the file that was locked is still the one of that name: its last
 * holder may have removed it while we were about to lock it. */
static bool is_current(int fd, const char *path, struct stat *st)
{
	struct stat named;

	return fstat(fd, st) == 0 && stat(path, &named) == 0 && st->st_ino == named.st_ino &&
	       st->st_dev == named.st_dev;
}

static enum err_code check_owner(struct lockfile *f, const char *path, const struct stat *st)
{
	if (st->st_uid == geteuid() && (st->st_mode & 077) == 0)
		return ERR_NONE;
	snprintf(f->text, sizeof f->text, "%s: %s", path,
	         st->st_uid != geteuid() ? "it belongs to another user"
	                                 : "others may read or write it; chmod 600");
	return give_up(f, ERR_REJECTED);
}

static enum err_code try_open(struct lockfile *f, const char *path, enum lockfile_how how,
                              struct stat *st)
{
	f->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags_of[how], 0600);
	if (f->fd < 0 || flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
		enum err_code code = code_of_errno();

		failed(f, path);
		if (errno == EWOULDBLOCK)
			snprintf(f->text, sizeof f->text, "%s: another process has it", path);
		return give_up(f, code);
	}
	if (is_current(f->fd, path, st))
		return ERR_NONE;
	snprintf(f->text, sizeof f->text, "%s: it is taken away again and again", path);
	give_up(f, ERR_BUSY);
	return how == LOCKFILE_NEW ? ERR_BUSY : ERR_COUNT; /* ERR_COUNT: once more */
}

enum err_code lockfile_open(struct lockfile *f, const char *path, enum lockfile_how how)
{
	struct stat st;
	enum err_code code = ERR_COUNT;

	for (int i = 0; i < RACES && code == ERR_COUNT; i++)
		code = try_open(f, path, how, &st);
	if (code == ERR_COUNT)
		code = ERR_BUSY;
	if (code == ERR_NONE)
		code = check_owner(f, path, &st);
	if (code != ERR_NONE)
		return code;
	f->path = strdup(path);
	if (f->path != NULL)
		return ERR_NONE;
	failed(f, path);
	return give_up(f, ERR_INTERNAL);
}

off_t lockfile_size(struct lockfile *f)
{
	struct stat st;

	if (fstat(f->fd, &st) == 0)
		return st.st_size;
	failed(f, f->path);
	return -1;
}

bool lockfile_read(struct lockfile *f, char *buf, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pread(f->fd, buf, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(f, f->path);
		if (n == 0) {
			snprintf(f->text, sizeof f->text, "%s: it ends early", f->path);
			return false;
		}
		buf += n;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool lockfile_write(struct lockfile *f, const char *bytes, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(f->fd, bytes, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(f, f->path);
		bytes += n;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool lockfile_append(struct lockfile *f, const char *bytes, size_t len)
{
	off_t end = lockfile_size(f);

	return end >= 0 && lockfile_write(f, bytes, len, end);
}

bool lockfile_cut(struct lockfile *f, off_t len)
{
	return ftruncate(f->fd, len) == 0 || failed(f, f->path);
}

bool lockfile_remove(struct lockfile *f)
{
	return unlink(f->path) == 0 || errno == ENOENT || failed(f, f->path);
}

void lockfile_close(struct lockfile *f)
{
	if (f->path == NULL)
		return;
	close(f->fd);
	free(f->path);
	f->fd = -1;
	f->path = NULL;
}
