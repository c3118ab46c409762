/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of sensor data records: the module _bmcsh.sdr. lua/bmc/ipmi/sdr.lua
 * and sensors.lua are for scripts. */
#include <stdlib.h>
#include <string.h>

#include "ipmi_sdr.h"
#include "ipmi_sensor.h"
#include "lutil.h"

#define SENSOR_CLASS "bmcsh.sdr.sensor"
#define STATES_CLASS "bmcsh.sdr.states"

/* ---- a record as a table ---- */

static const struct {
	enum sdr_type type;
	const char *name;
} kinds[] = {
	{ SDR_FULL, "full" },
	{ SDR_COMPACT, "compact" },
	{ SDR_EVENT_ONLY, "event_only" },
	{ SDR_ENTITIES, "entity_association" },
	{ SDR_DEVICE_ENTITIES, "device_entity_association" },
	{ SDR_GENERIC_LOCATOR, "generic_locator" },
	{ SDR_FRU_LOCATOR, "fru_locator" },
	{ SDR_MC_LOCATOR, "mc_locator" },
	{ SDR_MC_CONFIRMATION, "mc_confirmation" },
	{ SDR_CHANNELS, "channels" },
	{ SDR_OEM, "oem" },
};

static const char *kind_of(uint8_t type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].type == type)
			return kinds[i].name;
	}
	return "unknown";
}

/* The fields that locate things are absent where they say nothing. */
static void set_entity(lua_State *L, const struct sdr_record *r)
{
	const char *name = sensor_entity_name(r->entity);

	if (r->entity == 0)
		return;
	lutil_setint(L, "entity_id", r->entity);
	lutil_setint(L, "entity_instance", r->instance & 0x7f);
	if (name != NULL)
		lutil_setstring(L, "entity", name);
}

static void set_sharing(lua_State *L, const struct sdr_sensor *s)
{
	lutil_setint(L, "share_count", s->share_count);
	lutil_setint(L, "share_offset", s->share_offset);
	lutil_setbool(L, "share_letters", s->share_letters);
	lutil_setbool(L, "share_entities", s->share_entities);
}

static void set_limits(lua_State *L, const struct sdr_sensor *s)
{
	static const char *const names[] = { NULL, "readable", "settable", "fixed" };

	if (s->event_type != 0x01 || names[s->access] == NULL)
		return;
	lutil_setstring(L, "limits_access", names[s->access]);
	lua_pushlstring(L, (const char *)s->limits, sizeof s->limits);
	lua_setfield(L, -2, "limits");
}

static void set_sensor(lua_State *L, const struct sdr_sensor *s)
{
	char units[128];
	struct sdr_sensor *box;

	lutil_setint(L, "owner", s->owner);
	lutil_setint(L, "lun", s->lun);
	lutil_setint(L, "channel", s->channel);
	lutil_setint(L, "number", s->number);
	lutil_setint(L, "sensor_type", s->sensor_type);
	lutil_setint(L, "event_type", s->event_type);
	lutil_setstring(L, "class", sensor_class(s->event_type));
	lutil_setbool(L, "numeric", sensor_is_numeric(s));
	lutil_setbool(L, "nonlinear", sensor_is_nonlinear(s));
	if (sensor_units(s->units, units, sizeof units))
		lutil_setstring(L, "units", units);
	set_limits(L, s);
	if (s->share_count > 1)
		set_sharing(L, s);
	box = lutil_box(L, sizeof *box, 0, SENSOR_CLASS);
	*box = *s;
	lua_setfield(L, -2, "sensor");
}

static void set_device(lua_State *L, const struct sdr_record *r)
{
	const struct sdr_device *d = &r->device;

	lutil_setint(L, "access", d->access);
	lutil_setint(L, "address", d->address);
	lutil_setint(L, "channel", d->channel);
	lutil_setint(L, "lun", d->lun);
	if (r->type == SDR_MC_LOCATOR) {
		lutil_setint(L, "capabilities", d->capabilities);
		return;
	}
	lutil_setint(L, "bus", d->bus);
	lutil_setint(L, "device_type", d->type);
	lutil_setint(L, "device_modifier", d->modifier);
	if (r->type == SDR_FRU_LOCATOR)
		lutil_setbool(L, "logical", d->logical);
}

static void set_contained(lua_State *L, const struct sdr_contained *c)
{
	lutil_setbool(L, "ranges", c->ranges);
	lua_createtable(L, (int)c->count, 0);
	for (unsigned i = 0; i < c->count; i++) {
		lua_createtable(L, 0, 2);
		lutil_setint(L, "entity_id", c->of[i].entity);
		lutil_setint(L, "entity_instance", c->of[i].instance & 0x7f);
		lua_rawseti(L, -2, i + 1);
	}
	lua_setfield(L, -2, "contained");
}

static void set_fields(lua_State *L, const struct sdr_record *r)
{
	switch (r->type) {
	case SDR_FULL:
	case SDR_COMPACT:
	case SDR_EVENT_ONLY:
		set_sensor(L, &r->sensor);
		break;
	case SDR_ENTITIES:
	case SDR_DEVICE_ENTITIES:
		set_contained(L, &r->contained);
		break;
	case SDR_GENERIC_LOCATOR:
	case SDR_FRU_LOCATOR:
	case SDR_MC_LOCATOR:
		set_device(L, r);
		break;
	case SDR_MC_CONFIRMATION:
		lutil_setint(L, "address", r->device.address);
		lutil_setint(L, "manufacturer", r->manufacturer);
		lutil_setint(L, "product", r->product);
		break;
	case SDR_OEM:
		lutil_setint(L, "manufacturer", r->manufacturer);
		lua_pushlstring(L, (const char *)r->data, r->data_len);
		lua_setfield(L, -2, "data");
		break;
	default:
		break;
	}
}

