/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * version.h - the version of daemon and tool.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define AB_VERSION  "0.1.0"

#endif
