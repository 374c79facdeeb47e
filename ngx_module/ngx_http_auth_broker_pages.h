/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_pages.h - answers of our own: redirects, refusals and
 * the pages under /.auth/.
 *
 * Every answer here is no-store. Functions that send an answer finalize the
 * request and return NGX_DONE, to be returned from the phase handler.
 */
#ifndef NGX_HTTP_AUTH_BROKER_PAGES_H
#define NGX_HTTP_AUTH_BROKER_PAGES_H

#include "ngx_http_auth_broker_rec.h"
#include "ab_attempt.h"

/* deny: what a request without (enough) identity gets. Records rec->err,
 * logs one line "auth_broker: … reason=…", sets WWW-Authenticate where the
 * status is 401 (RFC 6750 section 3) and Retry-After where it is 503.
 * Returns the status for the phase handler to return (error_page applies). */
ngx_int_t ngx_http_auth_broker_deny(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, enum ab_err err);
/* An HTML page for a person (title and text of the reason, a link to start
 * again when again is not NULL). Status from the reason's row. */
ngx_int_t ngx_http_auth_broker_error_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, enum ab_err err, ngx_str_t *again);
/* 302 with an absolute or path-only Location, sent as it stands. */
ngx_int_t ngx_http_auth_broker_redirect(ngx_http_request_t *r,
    ngx_str_t *location);
/* Any body. */
ngx_int_t ngx_http_auth_broker_send(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, ngx_str_t *body);
/* A page in our style around `inner` (HTML, already escaped), which starts
 * below the heading `title` (plain text). Forms in it post to this origin. */
ngx_int_t ngx_http_auth_broker_html(ngx_http_request_t *r, ngx_uint_t status,
    const char *title, ngx_str_t *inner);
/* Push one Set-Cookie / other header to the answer. */
ngx_int_t ngx_http_auth_broker_out_header(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);

/* origin: scheme://host[:port] of this request as DESIGN section 4 says, in
 * r->pool. AB_E_ORIGIN_UNKNOWN, AB_E_COOKIE_INSECURE. is_https and the
 * cookie names follow from it. */
typedef struct {
    ngx_str_t   text;
    ngx_str_t   session_cookie;     /* __Host-auth or auth */
    ngx_str_t   login_cookie;
    unsigned    is_https:1;
} ngx_http_auth_broker_origin_t;

enum ab_err ngx_http_auth_broker_origin(ngx_http_request_t *r,
    ngx_http_auth_broker_origin_t *ret_origin);
/* The names of a server for HELLO: appended to mcf->servers. */
ngx_int_t ngx_http_auth_broker_origins_collect(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf);

/* login: a navigation without identity → 302 to the realm with a sealed
 * attempt. return_path is in r->pool; before: NULL, or the attempt that went
 * wrong, whose hints are asked again under the retry flag. */
ngx_int_t ngx_http_auth_broker_login(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_str_t *return_path,
    const struct ab_attempt *before);
/* True when this request is a page visit of a person (DESIGN section 4). */
ngx_int_t ngx_http_auth_broker_is_navigation(ngx_http_request_t *r);

/* The pages of /.auth/, called in SERVER_REWRITE, also when resumed. They
 * return a phase handler's code; NGX_DONE while waiting. */
ngx_int_t ngx_http_auth_broker_login_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec);           /* /.auth/login?return= */
ngx_int_t ngx_http_auth_broker_callback_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec);           /* /.auth/callback */
ngx_int_t ngx_http_auth_broker_logout_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec);           /* /.auth/logout */
ngx_int_t ngx_http_auth_broker_userinfo_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec);           /* /.auth/userinfo */

/* access: find out who asks, by cookie or bearer: NGX_OK (rec->state KNOWN
 * or NOBODY or FAILED), NGX_AGAIN (waiting). Does not look at rules. Used by
 * ACCESS, by the pages and, memory only, by variables (may_ask 0: a miss
 * stays a miss). lcf gives realm, accept, audiences of the location; for
 * pages the server's first protected location stands in. */
ngx_int_t ngx_http_auth_broker_identify(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf,
    ngx_uint_t may_ask);
/* Without a catalogue (the very first start) neither a credential's key nor
 * a login's address is known: wait for HELLO's answer, once for a request,
 * inside a question's time. NGX_AGAIN: waiting; NGX_OK: go on. */
ngx_int_t ngx_http_auth_broker_wait_realm(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf);

#endif
