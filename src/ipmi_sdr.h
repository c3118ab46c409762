/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipmi_sdr.h owns what stands in a sensor data record (IPMI 2.0 revision 1.1,
 * chapter 43): its bytes become a struct. What a number in it means, in words
 * or in volts, is ipmi_sensor.h's.
 *
 * FreeIPMI has a parser for these records too. It costs 60 microseconds for
 * each, since it looks up every field by its name in a template; it wants the
 * whole of a field where BMCs send less; and it loses the encoding of names.
 * Here it is the judge: spec/kat/sdr.c compares the two. */
#ifndef BMCSH_IPMI_SDR_H
#define BMCSH_IPMI_SDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SDR_HEADER 5    /* id, version, type, length of what follows */
#define SDR_MAX 260     /* with all that the length can say */
#define SDR_NAME_MAX 64 /* 31 bytes of Latin-1 in UTF-8 and a NUL */
#define SDR_LIMITS 6
#define SDR_CONTAINED 4

enum sdr_type {
	SDR_FULL = 0x01,
	SDR_COMPACT = 0x02,
	SDR_EVENT_ONLY = 0x03,
	SDR_ENTITIES = 0x08,
	SDR_DEVICE_ENTITIES = 0x09,
	SDR_GENERIC_LOCATOR = 0x10,
	SDR_FRU_LOCATOR = 0x11,
	SDR_MC_LOCATOR = 0x12,
	SDR_MC_CONFIRMATION = 0x13,
	SDR_CHANNELS = 0x14,
	SDR_OEM = 0xc0
};

/* How a reading becomes a number (36.3). */
struct sdr_factors {
	int16_t m, b;
	int8_t r_exp, b_exp;
	uint8_t linearization; /* 70h to 7Fh: the factors depend on the reading */
	uint8_t format;        /* 0 unsigned, 1 one's, 2 two's complement, 3 no number */
};

/* Of the limits, as the record tells it (byte 12). */
enum sdr_access { SDR_NO_LIMITS, SDR_READABLE, SDR_SETTABLE, SDR_FIXED };

struct sdr_sensor {
	uint8_t owner, lun, channel, number;
	uint8_t sensor_type, event_type;
	uint8_t units[3]; /* as bytes 21 to 23 */
	struct sdr_factors factors;
	enum sdr_access access;
	/* The mask, then lower non-critical, critical, non-recoverable, upper ones:
	 * the form in which Get Sensor Thresholds answers. */
	uint8_t limits[1 + SDR_LIMITS];
	uint8_t share_count, share_offset; /* records that stand for several sensors */
	bool share_letters, share_entities;
};

/* Where a device answers. */
struct sdr_device {
	uint8_t access, address; /* of a FRU: its device id, when logical */
	uint8_t channel, lun, bus;
	uint8_t type, modifier;
	bool logical;
	uint8_t capabilities;
};

/* What belongs to the entity of the record: each of them, or all from the
 * first to the second and from the third to the fourth. */
struct sdr_contained {
	bool ranges;
	unsigned count;
	struct {
		uint8_t entity, instance;
	} of[SDR_CONTAINED];
};

struct sdr_record {
	uint16_t id;
	uint8_t type;
	bool whole; /* all bytes that its length announces are there */
	char name[SDR_NAME_MAX];
	uint8_t entity, instance; /* instance with bit 7: a container */
	union {
		struct sdr_sensor sensor;       /* full, compact, event-only */
		struct sdr_device device;       /* locators, confirmation */
		struct sdr_contained contained; /* entity associations */
	};
	uint32_t manufacturer; /* confirmation, OEM */
	uint16_t product;      /* confirmation */
	const uint8_t *data;   /* OEM: what follows the manufacturer; in the caller's bytes */
	size_t data_len;
};

/* NULL, or why the bytes are no record. Whatever they are, nothing outside of
 * them is read. */
const char *sdr_parse(struct sdr_record *out, const uint8_t *bytes, size_t len);

/* Has it the fields of struct sdr_sensor? */
static inline bool sdr_is_sensor(const struct sdr_record *r)
{
	return r->type >= SDR_FULL && r->type <= SDR_EVENT_ONLY;
}

/* The bytes after the completion code and "next reading" of Get Sensor
 * Reading Factors (35.5), put over the factors of the record. */
bool sdr_take_factors(struct sdr_factors *f, const uint8_t *bytes, size_t len);

#endif
