/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callback.h - what a provider's answer means.
 */
#ifndef BROKER_CALLBACK_H
#define BROKER_CALLBACK_H

#include "broker/provider.h"

enum broker_next {
    BROKER_IDENTITY,        /* ret->who is complete */
    BROKER_FORM,            /* browser flow again; ret->message on the form */
    BROKER_CLIENT_ERROR,    /* ret->error goes to the client's redirect URI */
    BROKER_RETRY            /* 303 to ret->url, a fresh request */
};

struct broker_answer {
    enum broker_next  next;
    struct brokered   who;
    const char       *error;
    const char       *message;
    const char       *url;
};

/*
 * The rows of broker.md section 11 after the state was taken (code verified
 * and removed, alias bound: a state made for another alias is refused,
 * T-LG6). Bounded by a bulkhead and a circuit breaker per provider
 * (AB_E_IDP_BUSY). Errors, with no session made: AB_E_IDP_…, AB_E_TOKEN_….
 */
enum ab_err broker_callback(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct client *client,
    struct auth_tab *tab, const struct ab_param *params, size_t n_params,
    struct broker_answer *ret_answer);

#endif
