/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request.h - from received bytes to a typed request.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "http.h"

/*
 * Split the target, decode query and form, find the client's address and
 * our public base URL (DESIGN section 6, Realm host). False: refused, the
 * reply stands in r (400 for a path that is not normalised, NUL, a bad
 * percent sequence, a Host that is not ours).
 */
bool request_prepare(struct req *r, struct ab_slice body);

#endif
