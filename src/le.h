/* SPDX-License-Identifier: GPL-3.0-or-later */
/* le.h owns integers as most fields of IPMI have them: low byte first. */
#ifndef BMCSH_LE_H
#define BMCSH_LE_H

#include <stdint.h>

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get24(const uint8_t *p)
{
	return (uint32_t)get16(p) | (uint32_t)p[2] << 16;
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

#endif
