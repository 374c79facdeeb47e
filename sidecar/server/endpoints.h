/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * endpoints.h - the handlers named by the table of routes; each is a
 * route_handler (router.h).
 */
#ifndef SERVER_ENDPOINTS_H
#define SERVER_ENDPOINTS_H

#include "router.h"

/* oidc_endpoints.c */
enum ab_err auth_get(struct req *r, const struct realm *realm);
enum ab_err token_post(struct req *r, const struct realm *realm);
enum ab_err certs_get(struct req *r, const struct realm *realm);
enum ab_err userinfo_any(struct req *r, const struct realm *realm);
enum ab_err discovery_page(struct req *r, const struct realm *realm);
enum ab_err realm_get(struct req *r, const struct realm *realm);
enum ab_err client_redirect_get(struct req *r, const struct realm *realm);

/* logout_endpoints.c */
enum ab_err logout_any(struct req *r, const struct realm *realm);
enum ab_err logout_confirm_post(struct req *r, const struct realm *realm);
enum ab_err logout_response_get(struct req *r, const struct realm *realm);

/* login_actions.c */
enum ab_err authenticate_step(struct req *r, const struct realm *realm);
enum ab_err first_broker_step(struct req *r, const struct realm *realm);
enum ab_err restart_get(struct req *r, const struct realm *realm);

/* broker_endpoints.c */
enum ab_err broker_login_any(struct req *r, const struct realm *realm);
enum ab_err broker_endpoint_get(struct req *r, const struct realm *realm);
enum ab_err after_first_broker_get(struct req *r, const struct realm *realm);
/* The answer where the route's alias names no provider. */
enum ab_err reply_no_idp(struct req *r);

#endif