/* parse(bytes) -> table; or nil, err */
static int l_parse(lua_State *L)
{
	size_t len;
	const uint8_t *bytes = (const uint8_t *)luaL_checklstring(L, 1, &len);
	struct sdr_record r;
	const char *why = sdr_parse(&r, bytes, len);

	if (why != NULL)
		return lutil_fail(L, ERR_PROTOCOL, "sensor data record: %s", why);
	lua_createtable(L, 0, sdr_is_sensor(&r) ? 20 : 14);
	lutil_setint(L, "id", r.id);
	lutil_setint(L, "type", r.type);
	lutil_setstring(L, "kind", kind_of(r.type));
	lutil_setbool(L, "whole", r.whole);
	if (r.name[0] != '\0')
		lutil_setstring(L, "name", r.name);
	set_entity(L, &r);
	set_fields(L, &r);
	return 1;
}

/* ---- a sensor ---- */

static const struct sdr_sensor *check_sensor(lua_State *L)
{
	return luaL_checkudata(L, 1, SENSOR_CLASS);
}

static lua_Integer check_range(lua_State *L, int arg, lua_Integer most)
{
	lua_Integer value = luaL_checkinteger(L, arg);

	luaL_argcheck(L, value >= 0 && value <= most, arg, "out of range");
	return value;
}

/* Manufacturer and product, where they are known. */
static struct sensor_maker opt_maker(lua_State *L, int arg)
{
	struct sensor_maker m = { 0 };

	if (!lua_isnoneornil(L, arg))
		m.manufacturer = (uint32_t)check_range(L, arg, 0xffffff);
	if (!lua_isnoneornil(L, arg + 1))
		m.product = (uint16_t)check_range(L, arg + 1, 0xffff);
	return m;
}

/* [-0, +1, e] Whole numbers as integers: 40, not 40.0. */
static void push_value(lua_State *L, double value)
{
	lua_Integer whole;

	if (lua_numbertointeger(value, &whole) && (double)whole == value)
		lua_pushinteger(L, whole);
	else
		lua_pushnumber(L, value);
}

/* sensor:value(raw, factors) -> number, or nil; factors are those that the BMC
 * gives for this reading, where they depend on it. */
static int sensor_value_of(lua_State *L)
{
	const struct sdr_sensor *s = check_sensor(L);
	uint8_t raw = (uint8_t)check_range(L, 2, 0xff);
	struct sdr_factors f = s->factors;
	size_t len;
	const char *given = luaL_optlstring(L, 3, NULL, &len);
	double value;

	if ((given == NULL ? !sensor_is_nonlinear(s)
	                   : sdr_take_factors(&f, (const uint8_t *)given, len)) &&
	    sensor_value(&f, raw, &value))
		push_value(L, value);
	else
		lua_pushnil(L);
	return 1;
}

struct states {
	char **list;
	unsigned count;
};

static void free_states(struct states *s)
{
	for (unsigned i = 0; i < s->count; i++)
		free(s->list[i]);
	free(s->list);
	*s = (struct states){ 0 };
}

static int states_gc(lua_State *L)
{
	free_states(lua_touserdata(L, 1));
	return 0;
}

/* sensor:states(mask, manufacturer, product) -> list of words */
static int sensor_states_of(lua_State *L)
{
	const struct sdr_sensor *sensor = check_sensor(L);
	uint16_t mask = (uint16_t)check_range(L, 2, 0xffff);
	struct sensor_maker m = opt_maker(L, 3);
	struct states *s = lutil_box(L, sizeof *s, 0, STATES_CLASS);

	s->list = sensor_states(sensor, mask, &m, &s->count);
	if (s->list == NULL)
		s->count = 0;
	lua_createtable(L, (int)s->count, 0);
	for (unsigned i = 0; i < s->count; i++) {
		lua_pushstring(L, s->list[i]);
		lua_rawseti(L, -2, i + 1);
	}
	free_states(s);
	return 1;
}

/* sensor:health(mask, manufacturer, product) -> word, or nil: nobody knows */
static int sensor_health_of(lua_State *L)
{
	static const char *const words[] = { "OK", "Warning", "Critical" };
	const struct sdr_sensor *sensor = check_sensor(L);
	uint16_t mask = (uint16_t)check_range(L, 2, 0xffff);
	struct sensor_maker m = opt_maker(L, 3);
	enum sensor_health health = sensor_health(sensor, mask, &m);

	if (health == SENSOR_UNKNOWN)
		lua_pushnil(L);
	else
		lua_pushstring(L, words[health]);
	return 1;
}

/* sensor:type(manufacturer, product) -> name, or nil */
static int sensor_type_of(lua_State *L)
{
	const struct sdr_sensor *sensor = check_sensor(L);
	struct sensor_maker m = opt_maker(L, 2);

	lua_pushstring(L, sensor_type_name(sensor, &m));
	return 1;
}

/* ---- the module ---- */

int luaopen__bmcsh_sdr(lua_State *L);

int luaopen__bmcsh_sdr(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "value", sensor_value_of },
		{ "states", sensor_states_of },
		{ "health", sensor_health_of },
		{ "type", sensor_type_of },
		{ NULL, NULL },
	};
	static const luaL_Reg functions[] = { { "parse", l_parse }, { NULL, NULL } };

	luaL_newlib(L, functions);
	lutil_class(L, SENSOR_CLASS, methods, NULL);
	lutil_class(L, STATES_CLASS, NULL, states_gc);
	return 1;
}
