/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer target for the syntax of requests. The first byte says in which
 * pieces the rest arrives: whatever they are, the same requests must come out
 * of it, for who reads otherwise than the one before him can be deceived. */
#include <stdlib.h>
#include <string.h>

#include "../src/h1.h"

#define ROOM 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read: heads as they were taken, then bodies. */
struct result {
	size_t len;
	int status;
	char text[ROOM];
};

static struct result whole, pieces;

static void note(struct result *r, const char *p, size_t len)
{
	if (len > sizeof r->text - r->len)
		abort();
	memcpy(r->text + r->len, p, len);
	r->len += len;
}

static void check_field(const struct h1_field *field, const char *p, size_t len)
{
	if (!h1_is_token(field->name) || !h1_is_value(field->value))
		abort();
	if (field->name.p < p || field->value.p + field->value.len > p + len)
		abort();
}

static int read_head(struct h1_head *head, const char *p, size_t len, struct result *r)
{
	char *copy = malloc(len);
	struct h1_field *fields = calloc(h1_count_fields(p, len), sizeof *fields);
	int status;

	if (copy == NULL || fields == NULL)
		abort();
	memcpy(copy, p, len);
	status = h1_parse(head, copy, len, fields);
	for (size_t i = 0; status == 0 && i < head->nfields; i++)
		check_field(&fields[i], copy, len);
	if (status == 0) {
		/* Two lengths are one that somebody will not see. */
		if ((head->chunked && head->length != 0) || head->target.p[0] != '/')
			abort();
		note(r, head->method.p, head->method.len);
		note(r, head->target.p, head->target.len);
	}
	free(fields);
	free(copy);
	return status;
}

/* The part of a body that has come; true at its end. */
static bool read_body(const struct h1_head *head, struct h1_chunks *chunks, uint64_t *missing,
                      const char **p, const char *end, struct result *r)
{
	enum h1_step step;
	struct h1_text part;

	if (!head->chunked) {
		size_t here = (size_t)(end - *p);

		if (here > *missing)
			here = (size_t)*missing;
		note(r, *p, here);
		*p += here;
		*missing -= here;
		return *missing == 0;
	}
	while ((step = h1_chunk(chunks, p, end, &part)) == H1_DATA)
		note(r, part.p, part.len);
	if (step == H1_BAD)
		r->status = 400;
	return step == H1_END;
}

/* As httpd_conn.c reads: a head, its body, the next head. */
static void read_all(const char *text, size_t len, size_t piece, struct result *r)
{
	const char *p = text, *end = text + len;
	struct h1_head head = { 0 };
	struct h1_chunks chunks = { 0 };
	uint64_t missing = 0;
	size_t come = 0, seen = 0, size;
	bool in_body = false;

	r->len = 0;
	r->status = 0;
	while (r->status == 0 && come < len) {
		come = len - come < piece ? len : come + piece;
		while (r->status == 0) {
			end = text + come;
			if (in_body) {
				if (!read_body(&head, &chunks, &missing, &p, end, r))
					break;
				in_body = false;
			}
			size = h1_head_size(p, (size_t)(end - p), &seen);
			if (size == 0)
				break;
			r->status = read_head(&head, p, size, r);
			p += size;
			seen = 0;
			memset(&chunks, 0, sizeof chunks);
			missing = head.length;
			in_body = true;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	read_all((const char *)data + 1, size - 1, size, &whole);
	read_all((const char *)data + 1, size - 1, (size_t)data[0] % 64 + 1, &pieces);
	if (whole.status != pieces.status || whole.len != pieces.len ||
	    memcmp(whole.text, pieces.text, whole.len) != 0)
		abort();
	return 0;
}
