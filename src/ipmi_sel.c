/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of the System Event Log, by FreeIPMI's tables. See ipmi_sel.h. */
#include <freeipmi/freeipmi.h>
#include <string.h>

#include "ipmi_sel.h"
#include "le.h"

/* Format %O is never used: for some boards it asks the BMC, and there is none here. */
#define STRING_FLAGS                                                                               \
	(IPMI_SEL_STRING_FLAGS_IGNORE_UNAVAILABLE_FIELD | IPMI_SEL_STRING_FLAGS_INTERPRET_OEM_DATA)

#define THRESHOLD_EVENT 0x01 /* event type code, table 42-1 */
#define GIVEN 1              /* of the two bits about event data 2 or 3, table 29-6 */

static ipmi_sel_ctx_t texts;
static ipmi_interpret_ctx_t judge;

static bool contexts(uint32_t manufacturer, uint16_t product)
{
	if (!texts) {
		texts = ipmi_sel_ctx_create(NULL, NULL);
		if (!texts || ipmi_sel_ctx_set_separator(texts, "; ") < 0)
			return false;
	}
	if (!judge) {
		judge = ipmi_interpret_ctx_create();
		if (!judge || ipmi_interpret_ctx_set_flags(
				  judge, IPMI_INTERPRET_FLAGS_INTERPRET_OEM_DATA) < 0)
			return false;
	}
	return ipmi_sel_ctx_set_manufacturer_id(texts, manufacturer) == 0 &&
	       ipmi_sel_ctx_set_product_id(texts, product) == 0 &&
	       ipmi_interpret_ctx_set_manufacturer_id(judge, manufacturer) == 0 &&
	       ipmi_interpret_ctx_set_product_id(judge, product) == 0;
}

/* What FreeIPMI says of a record in one of its formats; "" when it has nothing to say. A text
 * that fills the buffer comes without a zero at its end, so the last byte is kept from it. */
static void say(const char *format, const uint8_t *record, char *out, size_t size)
{
	memset(out, 0, size);
	if (ipmi_sel_parse_read_record_string(texts, format, record, SEL_RECORD, out,
	                                      (unsigned)(size - 1), STRING_FLAGS) < 0)
		out[0] = '\0';
}

/* Clears a text that only says that there is none. */
static void forget(char *text, const char *placeholder)
{
	if (strncmp(text, placeholder, strlen(placeholder)) == 0)
		text[0] = '\0';
}

static enum sel_kind kind_of(uint8_t type)
{
	if (type == 0x02)
		return SEL_EVENT;
	return type >= 0xE0 ? SEL_OEM : type >= 0xC0 ? SEL_OEM_TIMED : SEL_UNKNOWN;
}

/* Bytes 2 and 3 of the event data (29.7). A reading and a threshold stay numbers, for who knows
 * the factors of the sensor. */
static void event_data(const uint8_t *record, struct sel_entry *out)
{
	unsigned second = record[13] >> 6, third = (record[13] >> 4) & 3;

	if (out->event_type != THRESHOLD_EVENT) {
		say("%c", record, out->extra, sizeof out->extra);
		return;
	}
	if (second == GIVEN)
		out->reading = record[14];
	if (third == GIVEN)
		out->threshold = record[15];
	if (second != GIVEN && third != GIVEN)
		say("%c", record, out->extra, sizeof out->extra);
	else if (second != GIVEN)
		say("%f", record, out->extra, sizeof out->extra);
	else if (third != GIVEN)
		say("%h", record, out->extra, sizeof out->extra);
}

static void event(const uint8_t *record, struct sel_entry *out)
{
	out->owner = record[7];
	out->channel = record[8] >> 4;
	out->lun = record[8] & 3;
	out->sensor_type = record[10];
	out->number = record[11];
	out->asserted = !(record[12] & 0x80);
	out->event_type = record[12] & 0x7F;
	say("%T", record, out->sensor_type_name, sizeof out->sensor_type_name);
	say("%s", record, out->sensor_name, sizeof out->sensor_name);
	forget(out->sensor_name, "Sensor #");
	say("%e", record, out->event, sizeof out->event);
	event_data(record, out);
}

bool sel_decode(const uint8_t record[SEL_RECORD], uint32_t manufacturer, uint16_t product,
                struct sel_entry *out)
{
	unsigned state;

	memset(out, 0, sizeof *out);
	out->reading = out->threshold = -1;
	out->id = get16(record);
	out->type = record[2];
	out->kind = kind_of(out->type);
	if (!contexts(manufacturer, product))
		return false;
	if (out->kind == SEL_EVENT || out->kind == SEL_OEM_TIMED)
		out->timestamp = get32(record + 3);
	if (out->kind == SEL_OEM_TIMED)
		out->manufacturer = get24(record + 7);
	if (out->kind == SEL_EVENT)
		event(record, out);
	else if (out->kind != SEL_UNKNOWN)
		say("%o", record, out->event, sizeof out->event);
	forget(out->event, "OEM defined =");
	out->severity = SEL_UNJUDGED;
	if (ipmi_interpret_sel(judge, record, SEL_RECORD, &state) == 0 && state < SEL_UNJUDGED)
		out->severity = (enum sel_severity)state;
	return true;
}
