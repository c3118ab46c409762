/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipmi_sel.h owns what the 16 bytes of a record of the System Event Log say, by the tables of
 * FreeIPMI, those of vendors among them. It asks no BMC and knows no sensor by its name; texts
 * with readings in them are for the modules that have the sensors' factors.
 *
 * FreeIPMI's contexts are large, so there is one of each for the process, told before each use
 * whose board the record is of. */
#ifndef BMCSH_IPMI_SEL_H
#define BMCSH_IPMI_SEL_H

#include <stdbool.h>
#include <stdint.h>

#define SEL_RECORD 16

/* IPMI 2.0, 32.1: by the record type. */
enum sel_kind {
	SEL_EVENT,     /* 02h */
	SEL_OEM_TIMED, /* C0h to DFh */
	SEL_OEM,       /* E0h to FFh */
	SEL_UNKNOWN
};

enum sel_severity { SEL_NOMINAL, SEL_WARNING, SEL_CRITICAL, SEL_UNJUDGED };

struct sel_entry {
	uint16_t id;
	uint8_t type;
	enum sel_kind kind;
	uint32_t timestamp; /* as it stands in the record; none in SEL_OEM and SEL_UNKNOWN */
	enum sel_severity severity;

	/* of SEL_EVENT */
	uint8_t owner, channel, lun, number; /* of the sensor; owner as in its SDR */
	uint8_t sensor_type, event_type;
	bool asserted;
	int reading, threshold; /* raw, at the time of the event; -1: not in the record */
	char sensor_type_name[64];
	char sensor_name[64]; /* what FreeIPMI would call it; empty when that is its number */
	char extra[512];      /* what event data 2 and 3 add, other than the two above */

	uint32_t manufacturer; /* of SEL_OEM_TIMED */
	char event[512];       /* of SEL_EVENT; of the others what the tables make of the bytes */
};

/* Decodes a record of a board. False when there is no memory for the contexts. */
bool sel_decode(const uint8_t record[SEL_RECORD], uint32_t manufacturer, uint16_t product,
                struct sel_entry *out);

#endif
