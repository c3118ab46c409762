/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer target for sensor data records, and for what FreeIPMI's tables do
 * with the sensors in them. `make fuzz` runs it.
 *
 * The first three bytes are a reading and a mask of states, the rest is the
 * record. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/ipmi_sdr.h"
#include "../src/ipmi_sensor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void use_sensor(const struct sdr_sensor *s, uint8_t raw, uint16_t mask)
{
	const struct sensor_maker makers[] = { { 0 }, { 674, 0x100 }, { 10876, 0x1234 } };
	char units[128];
	double value;

	if (sensor_value(&s->factors, raw, &value) && !isfinite(value))
		abort();
	if (sensor_units(s->units, units, sizeof units) && units[0] == '\0')
		abort();
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
		unsigned count;
		char **states = sensor_states(s, mask, &makers[i], &count);

		for (unsigned n = 0; states != NULL && n < count; n++)
			free(states[n]);
		free(states);
		sensor_health(s, mask, &makers[i]);
		sensor_type_name(s, &makers[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdr_record r;
	uint8_t *copy;

	if (size <= 3)
		return 0;
	/* Of its exact size: the sanitizer sees a byte too much. */
	copy = malloc(size - 3);
	if (copy == NULL)
		return 0;
	memcpy(copy, data + 3, size - 3);
	if (sdr_parse(&r, copy, size - 3) == NULL) {
		if (strlen(r.name) >= SDR_NAME_MAX)
			abort();
		for (size_t i = 0; i < r.data_len; i++)
			sink = (uint8_t)(sink + r.data[i]);
		if (sdr_is_sensor(&r))
			use_sensor(&r.sensor, data[0], (uint16_t)(data[1] | data[2] << 8));
	}
	free(copy);
	return 0;
}
