/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two parsers of sensor data records, ours (src/ipmi_sdr.h) and FreeIPMI's,
 * read the same random records and have to agree. `make kat` builds and runs
 * this. */
#include <freeipmi/freeipmi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/ipmi_sdr.h"

#define RECORDS 4000

static unsigned checks, failures;

static void same(const char *what, const uint8_t *bytes, long ours, long theirs)
{
	checks++;
	if (ours == theirs)
		return;
	failures++;
	printf("FAILED %s of a record of type %02Xh: %ld, FreeIPMI says %ld\n", what, bytes[3],
	       ours, theirs);
}

/* The same records in each run. */
static uint8_t draw(void)
{
	static uint32_t state = 4711;

	state = state * 1664525 + 1013904223;
	return (uint8_t)(state >> 24);
}

static void check_sensor(ipmi_sdr_ctx_t ctx, const struct sdr_record *r, const uint8_t *p,
                         unsigned n)
{
	const struct sdr_sensor *s = &r->sensor;
	uint8_t kind, owner, lun, channel, number, entity, instance, container, type, event;

	if (ipmi_sdr_parse_sensor_owner_id(ctx, p, n, &kind, &owner) < 0 ||
	    ipmi_sdr_parse_sensor_owner_lun(ctx, p, n, &lun, &channel) < 0 ||
	    ipmi_sdr_parse_sensor_number(ctx, p, n, &number) < 0 ||
	    ipmi_sdr_parse_entity_id_instance_type(ctx, p, n, &entity, &instance, &container) < 0 ||
	    ipmi_sdr_parse_sensor_type(ctx, p, n, &type) < 0 ||
	    ipmi_sdr_parse_event_reading_type_code(ctx, p, n, &event) < 0) {
		same("fields", p, 1, 0);
		return;
	}
	same("owner", p, s->owner, owner << 1 | kind);
	same("LUN", p, s->lun, lun);
	same("channel", p, s->channel, channel);
	same("number", p, s->number, number);
	same("entity", p, r->entity, entity);
	same("instance", p, r->instance, container << 7 | instance);
	same("sensor type", p, s->sensor_type, type);
	same("event type", p, s->event_type, event);
}

static void check_units(ipmi_sdr_ctx_t ctx, const struct sdr_record *r, const uint8_t *p,
                        unsigned n)
{
	const uint8_t *units = r->sensor.units;
	uint8_t percent, modifier, rate, base, other;

	if (ipmi_sdr_parse_sensor_units(ctx, p, n, &percent, &modifier, &rate, &base, &other) < 0) {
		same("units", p, 1, 0);
		return;
	}
	same("percent", p, units[0] & 1, percent);
	same("unit modifier", p, units[0] >> 1 & 3, modifier);
	same("rate", p, units[0] >> 3 & 7, rate);
	/* FreeIPMI has no other units: what is more, it calls unspecified. */
	if (IPMI_SENSOR_UNIT_VALID(units[1]))
		same("unit", p, units[1], base);
	if (IPMI_SENSOR_UNIT_VALID(units[2]))
		same("other unit", p, units[2], other);
}

static void check_factors(ipmi_sdr_ctx_t ctx, const struct sdr_record *r, const uint8_t *p,
                          unsigned n)
{
	const struct sdr_factors *f = &r->sensor.factors;
	int8_t r_exp, b_exp;
	int16_t m, b;
	uint8_t linearization, format;

	if (ipmi_sdr_parse_sensor_decoding_data(ctx, p, n, &r_exp, &b_exp, &m, &b, &linearization,
	                                        &format) < 0) {
		same("factors", p, 1, 0);
		return;
	}
	same("M", p, f->m, m);
	same("B", p, f->b, b);
	same("exponent of the result", p, f->r_exp, r_exp);
	same("exponent of B", p, f->b_exp, b_exp);
	same("linearization", p, f->linearization, linearization);
	same("format", p, f->format, format);
}

/* In the order of Get Sensor Thresholds. */
static void check_limits(ipmi_sdr_ctx_t ctx, const struct sdr_record *r, const uint8_t *p,
                         unsigned n)
{
	const struct sdr_sensor *s = &r->sensor;
	uint8_t raw[6], readable[6];

	if (s->event_type != 0x01 ||
	    ipmi_sdr_parse_thresholds_raw(ctx, p, n, raw, raw + 1, raw + 2, raw + 3, raw + 4,
	                                  raw + 5) < 0 ||
	    ipmi_sdr_parse_threshold_readable(ctx, p, n, readable, readable + 1, readable + 2,
	                                      readable + 3, readable + 4, readable + 5) < 0)
		return;
	for (unsigned i = 0; i < 6; i++) {
		same("limit", p, s->limits[1 + i], raw[i]);
		if (s->access == SDR_READABLE || s->access == SDR_SETTABLE)
			same("readable limit", p, s->limits[0] >> i & 1, readable[i]);
	}
}

