/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.h - calls to other HTTP servers: one total time limit, a size cap, an
 * address policy, no redirects, TLS verified (over libcurl).
 *
 * Addresses are refused after resolving (resolve_policy.h): loopback,
 * private and link-local ones unless allowed; metadata addresses always.
 * Proxies of the environment are not used. The process must ignore SIGPIPE.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "model/app.h"
#include "model/realm.h"
#include "base/ctx.h"

struct http_header {
    const char  *name;
    const char  *value;
};

struct http_request {
    const char                *method;      /* "GET" or "POST" */
    const char                *url;         /* absolute http or https */
    const struct http_header  *headers;
    size_t                     n_headers;
    const char                *content_type;    /* of body; NULL: none */
    struct ab_slice            body;
    size_t                     reply_max;   /* 0: AB_MAX_HTTP_REPLY */
    int64_t                    timeout_ms;  /* 0: AB_HTTP_TIMEOUT_MS; never
                                               past c->deadline_ms */
    enum ssl_required          ssl;         /* plain http: SSL_NONE anywhere,
                                               SSL_EXTERNAL to local
                                               addresses, SSL_ALL never */
};

struct http_reply {
    int               status;
    const char       *content_type;     /* lower case, without parameters; "" */
    struct ab_slice   body;             /* NUL behind it; in c */
};

/* AB_E_OPTION: a bad entry in --outbound-allow; AB_E_NOMEM. Immutable to its
 * users; any thread. */
enum ab_err http_client_new(struct fail *f, const struct app *app,
    struct http_client **ret_client);
void http_client_free(struct http_client *h);

/*
 * One call. AB_E_IDP_DOWN: cannot resolve, connect, TLS, or cut;
 * AB_E_IDP_TIMEOUT; AB_E_IDP_REPLY: too large; AB_E_OUTBOUND: refused by
 * policy, scheme or form of the address (userinfo, fragment). Any HTTP
 * status is AB_OK, redirects included (they are not followed).
 */
enum ab_err http_call(struct ctx *c, const struct http_request *req,
    struct http_reply *ret_reply);

#endif
