/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hex.h owns the value of a hexadecimal digit. */
#ifndef BMCSH_HEX_H
#define BMCSH_HEX_H

/* 0 to 15; -1 for what is no digit. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
