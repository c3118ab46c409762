/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi_sensor.h"

#include <freeipmi/freeipmi.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THRESHOLD 0x01
#define NO_NUMBER 3
#define NONLINEAR 0x70
#define DEGREES_C 1
#define DEGREES_F 2

/* ---- values ---- */

bool sensor_is_numeric(const struct sdr_sensor *s)
{
	return s->factors.format != NO_NUMBER;
}

bool sensor_is_nonlinear(const struct sdr_sensor *s)
{
	return s->factors.linearization >= NONLINEAR;
}

/* 6 * 201 * 0.01 is 12.06 and not 12.059999…: a linear sensor has as many
 * decimals as its exponents say, any other six digits. */
static double tidy(const struct sdr_factors *f, double value)
{
	int least = f->r_exp + (f->b != 0 && f->b_exp < 0 ? f->b_exp : 0);
	char text[32];

	if (f->linearization == IPMI_SDR_LINEARIZATION_LINEAR)
		snprintf(text, sizeof text, "%.*f", least < 0 ? -least : 0, value);
	else
		snprintf(text, sizeof text, "%.6g", value);
	return strtod(text, NULL);
}

bool sensor_value(const struct sdr_factors *f, uint8_t raw, double *value)
{
	struct sdr_factors now = *f;

	/* These factors are those of this very reading. */
	if (now.linearization >= NONLINEAR)
		now.linearization = IPMI_SDR_LINEARIZATION_LINEAR;
	if (now.format == NO_NUMBER ||
	    ipmi_sensor_decode_value(now.r_exp, now.b_exp, now.m, now.b, now.linearization,
	                             now.format, raw, value) < 0 ||
	    !isfinite(*value))
		return false;
	*value = tidy(&now, *value);
	return true;
}

bool sensor_units(const uint8_t units[3], char *buf, size_t size)
{
	uint8_t percent = units[0] & 1, modifier = units[0] >> 1 & 3, rate = units[0] >> 3 & 7;
	/* The letter alone is a coulomb's too. */
	bool degrees = units[1] == DEGREES_C || units[1] == DEGREES_F;
	char text[128] = "";

	if ((units[1] == 0 && !percent) ||
	    ipmi_sensor_units_string(percent, modifier, rate, units[1], units[2], text,
	                             sizeof text - 1, 1) <= 0)
		return false;
	snprintf(buf, size, "%s%s", degrees && !percent ? "\xc2\xb0" : "", text);
	return true;
}

/* ---- names ---- */

const char *sensor_class(uint8_t event_type)
{
	switch (ipmi_event_reading_type_code_class(event_type)) {
	case IPMI_EVENT_READING_TYPE_CODE_CLASS_THRESHOLD:
		return "threshold";
	case IPMI_EVENT_READING_TYPE_CODE_CLASS_GENERIC_DISCRETE:
		return "generic";
	case IPMI_EVENT_READING_TYPE_CODE_CLASS_SENSOR_SPECIFIC_DISCRETE:
		return "specific";
	case IPMI_EVENT_READING_TYPE_CODE_CLASS_OEM:
		return "oem";
	default:
		return "unknown";
	}
}

const char *sensor_type_name(const struct sdr_sensor *s, const struct sensor_maker *m)
{
	const char *name = ipmi_get_oem_sensor_type_string(s->sensor_type, s->event_type,
	                                                   m->manufacturer, m->product);

	return name != NULL ? name : ipmi_get_sensor_type_string(s->sensor_type);
}

const char *sensor_entity_name(uint8_t entity)
{
	return ipmi_get_entity_id_string(entity);
}

/* ---- states ---- */

char **sensor_states(const struct sdr_sensor *s, uint16_t mask, const struct sensor_maker *m,
                     unsigned *count)
{
	char **list = NULL;

	*count = 0;
	if (mask == 0 ||
	    ipmi_get_event_messages(s->event_type, s->sensor_type, s->number, mask, m->manufacturer,
	                            m->product, &list, count, NULL,
	                            IPMI_GET_EVENT_MESSAGES_FLAGS_SENSOR_READING |
	                                IPMI_GET_EVENT_MESSAGES_FLAGS_INTERPRET_OEM_DATA) < 0)
		return NULL;
	return list;
}

/* 80 kB: one for the process, and only when somebody asks. */
static ipmi_interpret_ctx_t interpreter(const struct sensor_maker *m)
{
	static ipmi_interpret_ctx_t ctx;

	if (ctx == NULL) {
		ctx = ipmi_interpret_ctx_create();
		if (ctx != NULL)
			ipmi_interpret_ctx_set_flags(ctx, IPMI_INTERPRET_FLAGS_INTERPRET_OEM_DATA);
	}
	if (ctx == NULL || ipmi_interpret_ctx_set_manufacturer_id(ctx, m->manufacturer) < 0 ||
	    ipmi_interpret_ctx_set_product_id(ctx, m->product) < 0)
		return NULL;
	return ctx;
}

/* FreeIPMI finds nothing in a non-critical limit that is passed; whoever set
 * it wanted to be told, and Redfish calls the same a warning. */
static enum sensor_health limits_health(uint16_t mask)
{
	if (mask & 0x36)
		return SENSOR_CRITICAL;
	return mask & 0x09 ? SENSOR_WARNING : SENSOR_OK;
}

enum sensor_health sensor_health(const struct sdr_sensor *s, uint16_t mask,
                                 const struct sensor_maker *m)
{
	ipmi_interpret_ctx_t ctx;
	unsigned state;

	if (s->event_type == THRESHOLD)
		return limits_health(mask);
	ctx = interpreter(m);
	if (ctx == NULL ||
	    ipmi_interpret_sensor(ctx, s->event_type, s->sensor_type, mask, &state) < 0)
		return SENSOR_UNKNOWN;
	switch (state) {
	case IPMI_INTERPRET_STATE_NOMINAL:
		return SENSOR_OK;
	case IPMI_INTERPRET_STATE_WARNING:
		return SENSOR_WARNING;
	case IPMI_INTERPRET_STATE_CRITICAL:
		return SENSOR_CRITICAL;
	default:
		return SENSOR_UNKNOWN;
	}
}
