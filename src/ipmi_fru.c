/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inventory of a FRU. See ipmi_fru.h; sections are those of the storage definition. */
#include <freeipmi/freeipmi.h>
#include <string.h>

#include "ipmi_fru.h"
#include "ipmi_text.h"
#include "le.h"

#define UNIT 8   /* offsets and lengths are told in these (8, 10) */
#define END 0xC1 /* end mark of the fields (13) */
#define RECORD_HEADER 5

static bool sums_to_zero(const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *data++);
	return sum == 0;
}

/* ---- areas ---- */

bool fru_header(const uint8_t *data, size_t len, struct fru_header *out)
{
	if (len < UNIT)
		return false;
	out->version = data[0] & 0x0F;
	out->checksum_ok = sums_to_zero(data, UNIT);
	for (int i = 0; i < FRU_AREAS; i++)
		out->offset[i] = (size_t)data[1 + i] * UNIT;
	return true;
}

bool fru_area(const uint8_t *data, size_t len, size_t offset, struct fru_area *out)
{
	if (offset + 2 > len)
		return false;
	out->data = data + offset;
	out->version = out->data[0] & 0x0F;
	out->stated = (size_t)out->data[1] * UNIT;
	out->len = len - offset;
	if (out->stated && out->stated < out->len)
		out->len = out->stated;
	out->checksum_ok = out->len == out->stated && sums_to_zero(out->data, out->len);
	return true;
}

uint32_t fru_made(const struct fru_area *board)
{
	static const uint32_t epoch = 820454400; /* 1996-01-01 00:00 UTC (11) */
	uint32_t minutes = board->len < 6 ? 0 : get24(board->data + 3);

	return minutes ? epoch + minutes * 60 : 0;
}

/* ---- fields (13) ---- */

bool fru_field(const struct fru_area *area, size_t *at, struct fru_field *out)
{
	size_t left;

	if (*at >= area->len || area->data[*at] == END)
		return false;
	out->kind = (enum fru_field_kind)(area->data[*at] >> 6);
	out->len = area->data[*at] & 0x3F;
	out->data = area->data + *at + 1;
	left = area->len - *at - 1;
	out->cut = out->len > left;
	if (out->cut)
		out->len = left;
	*at += 1 + out->len;
	return true;
}

static size_t put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	} else if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	out[0] = (char)(0xE0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3F));
	out[2] = (char)(0x80 | (c & 0x3F));
	return 3;
}

static size_t hexadecimal(const struct fru_field *f, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < f->len; i++) {
		out[2 * i] = digits[f->data[i] >> 4];
		out[2 * i + 1] = digits[f->data[i] & 15];
	}
	return 2 * f->len;
}

/* Fields of other languages than English are UTF-16 by the letter of the definition, and Latin-1
 * on many a board: text of nothing but printable ASCII is taken for that. */
static bool is_utf16(const struct fru_field *f, uint8_t language)
{
	if (language == IPMI_FRU_LANGUAGE_CODE_ENGLISH_LEGACY ||
	    language == IPMI_FRU_LANGUAGE_CODE_ENGLISH || f->len % 2)
		return false;
	for (size_t i = 0; i < f->len; i++)
		if (f->data[i] < 0x20 || f->data[i] > 0x7E)
			return true;
	return false;
}

/* Up to the first zero; FFh is what an empty EEPROM holds. Halves of surrogate pairs, which no
 * UTF-8 can hold, become a question mark. */
static size_t characters(const struct fru_field *f, uint8_t language, char *out)
{
	size_t width = is_utf16(f, language) ? 2 : 1, n = 0;

	for (size_t i = 0; i + width <= f->len; i += width) {
		uint32_t c = f->data[i];

		if (width == 2)
			c |= (uint32_t)f->data[i + 1] << 8;
		if (c == 0 || (width == 1 && c == 0xFF))
			break;
		n += put(out + n, c >= 0xD800 && c < 0xE000 ? '?' : c);
	}
	return n;
}

