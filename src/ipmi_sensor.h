/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipmi_sensor.h owns what numbers of a sensor mean: values, units, names,
 * states, and whether a state is good. The tables and the arithmetic are
 * FreeIPMI's. Nothing here sends anything. */
#ifndef BMCSH_IPMI_SENSOR_H
#define BMCSH_IPMI_SENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmi_sdr.h"

/* Do readings of the sensor have a value? */
bool sensor_is_numeric(const struct sdr_sensor *s);

/* Do the factors depend on the reading? */
bool sensor_is_nonlinear(const struct sdr_sensor *s);

/* The value of a reading, without the digits that the arithmetic leaves
 * behind. False when it has none. */
bool sensor_value(const struct sdr_factors *f, uint8_t raw, double *value);

/* "RPM", "°C", "% RPM": false without a unit. */
bool sensor_units(const uint8_t units[3], char *buf, size_t size);

/* "threshold" "generic" "specific" "oem" "unknown" (table 42-1) */
const char *sensor_class(uint8_t event_type);

/* Whose tables hold beside the specification's. */
struct sensor_maker {
	uint32_t manufacturer;
	uint16_t product;
};

/* "Temperature"; NULL when the number is none. Static. */
const char *sensor_type_name(const struct sdr_sensor *s, const struct sensor_maker *m);

/* "Processor"; NULL when the number is none. Static. */
const char *sensor_entity_name(uint8_t entity);

/* The states of a mask in words; *count of them, each to be freed and then the
 * list. NULL without memory, or when there are none. */
char **sensor_states(const struct sdr_sensor *s, uint16_t mask, const struct sensor_maker *m,
                     unsigned *count);

enum sensor_health { SENSOR_OK, SENSOR_WARNING, SENSOR_CRITICAL, SENSOR_UNKNOWN };

enum sensor_health sensor_health(const struct sdr_sensor *s, uint16_t mask,
                                 const struct sensor_maker *m);

#endif
