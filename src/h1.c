/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "h1.h"

#include <string.h>
#include <strings.h>

#include "hex.h"

/* A chunk-size line or a trailer longer than this is an attack. */
#define MAX_CHUNK_OVERHEAD 4096

/* ---- small readers ---- */

bool h1_is(struct h1_text text, const char *other)
{
	return text.len == strlen(other) && strncasecmp(text.p, other, text.len) == 0;
}

static bool is_token_char(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool h1_is_token(struct h1_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_token_char((unsigned char)text.p[i]))
			return false;
	return text.len > 0;
}

bool h1_is_value(struct h1_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

bool h1_number(struct h1_text text, uint64_t *number)
{
	uint64_t n = 0;

	if (text.len == 0 || text.len > 18) /* more could overflow */
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	*number = n;
	return true;
}

static struct h1_text trim(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct h1_text){ p, (size_t)(end - p) };
}

/* Whether a comma-separated list names the word. */
static bool list_has(struct h1_text list, const char *word)
{
	const char *p = list.p, *end = list.p + list.len;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma != NULL ? comma : end;

		if (h1_is(trim(p, stop), word))
			return true;
		p = stop + 1;
	}
	return false;
}

/* ---- head ---- */

size_t h1_head_size(const char *p, size_t len, size_t *seen)
{
	const char *end;

	end = memmem(p + *seen, len - *seen, "\r\n\r\n", 4);
	if (end != NULL)
		return (size_t)(end - p) + 4;
	*seen = len < 3 ? 0 : len - 3;
	return 0;
}

size_t h1_count_fields(const char *p, size_t len)
{
	size_t n = 0;

	for (const char *end = p + len; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		n++;
	return n;
}

/* The text up to CR LF, and *p behind it; false where a CR or LF stands alone. */
static bool take_line(char **p, char *end, struct h1_text *line)
{
	char *lf = memchr(*p, '\n', (size_t)(end - *p));

	if (lf == NULL || lf == *p || lf[-1] != '\r')
		return false;
	line->p = *p;
	line->len = (size_t)(lf - 1 - *p);
	*p = lf + 1;
	return memchr(line->p, '\r', line->len) == NULL;
}

/* A proxy, or a client that takes us for one, names the whole URL. */
static struct h1_text origin_form(struct h1_text target)
{
	const char *end = target.p + target.len, *slash;
	size_t scheme = 0;

	if (target.len > 7 && strncasecmp(target.p, "http://", 7) == 0)
		scheme = 7;
	else if (target.len > 8 && strncasecmp(target.p, "https://", 8) == 0)
		scheme = 8;
	if (scheme == 0)
		return target;
	slash = memchr(target.p + scheme, '/', target.len - scheme);
	if (slash == NULL)
		return (struct h1_text){ "/", 1 };
	return (struct h1_text){ slash, (size_t)(end - slash) };
}

static bool is_visible(struct h1_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] <= ' ' || text.p[i] == 0x7f)
			return false;
	return true;
}

static int parse_version(struct h1_head *head, struct h1_text version)
{
	if (version.len != 8 || memcmp(version.p, "HTTP/", 5) != 0 || version.p[6] != '.')
		return 400;
	if (version.p[5] != '1' || version.p[7] < '0' || version.p[7] > '9')
		return 505;
	head->minor = (unsigned)(version.p[7] - '0');
	head->keep_alive = head->minor > 0;
	return 0;
}

static int parse_request_line(struct h1_head *head, struct h1_text line)
{
	const char *end = line.p + line.len;
	const char *first = memchr(line.p, ' ', line.len);
	const char *last = memrchr(line.p, ' ', line.len);

	if (first == NULL || first == last)
		return 400;
	head->method = (struct h1_text){ line.p, (size_t)(first - line.p) };
	head->target = origin_form((struct h1_text){ first + 1, (size_t)(last - first - 1) });
	if (!h1_is_token(head->method) || !is_visible(head->target))
		return 400;
	if (head->target.len == 0 || head->target.p[0] != '/')
		return 400;
	return parse_version(head, (struct h1_text){ last + 1, (size_t)(end - last - 1) });
}

