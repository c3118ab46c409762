/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of secrets: pages of their own, locked and left out of core
 * dumps. A sweep holds a token a machine, and the limit on locked memory is
 * counted in pages, so small secrets share one. */
#include "secret.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOT_MIN 64
#define SLOT_MAX 1024 /* a larger secret has pages to itself */
#define SIZES 5       /* 64 128 256 512 1024 */

/* Head of a shared page; slots of one size follow. */
struct page {
	struct page *prev, *next; /* pages of this size with room */
	struct slot *free;
	size_t used;
};

struct slot {
	struct slot *next;
};

static struct page *with_room[SIZES];

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t slot_size(size_t need)
{
	size_t size = SLOT_MIN;

	while (size < need)
		size *= 2;
	return size;
}

static struct page **room_for(size_t size)
{
	struct page **list = with_room;

	for (size_t s = SLOT_MIN; s < size; s *= 2)
		list++;
	return list;
}

static void *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* Beyond RLIMIT_MEMLOCK the secret is still usable, only not locked. */
	mlock(p, size);
	madvise(p, size, MADV_DONTDUMP);
	return p;
}

static void link_page(struct page **list, struct page *page)
{
	page->prev = NULL;
	page->next = *list;
	if (*list != NULL)
		(*list)->prev = page;
	*list = page;
}

static void unlink_page(struct page **list, struct page *page)
{
	if (page->prev != NULL)
		page->prev->next = page->next;
	else
		*list = page->next;
	if (page->next != NULL)
		page->next->prev = page->prev;
}

static struct page *new_page(size_t size)
{
	struct page *page = map(page_size());

	if (page == NULL)
		return NULL;
	for (size_t at = size; at + size <= page_size(); at += size) {
		struct slot *slot = (struct slot *)(void *)((char *)page + at);

		slot->next = page->free;
		page->free = slot;
	}
	link_page(room_for(size), page);
	return page;
}

static char *take(size_t size)
{
	struct page **list = room_for(size), *page;
	struct slot *slot;

	if (size > SLOT_MAX)
		return map(size);
	page = *list != NULL ? *list : new_page(size);
	if (page == NULL)
		return NULL;
	slot = page->free;
	page->free = slot->next;
	page->used++;
	if (page->free == NULL)
		unlink_page(list, page);
	return (char *)slot;
}

static void give_back(char *bytes, size_t size)
{
	struct page **list, *page;
	struct slot *slot = (struct slot *)(void *)bytes;

	secret_wipe(bytes, size);
	if (size > SLOT_MAX) {
		munmap(bytes, size);
		return;
	}
	list = room_for(size);
	page = (struct page *)((uintptr_t)bytes & ~(uintptr_t)(page_size() - 1));
	if (page->free == NULL)
		link_page(list, page);
	slot->next = page->free;
	page->free = slot;
	if (--page->used == 0 && (page->prev != NULL || page->next != NULL)) {
		unlink_page(list, page);
		munmap(page, page_size());
	}
}

bool secret_append(struct secret *s, const char *bytes, size_t len)
{
	size_t need = s->len + len + 1;

	if (need > s->room) {
		size_t room = slot_size(need);
		char *larger = take(room);

		if (larger == NULL)
			return false;
		if (s->bytes != NULL) {
			memcpy(larger, s->bytes, s->len);
			give_back(s->bytes, s->room);
		}
		s->bytes = larger;
		s->room = room;
	}
	memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
	s->bytes[s->len] = '\0';
	return true;
}

void secret_cut(struct secret *s, size_t len)
{
	if (len >= s->len)
		return;
	secret_wipe(s->bytes + len, s->len - len);
	s->len = len;
}

void secret_clear(struct secret *s)
{
	if (s->bytes != NULL)
		give_back(s->bytes, s->room);
	s->bytes = NULL;
	s->len = s->room = 0;
}

bool secret_equal(const struct secret *s, const char *bytes, size_t len)
{
	volatile unsigned differ = s->len != len;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned)(bytes[i] ^ s->bytes[i < s->len ? i : s->len]);
	return differ == 0;
}

void secret_wipe(void *p, size_t len)
{
	explicit_bzero(p, len);
}