size_t fru_text(const struct fru_field *f, uint8_t language, char out[FRU_TEXT_MAX])
{
	size_t n;

	if (f->kind == FRU_BINARY)
		return hexadecimal(f, out);
	else if (f->kind == FRU_BCD)
		n = ipmi_text_bcd(f->data, f->len, out);
	else if (f->kind == FRU_SIX_BIT)
		n = ipmi_text_6bit(f->data, f->len, out);
	else
		n = characters(f, language, out);
	while (n && out[n - 1] == ' ')
		n--;
	return n;
}

/* ---- multirecords (16, 18) ---- */

bool fru_record(const uint8_t *data, size_t len, size_t *at, struct fru_record *out)
{
	const uint8_t *head;
	uint8_t sum;

	if (*at + RECORD_HEADER > len)
		return false;
	head = data + *at;
	out->type = head[0];
	out->last = head[1] & 0x80;
	out->stated = out->len = head[2];
	out->header_ok = sums_to_zero(head, RECORD_HEADER);
	*at += RECORD_HEADER;
	if (out->len > len - *at)
		out->len = len - *at;
	out->data = data + *at;
	sum = head[3];
	for (size_t i = 0; i < out->len; i++)
		sum = (uint8_t)(sum + out->data[i]);
	out->checksum_ok = out->len == out->stated && sum == 0;
	*at += out->len;
	return true;
}

static const struct fru_value power_supply[] = {
	{ "capacity_w", 0, 0, 12, false, true, 1 },
	{ "peak_va", 2, 0, 16, false, true, 1 },
	{ "inrush_current_a", 4, 0, 8, false, true, 1 },
	{ "inrush_interval_ms", 5, 0, 8, false, false, 1 },
	{ "input_voltage_min_v", 6, 0, 16, false, false, 100 },
	{ "input_voltage_max_v", 8, 0, 16, false, false, 100 },
	{ "second_input_voltage_min_v", 10, 0, 16, false, false, 100 },
	{ "second_input_voltage_max_v", 12, 0, 16, false, false, 100 },
	{ "input_frequency_min_hz", 14, 0, 8, false, false, 1 },
	{ "input_frequency_max_hz", 15, 0, 8, false, false, 1 },
	{ "dropout_tolerance_ms", 16, 0, 8, false, true, 1 },
	{ "predictive_fail", 17, 0, 1, false, false, 0 },
	{ "power_factor_correction", 17, 1, 1, false, false, 0 },
	{ "autoswitch", 17, 2, 1, false, false, 0 },
	{ "hot_swap", 17, 3, 1, false, false, 0 },
	{ "peak_capacity_w", 18, 0, 12, false, true, 1 },
	{ "hold_up_time_s", 18, 12, 4, false, false, 1 },
	{ "combined_capacity_w", 21, 0, 16, false, false, 1 },
	{ "fail_threshold_rps", 23, 0, 8, false, false, 1 },
	{ 0 },
};

static const struct fru_value dc_output[] = {
	{ "output", 0, 0, 4, false, false, 1 },
	{ "standby", 0, 7, 1, false, false, 0 },
	{ "nominal_voltage_v", 1, 0, 16, true, false, 100 },
	{ "negative_deviation_v", 3, 0, 16, true, false, 100 },
	{ "positive_deviation_v", 5, 0, 16, true, false, 100 },
	{ "ripple_mv", 7, 0, 16, false, false, 1 },
	{ "current_min_a", 9, 0, 16, false, false, 1000 },
	{ "current_max_a", 11, 0, 16, false, false, 1000 },
	{ 0 },
};

static const struct fru_value dc_load[] = {
	{ "output", 0, 0, 4, false, false, 1 },
	{ "nominal_voltage_v", 1, 0, 16, true, false, 100 },
	{ "voltage_min_v", 3, 0, 16, true, false, 100 },
	{ "voltage_max_v", 5, 0, 16, true, false, 100 },
	{ "ripple_mv", 7, 0, 16, false, false, 1 },
	{ "current_min_a", 9, 0, 16, false, false, 1000 },
	{ "current_max_a", 11, 0, 16, false, false, 1000 },
	{ 0 },
};