static void check_sharing(ipmi_sdr_ctx_t ctx, const struct sdr_record *r, const uint8_t *p,
                          unsigned n)
{
	const struct sdr_sensor *s = &r->sensor;
	uint8_t count, letters, offset, entities;

	if (ipmi_sdr_parse_sensor_record_sharing(ctx, p, n, &count, &letters, &offset, &entities) <
	    0) {
		same("sharing", p, 1, 0);
		return;
	}
	same("share count", p, s->share_count, count);
	same("letters", p, s->share_letters, letters == 1);
	same("offset", p, s->share_offset, offset);
	same("entities", p, s->share_entities, entities);
}

static void check_fru(ipmi_sdr_ctx_t ctx, const struct sdr_record *r, const uint8_t *p, unsigned n)
{
	const struct sdr_device *d = &r->device;
	uint8_t access, address, bus, lun, logical, channel, type, modifier, entity, instance;

	if (ipmi_sdr_parse_fru_device_locator_parameters(ctx, p, n, &access, &address, &bus, &lun,
	                                                 &logical, &channel) < 0 ||
	    ipmi_sdr_parse_device_type(ctx, p, n, &type, &modifier) < 0 ||
	    ipmi_sdr_parse_fru_entity_id_and_instance(ctx, p, n, &entity, &instance) < 0) {
		same("FRU", p, 1, 0);
		return;
	}
	same("access address", p, d->access, access << 1);
	same("device id", p, d->logical ? d->address : d->address & 0xfe,
	     logical ? address : address & 0xfe);
	same("bus", p, d->bus, bus);
	same("LUN", p, d->lun, lun);
	same("logical", p, d->logical, logical);
	same("channel", p, d->channel, channel);
	same("device type", p, d->type, type);
	same("modifier", p, d->modifier, modifier);
	same("entity", p, r->entity, entity);
	same("instance", p, r->instance, instance);
}

static void check_maker(ipmi_sdr_ctx_t ctx, const struct sdr_record *r, const uint8_t *p,
                        unsigned n)
{
	uint32_t manufacturer;

	if (ipmi_sdr_parse_manufacturer_id(ctx, p, n, &manufacturer) < 0)
		same("manufacturer", p, 1, 0);
	else
		same("manufacturer", p, r->manufacturer, manufacturer & 0xfffff);
}

static void check(ipmi_sdr_ctx_t ctx, uint8_t type, unsigned size)
{
	uint8_t p[SDR_MAX];
	struct sdr_record r;

	for (unsigned i = 0; i < size; i++)
		p[i] = draw();
	p[2] = 0x51;
	p[3] = type;
	p[4] = (uint8_t)(size - SDR_HEADER);
	if (type == SDR_FULL && draw() & 1)
		p[13] = 0x01; /* limits */
	sdr_parse(&r, p, size);
	same("id", p, r.id, p[0] | p[1] << 8);
	if (sdr_is_sensor(&r))
		check_sensor(ctx, &r, p, size);
	if (type == SDR_FULL || type == SDR_COMPACT)
		check_units(ctx, &r, p, size);
	if (type == SDR_FULL) {
		check_factors(ctx, &r, p, size);
		check_limits(ctx, &r, p, size);
	}
	if (type == SDR_COMPACT)
		check_sharing(ctx, &r, p, size);
	if (type == SDR_FRU_LOCATOR)
		check_fru(ctx, &r, p, size);
	if (type == SDR_OEM)
		check_maker(ctx, &r, p, size);
}

int main(void)
{
	ipmi_sdr_ctx_t ctx = ipmi_sdr_ctx_create();

	if (ctx == NULL)
		return 1;
	for (unsigned i = 0; i < RECORDS; i++) {
		check(ctx, SDR_FULL, 64);
		check(ctx, SDR_COMPACT, 48);
		check(ctx, SDR_EVENT_ONLY, 33);
		check(ctx, SDR_FRU_LOCATOR, 32);
		check(ctx, SDR_OEM, 40);
	}
	ipmi_sdr_ctx_destroy(ctx);
	printf("sdr: %u checks, %u failures\n", checks, failures);
	return failures != 0;
}
