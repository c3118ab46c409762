/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module _bmcsh.fru: the inventory of a FRU as a table, with what is wrong in it. */
#include <stdarg.h>

#include "ipmi_fru.h"
#include "lutil.h"

/* The data, and where the list of problems stands on the stack. */
struct reader {
	lua_State *L;
	int problems;
	const uint8_t *data;
	size_t len;
};

struct kind {
	const char *name;
	size_t fields; /* where they begin */
	const char *const *field_names;
};

static const char *const chassis_fields[] = { "part_number", "serial", NULL };
static const char *const board_fields[] = { "manufacturer", "product_name", "serial",
	                                    "part_number",  "file_id",      NULL };
static const char *const product_fields[] = { "manufacturer", "name",      "part_number", "version",
	                                      "serial",       "asset_tag", "file_id",     NULL };
static const struct kind kinds[FRU_AREAS] = {
	[FRU_CHASSIS] = { "chassis", 3, chassis_fields },
	[FRU_BOARD] = { "board", 6, board_fields },
	[FRU_PRODUCT] = { "product", 3, product_fields },
};

/* Appends a text to the problems; lua_pushfstring's formats. */
static void problem(const struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	lua_pushvfstring(r->L, fmt, ap);
	va_end(ap);
	lua_rawseti(r->L, r->problems, (lua_Integer)lua_rawlen(r->L, r->problems) + 1);
}

/* ---- areas ---- */

/* [-0, +1, e] nil for an empty field */
static void push_text(lua_State *L, const struct fru_field *field, uint8_t language)
{
	char text[FRU_TEXT_MAX];
	size_t n = fru_text(field, language, text);

	if (n)
		lua_pushlstring(L, text, n);
	else
		lua_pushnil(L);
}

/* The fields of the area, for the table on top: those with a name, then a list of the others. */
static void set_fields(const struct reader *r, const struct kind *kind, const struct fru_area *area,
                       uint8_t language)
{
	size_t at = kind->fields;
	struct fru_field field;
	int n = 0;

	lua_newtable(r->L);
	while (fru_field(area, &at, &field)) {
		push_text(r->L, &field, language);
		if (field.cut)
			problem(r, "the last field of the %s area is cut", kind->name);
		if (kind->field_names[n])
			lua_setfield(r->L, -3, kind->field_names[n++]);
		else if (lua_isnil(r->L, -1))
			lua_pop(r->L, 1);
		else
			lua_rawseti(r->L, -2, (lua_Integer)lua_rawlen(r->L, -2) + 1);
	}
	if (at >= area->len)
		problem(r, "the %s area has no end mark", kind->name);
	if (lua_rawlen(r->L, -1))
		lua_setfield(r->L, -2, "custom");
	else
		lua_pop(r->L, 1);
}

/* What stands between the length of an area and its fields, for the table on top; returns the
 * language of the texts. */
static uint8_t set_head(lua_State *L, enum fru_area_kind which, const struct fru_area *area)
{
	uint8_t code = area->len > 2 ? area->data[2] : 0;
	const char *name = which == FRU_CHASSIS ? fru_chassis_type(code) : fru_language(code);

	if (name)
		lutil_setstring(L, which == FRU_CHASSIS ? "type" : "language", name);
	if (which == FRU_BOARD && fru_made(area))
		lutil_setint(L, "made", fru_made(area));
	return which == FRU_CHASSIS ? 0 : code;
}

static void set_area(const struct reader *r, enum fru_area_kind which, size_t offset)
{
	const struct kind *kind = &kinds[which];
	struct fru_area area;

	if (!fru_area(r->data, r->len, offset, &area)) {
		problem(r, "the %s area begins at byte %d of %d", kind->name, (int)offset,
		        (int)r->len);
		return;
	}
	if (area.version != 1)
		problem(r, "the %s area is of version %d", kind->name, area.version);
	if (!area.stated)
		problem(r, "the %s area does not tell its length", kind->name);
	else if (area.stated > area.len)
		problem(r, "of the %s area %d of %d bytes are there", kind->name, (int)area.len,
		        (int)area.stated);
	else if (!area.checksum_ok)
		problem(r, "the checksum of the %s area is wrong", kind->name);
	lua_createtable(r->L, 0, 12);
	lutil_setbool(r->L, "checksum_ok", area.checksum_ok);
	set_fields(r, kind, &area, set_head(r->L, which, &area));
	lua_setfield(r->L, -2, kind->name);
}

