/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipmi_fru.h owns how the inventory of a FRU is laid out in its bytes: areas, fields, records,
 * after "Platform Management FRU Information Storage Definition" 1.0, revision 1.3. It asks no
 * BMC.
 *
 * FreeIPMI's tables give the names. Its parser is not used: it gives up an area for one wrong
 * byte in it, reads past the end of one that lacks its end mark, takes each byte of BCD plus for
 * one digit, and reads dates in the local time zone. Here every length is held against the data
 * that is there, and what is wrong is marked and shown all the same. */
#ifndef BMCSH_IPMI_FRU_H
#define BMCSH_IPMI_FRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fru_area_kind {
	FRU_INTERNAL,
	FRU_CHASSIS,
	FRU_BOARD,
	FRU_PRODUCT,
	FRU_MULTIRECORD,
	FRU_AREAS
};

struct fru_header {
	uint8_t version;
	bool checksum_ok;
	size_t offset[FRU_AREAS]; /* in bytes; 0: there is none */
};

/* Reads the common header. False when the data is shorter than that. */
bool fru_header(const uint8_t *data, size_t len, struct fru_header *out);

/* A chassis, board or product area: all of it that lies within the data. */
struct fru_area {
	const uint8_t *data;
	size_t len;
	size_t stated; /* length by its own account; 0: it has none */
	uint8_t version;
	bool checksum_ok; /* never of an area that is cut */
};

/* False when the area begins behind the data. */
bool fru_area(const uint8_t *data, size_t len, size_t offset, struct fru_area *out);

enum fru_field_kind { FRU_BINARY, FRU_BCD, FRU_SIX_BIT, FRU_TEXT };

struct fru_field {
	enum fru_field_kind kind;
	const uint8_t *data;
	size_t len;
	bool cut; /* the area ends before the field does */
};

/* Reads the field at *at and moves *at behind it. False at the end mark and behind the area;
 * *at is then where that is. */
bool fru_field(const struct fru_area *area, size_t *at, struct fru_field *out);

/* Bytes that fru_text() writes at most, for the 63 bytes of a field. */
#define FRU_TEXT_MAX 192

/* A field as UTF-8 without padding; returns its length. Binary is written in hexadecimal. */
size_t fru_text(const struct fru_field *field, uint8_t language, char out[FRU_TEXT_MAX]);

/* Seconds since the epoch of a board's manufacture; 0: not told. */
uint32_t fru_made(const struct fru_area *board);

struct fru_record {
	uint8_t type;
	const uint8_t *data;
	size_t len;
	size_t stated; /* length by its header */
	bool header_ok, checksum_ok;
	bool last;
};

/* Reads the multirecord at *at and moves *at behind it. False when not even its header is
 * within the data. */
bool fru_record(const uint8_t *data, size_t len, size_t *at, struct fru_record *out);

/* Where a value stands in the data of a record. */
struct fru_value {
	const char *name; /* its unit with it */
	uint8_t at;       /* byte; values are little-endian */
	uint8_t shift, bits;
	bool is_signed;
	bool maybe;   /* all ones: not told */
	uint16_t per; /* so many make one of the unit; 0: true or false */
};

struct fru_layout {
	const char *name;
	const struct fru_value *values; /* up to one without a name; NULL: there are none */
};

/* What the data of a record of that type is; OEM and unknown types have a name only. */
struct fru_layout fru_layout(uint8_t type);

/* The number there. False when the record is too short for it, or it is not told. */
bool fru_number(const struct fru_record *record, const struct fru_value *value, double *out);

/* FreeIPMI's names; NULL for a number that has none. */
const char *fru_chassis_type(uint8_t type);
const char *fru_language(uint8_t code);

#endif
