/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module _bmcsh.sel: records of the System Event Log as tables. */
#include "ipmi_sel.h"
#include "lutil.h"

static const char *const kinds[] = {
	[SEL_EVENT] = "event",
	[SEL_OEM_TIMED] = "oem timed",
	[SEL_OEM] = "oem",
	[SEL_UNKNOWN] = "unknown",
};
static const char *const severities[] = {
	[SEL_NOMINAL] = "OK",
	[SEL_WARNING] = "Warning",
	[SEL_CRITICAL] = "Critical",
	[SEL_UNJUDGED] = NULL,
};

/* Table 42-1, in the words of most tools. */
static const char *event_type(uint8_t code)
{
	if (code == 0x01)
		return "Threshold";
	else if (code >= 0x02 && code <= 0x0C)
		return "Generic Discrete";
	else if (code == 0x6F)
		return "Sensor-specific Discrete";
	return code >= 0x70 ? "OEM" : "Reserved";
}

static void set_text(lua_State *L, const char *key, const char *text)
{
	if (text && text[0])
		lutil_setstring(L, key, text);
}

static void set_byte(lua_State *L, const char *key, int value)
{
	if (value >= 0)
		lutil_setint(L, key, value);
}

static void push_event(lua_State *L, const struct sel_entry *e)
{
	lutil_setint(L, "owner", e->owner);
	lutil_setint(L, "channel", e->channel);
	lutil_setint(L, "lun", e->lun);
	lutil_setint(L, "number", e->number);
	lutil_setint(L, "sensor_type_code", e->sensor_type);
	lutil_setint(L, "event_type_code", e->event_type);
	lutil_setbool(L, "asserted", e->asserted);
	set_byte(L, "reading", e->reading);
	set_byte(L, "threshold", e->threshold);
	set_text(L, "sensor_type", e->sensor_type_name);
	set_text(L, "sensor_name", e->sensor_name);
	set_text(L, "event_type", event_type(e->event_type));
	set_text(L, "extra", e->extra);
}

/* decode(record[, manufacturer[, product]]) -> table
 *
 * record: 16 bytes or more, of which the first 16 count. The two numbers are those of Get Device
 * ID. The table: id, type, kind ("event", "oem timed", "oem", "unknown"), timestamp (absent where
 * the record has none), severity ("OK", "Warning", "Critical"; absent where nobody can say),
 * event (text); of an event also owner, channel, lun, number, sensor_type, sensor_type_code,
 * event_type, event_type_code, asserted, reading and threshold (raw), sensor_name, extra (text);
 * of "oem timed" also manufacturer. */
static int l_decode(lua_State *L)
{
	size_t len;
	const char *record = luaL_checklstring(L, 1, &len);
	lua_Integer manufacturer = luaL_optinteger(L, 2, 0);
	lua_Integer product = luaL_optinteger(L, 3, 0);
	struct sel_entry e;

	luaL_argcheck(L, len >= SEL_RECORD, 1, "16 bytes expected");
	if (!sel_decode((const uint8_t *)record, (uint32_t)manufacturer, (uint16_t)product, &e))
		return luaL_error(L, "not enough memory for FreeIPMI's tables");
	lua_createtable(L, 0, 20);
	lutil_setint(L, "id", e.id);
	lutil_setint(L, "type", e.type);
	lutil_setstring(L, "kind", kinds[e.kind]);
	set_text(L, "severity", severities[e.severity]);
	set_text(L, "event", e.event);
	if (e.kind == SEL_EVENT || e.kind == SEL_OEM_TIMED)
		lutil_setint(L, "timestamp", e.timestamp);
	if (e.kind == SEL_OEM_TIMED)
		lutil_setint(L, "manufacturer", e.manufacturer);
	if (e.kind == SEL_EVENT)
		push_event(L, &e);
	return 1;
}

int luaopen__bmcsh_sel(lua_State *L);

int luaopen__bmcsh_sel(lua_State *L)
{
	static const luaL_Reg functions[] = { { "decode", l_decode }, { NULL, NULL } };

	luaL_newlib(L, functions);
	return 1;
}
