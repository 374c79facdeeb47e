/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_data.h - where an error goes when a login is gone: the `client_data`
 * parameter.
 */
#ifndef MODEL_CLIENT_DATA_H
#define MODEL_CLIENT_DATA_H

#include "model/auth_session.h"

/* base64url JSON {"ru","rt","rm","st"} of a tab, absent members left out; in
 * c. NULL: no memory. */
const char *client_data_text(struct ctx *c, const struct auth_tab *tab);

#endif
