/* SPDX-License-Identifier: GPL-3.0-or-later */
/* descriptors.h owns how many descriptors the process may have. Servers that
 * listen at thousands of addresses want more than it is started with. */
#ifndef BMCSH_DESCRIPTORS_H
#define BMCSH_DESCRIPTORS_H

/* Raises the limit as far as it goes without a privilege. */
void descriptors_raise(void);

#endif
