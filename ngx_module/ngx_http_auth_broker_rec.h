/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_rec.h - the record of one request, which outlives
 * internal redirects (it hangs on a pool clean-up, as realip's does).
 *
 * Made in POST_READ by intake, found by anybody with …_rec_get(). One record
 * for r->main; sub-requests share it.
 */
#ifndef NGX_HTTP_AUTH_BROKER_REC_H
#define NGX_HTTP_AUTH_BROKER_REC_H

#include "ngx_http_auth_broker_conf.h"
#include "ab_error.h"
#include "ab_identity.h"
#include "ab_session_cookie.h"

typedef enum {
    NGX_HTTP_AUTH_BROKER_NEW = 0,   /* nothing asked yet */
    NGX_HTTP_AUTH_BROKER_WAITING,   /* a question is in flight */
    NGX_HTTP_AUTH_BROKER_KNOWN,     /* identity is valid */
    NGX_HTTP_AUTH_BROKER_NOBODY,    /* no usable credential: err says why */
    NGX_HTTP_AUTH_BROKER_FAILED     /* could not be decided: err, 503 */
} ngx_http_auth_broker_state_e;

typedef struct ngx_http_auth_broker_ask_s  ngx_http_auth_broker_ask_t;

typedef struct {
    ngx_http_request_t            *request;     /* r->main */
    unsigned                       is_ready:1;  /* intake came to its end */

    /* credentials as the client sent them, copied in POST_READ */
    ngx_str_t                      cookie;      /* session cookie's value */
    ngx_str_t                      cookie_http; /* the plain-name ones */
    ngx_str_t                      login;       /* binding cookie's value */
    ngx_str_t                      login_http;
    unsigned                       cookie_twice:1;
    unsigned                       cookie_http_twice:1;
    ngx_str_t                      bearer;      /* token after "Bearer " */
    unsigned                       has_bearer:1;
    unsigned                       bearer_bad:1;    /* scheme without token */
    ngx_str_t                      idp_hint;    /* ?kc_idp_hint= */
    unsigned                       has_idp_hint:1;

    /* what was found out; key and realm of the credential that was asked */
    ngx_http_auth_broker_state_e   state;
    unsigned                       by_bearer:1;
    unsigned                       is_hit:1;    /* $auth_broker_cache */
    unsigned                       headers_set:1;
    unsigned                       let_in:1;    /* identity let it in */
    uint8_t                        key[AB_SHA256_LEN];
    struct ab_identity             id;          /* raw bytes in r->pool */
    uint64_t                       expiry;
    enum ab_err                    err;         /* last refusal; variable */
    enum ab_err                    why;         /* of NOBODY and FAILED */
    ngx_str_t                      realm;       /* for which it was asked */
    ngx_str_t                      realm_id;
    ngx_str_t                      issuer;      /* the realm's own */
    ngx_str_t                      origin;      /* this request's, once asked */
    unsigned                       origin_usable:1; /* may hold a cookie */
    ngx_http_auth_broker_loc_conf_t  *fits;     /* location the identity was
                                                   found to fit last */
    unsigned                       asked_bearer:1;  /* which credential */
    unsigned                       asked:3;     /* questions for it so far */
    unsigned                       own_answer:1;    /* answer is ours: the
                                                   header filter keeps its
                                                   Set-Cookie */
    unsigned                       hint_taken:1;
    unsigned                       waited:1;    /* for the first HELLO */
    enum ab_err                    logged;      /* refusal already logged */
    const struct ab_rule          *refusing;    /* rule that said no, for the
                                                   challenge; may be NULL */
    ngx_msec_t                     ask_start;
    ngx_msec_t                     ask_time;    /* spent waiting */

    ngx_http_auth_broker_ask_t    *ask;         /* question in flight */
    void                          *page;        /* /.auth/ page's own state */
} ngx_http_auth_broker_rec_t;

/* NULL if there is none yet. */
ngx_http_auth_broker_rec_t *ngx_http_auth_broker_rec_get(
    ngx_http_request_t *r);
/* Make it (idempotent): copies credentials, strips inbound headers once.
 * NULL: no memory. */
ngx_http_auth_broker_rec_t *ngx_http_auth_broker_intake(
    ngx_http_request_t *r);

#endif