/* Both compatibility records begin alike. */
static const struct fru_value compatibility[] = {
	{ "manufacturer", 0, 0, 24, false, false, 1 },
	{ "entity", 3, 0, 8, false, false, 1 },
	{ "base", 4, 0, 8, false, false, 1 },
	{ "first_code", 5, 0, 7, false, false, 1 },
	{ 0 },
};

static const struct fru_value management_access[] = {
	{ "sub_type", 0, 0, 8, false, false, 1 },
	{ 0 },
};

static const struct fru_value oem[] = {
	{ "manufacturer", 0, 0, 24, false, false, 1 },
	{ 0 },
};

static const struct fru_layout layouts[] = {
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_POWER_SUPPLY_INFORMATION] = { "power supply",
	                                                              power_supply },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_DC_OUTPUT] = { "DC output", dc_output },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_DC_LOAD] = { "DC load", dc_load },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_MANAGEMENT_ACCESS_RECORD] = { "management access",
	                                                              management_access },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_BASE_COMPATIBILITY_RECORD] = { "base compatibility",
	                                                               compatibility },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_EXTENDED_COMPATIBILITY_RECORD] = { "extended compatibility",
	                                                                   compatibility },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_ASF_FIXED_SMBUS_DEVICE_RECORD] = { "ASF SMBus device",
	                                                                   NULL },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_ASF_LEGACY_DEVICE_ALERTS] = { "ASF legacy alerts", NULL },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_ASF_REMOTE_CONTROL] = { "ASF remote control", NULL },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_EXTENDED_DC_OUTPUT] = { "extended DC output", dc_output },
	[IPMI_FRU_MULTIRECORD_AREA_TYPE_EXTENDED_DC_LOAD] = { "extended DC load", dc_load },
};

struct fru_layout fru_layout(uint8_t type)
{
	if (type < sizeof layouts / sizeof *layouts)
		return layouts[type];
	else if (IPMI_FRU_MULTIRECORD_AREA_TYPE_IS_NVM_EXPRESS(type))
		return (struct fru_layout){ "NVM Express", NULL };
	else if (IPMI_FRU_MULTIRECORD_AREA_TYPE_IS_OEM(type))
		return (struct fru_layout){ "OEM", oem };
	return (struct fru_layout){ "unknown", NULL };
}

/* Currents of the extended records come in units of 10 or 100 mA (18.7, 18.8). */
static unsigned per_unit(const struct fru_record *record, const struct fru_value *value)
{
	bool extended = record->type == IPMI_FRU_MULTIRECORD_AREA_TYPE_EXTENDED_DC_OUTPUT ||
	                record->type == IPMI_FRU_MULTIRECORD_AREA_TYPE_EXTENDED_DC_LOAD;

	if (!extended || strncmp(value->name, "current_", 8) != 0)
		return value->per;
	return record->data[0] & 0x10 ? 10 : 100;
}

bool fru_number(const struct fru_record *record, const struct fru_value *value, double *out)
{
	size_t bytes = (value->shift + value->bits + 7u) / 8u;
	uint32_t ones = (1u << value->bits) - 1, n = 0;

	if (value->at + bytes > record->len)
		return false;
	while (bytes--)
		n = n << 8 | record->data[value->at + bytes];
	n = n >> value->shift & ones;
	if (value->maybe && n == ones)
		return false;
	*out = n;
	if (value->is_signed && n >> (value->bits - 1))
		*out -= (double)ones + 1;
	if (value->per > 1)
		*out /= per_unit(record, value);
	return true;
}

/* ---- names ---- */

const char *fru_chassis_type(uint8_t type)
{
	return IPMI_FRU_CHASSIS_TYPE_VALID(type) ? ipmi_fru_chassis_types[type] : NULL;
}

const char *fru_language(uint8_t code)
{
	return IPMI_FRU_LANGUAGE_CODE_VALID(code) ? ipmi_fru_language_codes[code] : NULL;
}
