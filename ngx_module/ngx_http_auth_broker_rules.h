/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_rules.h - a location's rules against an identity.
 */
#ifndef NGX_HTTP_AUTH_BROKER_RULES_H
#define NGX_HTTP_AUTH_BROKER_RULES_H

#include "ngx_http_auth_broker_rec.h"

/*
 * The identity in rec belongs to this location at all: realm, and client and
 * origin of a session, issuer and audience of a bearer. Compared on every
 * request, because the zone holds facts and no verdicts. AB_E_SESSION_OTHER,
 * AB_E_SESSION_EXPIRED, AB_E_TOKEN_ISSUER, …_AUDIENCE, …_EXPIRED.
 */
enum ab_err ngx_http_auth_broker_rules_fit(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf);

/* Every rule of the location holds; else AB_E_RULE_… and rec->refusing. */
enum ab_err ngx_http_auth_broker_rules_check(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf);

#endif
