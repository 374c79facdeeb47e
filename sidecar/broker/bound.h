/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bound.h - client notes that bind an open state to its provider.
 */
#ifndef BROKER_BOUND_H
#define BROKER_BOUND_H

#define BROKER_NOTE_ALIAS    "BROKER_ALIAS"
#define BROKER_NOTE_IDP      "BROKER_IDP"       /* internalId */
#define BROKER_NOTE_RETRIES  "BROKER_RETRIES"

#endif
