/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte numbers are the specification's, which count from 1. */
#include "ipmi_sdr.h"

#include <string.h>

#include "ipmi_text.h"

struct bytes {
	const uint8_t *p;
	size_t len;
};

/* 0 where a record ends early: a BMC that leaves something out means nothing. */
static uint8_t at(const struct bytes *b, size_t n)
{
	return n <= b->len ? b->p[n - 1] : 0;
}

static uint16_t at16(const struct bytes *b, size_t n)
{
	return (uint16_t)(at(b, n) | at(b, n + 1) << 8);
}

/* ---- names ---- */

/* Latin-1 as UTF-8, up to the first zero or FFh; what is no character is a blank. */
static size_t latin1(const uint8_t *p, size_t len, char *out)
{
	size_t n = 0;

	for (; len > 0 && *p != 0 && *p != 0xff; p++, len--) {
		unsigned c = *p < 0x20 || (*p >= 0x7f && *p < 0xa0) ? ' ' : *p;

		if (c >= 0x80)
			out[n++] = (char)(0xc0 | c >> 6);
		out[n++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
	}
	return n;
}

static void trim(char *s, size_t len)
{
	size_t from = 0;

	while (len > 0 && s[len - 1] == ' ')
		len--;
	while (from < len && s[from] == ' ')
		from++;
	memmove(s, s + from, len - from);
	s[len - from] = '\0';
}

/* Byte n tells type and length, what follows is the name (43.15). */
static void read_name(struct sdr_record *r, const struct bytes *b, size_t n)
{
	size_t len = at(b, n) & 0x1f;
	const uint8_t *text;

	if (n > b->len)
		return;
	text = b->p + n;
	if (len > b->len - n)
		len = b->len - n;
	switch (at(b, n) >> 6) {
	case 1:
		len = ipmi_text_bcd(text, len, r->name);
		break;
	case 2:
		len = ipmi_text_6bit(text, len, r->name);
		break;
	default: /* type 0, "Unicode", holds ASCII wherever it was seen */
		len = latin1(text, len, r->name);
	}
	trim(r->name, len);
}

/* ---- factors ---- */

static int16_t signed_of(unsigned value, unsigned bits)
{
	unsigned sign = 1U << (bits - 1);

	return (int16_t)((int)(value ^ sign) - (int)sign);
}

/* Bytes 25 to 30 of a full record. */
static void read_factors(struct sdr_factors *f, const uint8_t p[6])
{
	f->m = signed_of(p[0] | (p[1] & 0xc0U) << 2, 10);
	f->b = signed_of(p[2] | (p[3] & 0xc0U) << 2, 10);
	f->r_exp = (int8_t)signed_of(p[5] >> 4, 4);
	f->b_exp = (int8_t)signed_of(p[5] & 15, 4);
}

bool sdr_take_factors(struct sdr_factors *f, const uint8_t *bytes, size_t len)
{
	if (len < 6)
		return false;
	read_factors(f, bytes);
	return true;
}

/* ---- sensors ---- */

/* Byte n and the next one of compact and event-only records. */
static void read_sharing(struct sdr_sensor *s, const struct bytes *b, size_t n)
{
	s->share_count = at(b, n) & 0x0f;
	s->share_letters = (at(b, n) >> 4 & 3) == 1;
	s->share_entities = at(b, n + 1) & 0x80;
	s->share_offset = at(b, n + 1) & 0x7f;
}

/* Which limits are there: those that can be read or, where nobody can read
 * them and the record is the only place, those that the BMC compares with. */
static uint8_t limits_mask(const struct sdr_sensor *s, const struct bytes *b)
{
	if (s->access == SDR_NO_LIMITS)
		return 0;
	if (s->access == SDR_FIXED)
		return (uint8_t)((at(b, 16) >> 4 & 7) | (at(b, 18) >> 4 & 7) << 3);
	return at(b, 19) & 0x3f;
}

static void read_limits(struct sdr_sensor *s, const struct bytes *b)
{
	/* lower non-critical, critical, non-recoverable, then the upper ones */
	static const uint8_t places[SDR_LIMITS] = { 42, 41, 40, 39, 38, 37 };

	s->limits[0] = limits_mask(s, b);
	for (size_t i = 0; i < SDR_LIMITS; i++) {
		s->limits[1 + i] = at(b, places[i]);
		if (places[i] > b->len)
			s->limits[0] &= (uint8_t) ~(1U << i);
	}
}

static const char *parse_full(struct sdr_record *r, const struct bytes *b)
{
	struct sdr_sensor *s = &r->sensor;

	memcpy(s->units, (uint8_t[]){ at(b, 21), at(b, 22), at(b, 23) }, sizeof s->units);
	s->factors.linearization = at(b, 24) & 0x7f;
	if (b->len >= 30) {
		s->factors.format = at(b, 21) >> 6;
		read_factors(&s->factors, b->p + 24);
	}
	if (s->event_type == 0x01)
		read_limits(s, b);
	read_name(r, b, 48);
	return NULL;
}

static const char *parse_compact(struct sdr_record *r, const struct bytes *b)
{
	struct sdr_sensor *s = &r->sensor;

	memcpy(s->units, (uint8_t[]){ at(b, 21), at(b, 22), at(b, 23) }, sizeof s->units);
	read_sharing(s, b, 24);
	read_name(r, b, 32);
	return NULL;
}

static const char *parse_event_only(struct sdr_record *r, const struct bytes *b)
{
	r->sensor.sensor_type = at(b, 11);
	r->sensor.event_type = at(b, 12);
	read_sharing(&r->sensor, b, 13);
	read_name(r, b, 17);
	return NULL;
}

static const char *parse_sensor(struct sdr_record *r, const struct bytes *b)
{
	struct sdr_sensor *s = &r->sensor;

	if (b->len < (r->type == SDR_EVENT_ONLY ? 12 : 14))
		return "it ends before it says what is measured";
	s->owner = at(b, 6);
	s->lun = at(b, 7) & 3;
	s->channel = at(b, 7) >> 4;
	s->number = at(b, 8);
	r->entity = at(b, 9);
	r->instance = at(b, 10);
	s->factors.format = 3;
	if (r->type == SDR_EVENT_ONLY)
		return parse_event_only(r, b);
	s->access = (enum sdr_access)(at(b, 12) >> 2 & 3);
	s->sensor_type = at(b, 13);
	s->event_type = at(b, 14);
	return r->type == SDR_FULL ? parse_full(r, b) : parse_compact(r, b);
}

/* ---- devices ---- */

static void read_device(struct sdr_record *r, const struct bytes *b)
{
	r->device.type = at(b, 11);
	r->device.modifier = at(b, 12);
	r->entity = at(b, 13);
	r->instance = at(b, 14);
	read_name(r, b, 16);
}

static const char *parse_generic_locator(struct sdr_record *r, const struct bytes *b)
{
	struct sdr_device *d = &r->device;

	d->access = at(b, 6) & 0xfe;
	d->address = at(b, 7) & 0xfe;
	d->channel = (uint8_t)((at(b, 7) & 1) << 3 | at(b, 8) >> 5);
	d->lun = at(b, 8) >> 3 & 3;
	d->bus = at(b, 8) & 7;
	read_device(r, b);
	return NULL;
}

static const char *parse_fru_locator(struct sdr_record *r, const struct bytes *b)
{
	struct sdr_device *d = &r->device;

	if (b->len < 8)
		return "it ends before it says which FRU";
	d->access = at(b, 6) & 0xfe;
	d->logical = at(b, 8) & 0x80;
	d->address = d->logical ? at(b, 7) : at(b, 7) & 0xfe;
	d->lun = at(b, 8) >> 3 & 3;
	d->bus = at(b, 8) & 7;
	d->channel = at(b, 9) >> 4;
	read_device(r, b);
	return NULL;
}

static const char *parse_mc_locator(struct sdr_record *r, const struct bytes *b)
{
	struct sdr_device *d = &r->device;

	d->access = at(b, 6) & 0xfe;
	d->address = d->access;
	d->channel = at(b, 7) & 0x0f;
	d->capabilities = at(b, 9);
	r->entity = at(b, 13);
	r->instance = at(b, 14);
	read_name(r, b, 16);
	return NULL;
}

static uint32_t manufacturer_at(const struct bytes *b, size_t n)
{
	return at16(b, n) | (at(b, n + 2) & 0x0fU) << 16;
}

static const char *parse_mc_confirmation(struct sdr_record *r, const struct bytes *b)
{
	r->device.access = at(b, 6) & 0xfe;
	r->device.address = r->device.access;
	r->device.channel = at(b, 8) >> 4;
	r->manufacturer = manufacturer_at(b, 12);
	r->product = at16(b, 15);
	return NULL;
}

/* Two or, where they name a controller first, four bytes for each. */
static const char *parse_entities(struct sdr_record *r, const struct bytes *b)
{
	struct sdr_contained *c = &r->contained;
	bool far = r->type == SDR_DEVICE_ENTITIES;
	size_t first = far ? 13 : 9, step = far ? 4 : 2;

	r->entity = at(b, 6);
	r->instance = at(b, 7);
	c->ranges = at(b, far ? 10 : 8) & 0x80;
	for (size_t i = 0; i < SDR_CONTAINED && at(b, first + i * step) != 0; i++) {
		c->of[i].entity = at(b, first + i * step);
		c->of[i].instance = at(b, first + i * step + 1);
		c->count++;
	}
	return NULL;
}

static const char *parse_oem(struct sdr_record *r, const struct bytes *b)
{
	r->manufacturer = manufacturer_at(b, 6);
	if (b->len > 8) {
		r->data = b->p + 8;
		r->data_len = b->len - 8;
	}
	return NULL;
}

/* ---- all of them ---- */

static const struct {
	enum sdr_type type;
	const char *(*parse)(struct sdr_record *r, const struct bytes *b);
} kinds[] = {
	{ SDR_FULL, parse_sensor },
	{ SDR_COMPACT, parse_sensor },
	{ SDR_EVENT_ONLY, parse_sensor },
	{ SDR_ENTITIES, parse_entities },
	{ SDR_DEVICE_ENTITIES, parse_entities },
	{ SDR_GENERIC_LOCATOR, parse_generic_locator },
	{ SDR_FRU_LOCATOR, parse_fru_locator },
	{ SDR_MC_LOCATOR, parse_mc_locator },
	{ SDR_MC_CONFIRMATION, parse_mc_confirmation },
	{ SDR_OEM, parse_oem },
};

const char *sdr_parse(struct sdr_record *out, const uint8_t *bytes, size_t len)
{
	struct bytes b = { bytes, len };

	memset(out, 0, sizeof *out);
	if (len < SDR_HEADER)
		return "it is shorter than its header";
	out->whole = len >= SDR_HEADER + (size_t)bytes[4];
	if (out->whole)
		b.len = SDR_HEADER + (size_t)bytes[4];
	out->id = at16(&b, 1);
	out->type = at(&b, 4);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].type == out->type)
			return kinds[i].parse(out, &b);
	}
	return NULL; /* of a type that is not known, or has nothing for us */
}
