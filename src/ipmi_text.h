/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ipmi_text.h owns the two packed encodings of text that sensor data records
 * (43.15) and FRU inventories (13 of the storage definition) share. */
#ifndef BMCSH_IPMI_TEXT_H
#define BMCSH_IPMI_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* BCD plus: two characters a byte, the high digit first. The storage
 * definition reserves the last three signs. Returns the length, 2 * len. */
static inline size_t ipmi_text_bcd(const uint8_t *p, size_t len, char *out)
{
	static const char signs[] = "0123456789 -.:,_";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = signs[p[i] >> 4];
		out[2 * i + 1] = signs[p[i] & 15];
	}
	return 2 * len;
}

/* Four characters in three bytes, the first in the low bits. What is left over
 * of a last group is no character. Returns the length, len * 8 / 6. */
static inline size_t ipmi_text_6bit(const uint8_t *p, size_t len, char *out)
{
	unsigned bits = 0, held = 0;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bits |= (unsigned)p[i] << held;
		for (held += 8; held >= 6; held -= 6, bits >>= 6)
			out[n++] = (char)(' ' + (bits & 0x3f));
	}
	return n;
}

#endif