/* ---- multirecords ---- */

static void set_value(lua_State *L, const struct fru_record *record, const struct fru_value *value)
{
	double number;

	if (!fru_number(record, value, &number))
		return;
	else if (value->per == 0)
		lutil_setbool(L, value->name, number > 0);
	else if (value->per == 1)
		lutil_setint(L, value->name, (lua_Integer)number);
	else
		lutil_setnumber(L, value->name, number);
}

static void push_record(lua_State *L, const struct fru_record *record)
{
	struct fru_layout layout = fru_layout(record->type);

	lua_createtable(L, 0, 12);
	lutil_setstring(L, "type", layout.name);
	lutil_setint(L, "type_code", record->type);
	lutil_setbool(L, "checksum_ok", record->header_ok && record->checksum_ok);
	lua_pushlstring(L, (const char *)record->data, record->len);
	lua_setfield(L, -2, "data");
	for (const struct fru_value *v = layout.values; v && v->name; v++)
		set_value(L, record, v);
}

/* What is wrong with a record. Behind a header that is wrong the next one is not looked for: its
 * length leads anywhere. */
static bool is_sound(const struct reader *r, const struct fru_record *record, int n)
{
	if (!record->header_ok)
		problem(r, "the checksum of the header of multirecord %d is wrong", n);
	else if (record->len < record->stated)
		problem(r, "of multirecord %d %d of %d bytes are there", n, (int)record->len,
		        (int)record->stated);
	else if (!record->checksum_ok)
		problem(r, "the checksum of multirecord %d is wrong", n);
	return record->header_ok;
}

static void set_records(const struct reader *r, size_t at)
{
	struct fru_record record = { .header_ok = true };
	int n = 0;

	if (at >= r->len) {
		problem(r, "the multirecord area begins at byte %d of %d", (int)at, (int)r->len);
		return;
	}
	lua_newtable(r->L);
	while (!record.last && record.header_ok && fru_record(r->data, r->len, &at, &record)) {
		push_record(r->L, &record);
		lua_rawseti(r->L, -2, ++n);
		record.header_ok = is_sound(r, &record, n);
	}
	if (!record.last && record.header_ok)
		problem(r, "the last multirecord is missing");
	lua_setfield(r->L, -2, "records");
}

/* decode(bytes) -> table | nil, err
 *
 * The table: checksum_ok (of the header); chassis, board and product, where there are such areas,
 * each with checksum_ok, type or language, made (of a board: seconds since the epoch), its fields
 * by name as far as they are not empty, and the further ones in a list `custom`; records, a list,
 * each with type, type_code, checksum_ok, data (bytes) and the values of its type by name and
 * unit; problems, a list of texts. An area whose checksum is wrong is shown all the same. */
static int l_decode(lua_State *L)
{
	struct reader r = { .L = L, .problems = 3 };
	struct fru_header header;

	r.data = (const uint8_t *)luaL_checklstring(L, 1, &r.len);
	if (!fru_header(r.data, r.len, &header))
		return lutil_fail(L, ERR_PROTOCOL, "%d bytes of FRU data, less than its header",
		                  (int)r.len);
	lua_settop(L, 1);
	lua_createtable(L, 0, 6);
	lua_newtable(L);
	lua_pushvalue(L, 2);
	lutil_setbool(L, "checksum_ok", header.checksum_ok);
	if (header.version != 1)
		problem(&r, "the header is of version %d", header.version);
	else if (!header.checksum_ok)
		problem(&r, "the checksum of the header is wrong");
	for (int i = FRU_CHASSIS; i <= FRU_PRODUCT; i++)
		if (header.offset[i])
			set_area(&r, (enum fru_area_kind)i, header.offset[i]);
	if (header.offset[FRU_MULTIRECORD])
		set_records(&r, header.offset[FRU_MULTIRECORD]);
	lua_pushvalue(L, r.problems);
	lua_setfield(L, 2, "problems");
	return 1;
}

int luaopen__bmcsh_fru(lua_State *L);

int luaopen__bmcsh_fru(lua_State *L)
{
	static const luaL_Reg functions[] = { { "decode", l_decode }, { NULL, NULL } };

	luaL_newlib(L, functions);
	return 1;
}