/* Line folding fails here: its first character is no token character. */
static bool parse_field(struct h1_head *head, char *line, size_t len)
{
	struct h1_field *field = &head->fields[head->nfields];
	const char *colon = memchr(line, ':', len);

	if (colon == NULL)
		return false;
	field->name = (struct h1_text){ line, (size_t)(colon - line) };
	field->value = trim(colon + 1, line + len);
	if (!h1_is_token(field->name) || !h1_is_value(field->value))
		return false;
	for (char *c = line; c < colon; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	head->nfields++;
	return true;
}

/* What the fields say about the message itself. */
struct framing {
	unsigned hosts, lengths;
	bool coded;
};

static int read_framing(struct h1_head *head, struct framing *f, const struct h1_field *field)
{
	uint64_t length;

	if (h1_is(field->name, "host")) {
		f->hosts++;
	} else if (h1_is(field->name, "content-length")) {
		if (!h1_number(field->value, &length))
			return 400;
		if (f->lengths++ > 0 && length != head->length)
			return 400;
		head->length = length;
	} else if (h1_is(field->name, "transfer-encoding")) {
		if (f->coded || !h1_is(field->value, "chunked"))
			return 501;
		f->coded = head->chunked = true;
	} else if (h1_is(field->name, "connection")) {
		if (list_has(field->value, "close"))
			head->keep_alive = false;
		else if (head->minor == 0 && list_has(field->value, "keep-alive"))
			head->keep_alive = true;
	} else if (h1_is(field->name, "expect")) {
		head->expects_continue = h1_is(field->value, "100-continue");
	}
	return 0;
}

int h1_parse(struct h1_head *head, char *p, size_t len, struct h1_field *fields)
{
	struct framing f = { 0 };
	struct h1_text line;
	char *end = p + len;
	int status;

	memset(head, 0, sizeof *head);
	head->fields = fields;
	if (!take_line(&p, end, &line))
		return 400;
	status = parse_request_line(head, line);
	while (status == 0) {
		char *start = p;

		if (!take_line(&p, end, &line))
			return 400;
		if (line.len == 0)
			break;
		if (!parse_field(head, start, line.len))
			return 400;
		status = read_framing(head, &f, &head->fields[head->nfields - 1]);
	}
	if (status != 0)
		return status;
	/* Both lengths given is how requests are smuggled past a proxy. */
	if ((f.coded && (f.lengths > 0 || head->minor == 0)) || f.hosts > 1)
		return 400;
	return head->minor > 0 && f.hosts == 0 ? 400 : 0;
}

/* ---- chunked body ---- */

enum {
	CHUNK_SIZE_START,
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER_START,
	CHUNK_TRAILER,
	CHUNK_TRAILER_LF,
	CHUNK_END_LF,
	CHUNK_END,
	CHUNK_BAD,
};

static unsigned char chunk_size_char(struct h1_chunks *c, char ch)
{
	int digit = hex_digit(ch);

	if (digit >= 0) {
		if (c->left >> 56 != 0)
			return CHUNK_BAD;
		c->left = c->left << 4 | (uint64_t)digit;
		return CHUNK_SIZE;
	}
	if (c->state == CHUNK_SIZE_START)
		return CHUNK_BAD;
	if (ch == '\r')
		return CHUNK_SIZE_LF;
	return ch == ';' || ch == ' ' || ch == '\t' ? CHUNK_EXTENSION : CHUNK_BAD;
}

/* The state after one byte that is not body. */
static unsigned char chunk_next(struct h1_chunks *c, char ch)
{
	switch (c->state) {
	case CHUNK_SIZE_START:
	case CHUNK_SIZE:
		return chunk_size_char(c, ch);
	case CHUNK_EXTENSION:
		return ch == '\n' ? CHUNK_BAD : ch == '\r' ? CHUNK_SIZE_LF : CHUNK_EXTENSION;
	case CHUNK_SIZE_LF:
		if (ch != '\n')
			return CHUNK_BAD;
		return c->left > 0 ? CHUNK_DATA : CHUNK_TRAILER_START;
	case CHUNK_DATA_CR:
		return ch == '\r' ? CHUNK_DATA_LF : CHUNK_BAD;
	case CHUNK_DATA_LF:
		c->overhead = 0;
		return ch == '\n' ? CHUNK_SIZE_START : CHUNK_BAD;
	case CHUNK_TRAILER_START:
		return ch == '\r' ? CHUNK_END_LF : ch == '\n' ? CHUNK_BAD : CHUNK_TRAILER;
	case CHUNK_TRAILER:
		return ch == '\n' ? CHUNK_BAD : ch == '\r' ? CHUNK_TRAILER_LF : CHUNK_TRAILER;
	case CHUNK_TRAILER_LF:
		return ch == '\n' ? CHUNK_TRAILER_START : CHUNK_BAD;
	case CHUNK_END_LF:
		return ch == '\n' ? CHUNK_END : CHUNK_BAD;
	default:
		return CHUNK_BAD;
	}
}

enum h1_step h1_chunk(struct h1_chunks *c, const char **p, const char *end, struct h1_text *data)
{
	while (*p < end && c->state != CHUNK_END && c->state != CHUNK_BAD) {
		size_t here = (size_t)(end - *p);

		if (c->state != CHUNK_DATA) {
			c->state = chunk_next(c, *(*p)++);
			if (++c->overhead > MAX_CHUNK_OVERHEAD)
				c->state = CHUNK_BAD;
			continue;
		}
		data->p = *p;
		data->len = c->left < here ? (size_t)c->left : here;
		c->left -= data->len;
		*p += data->len;
		if (c->left == 0)
			c->state = CHUNK_DATA_CR;
		return H1_DATA;
	}
	if (c->state == CHUNK_BAD)
		return H1_BAD;
	return c->state == CHUNK_END ? H1_END : H1_MORE;
}

/* ---- reasons ---- */

static const struct {
	int status;
	const char *words;
} reasons[] = {
	{ 100, "Continue" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

const char *h1_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return "";
}
