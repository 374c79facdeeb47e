/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * response.h - how an authorization answer reaches the client: response
 * types and modes, and the address or form made of its members.
 */
#ifndef OIDC_RESPONSE_H
#define OIDC_RESPONSE_H

#include "oidc/authorize.h"

/* response_type as a set of words. */
#define RESPONSE_CODE      1
#define RESPONSE_ID_TOKEN  2
#define RESPONSE_TOKEN     4
#define RESPONSE_NONE      8

/* AB_E_FORMAT: unknown word, empty, two blanks, none beside others. */
enum ab_err response_type_parse(const char *text, unsigned *ret_set);
/* Anything given out by the authorization endpoint itself. */
static inline bool
response_is_front(unsigned set)
{
    return (set & (RESPONSE_ID_TOKEN | RESPONSE_TOKEN)) != 0;
}

enum response_mode { MODE_QUERY, MODE_FRAGMENT, MODE_FORM_POST };
struct response_delivery {
    enum response_mode  mode;
    bool                is_jwt;     /* one parameter `response` (JARM) */
};

/* By name; text NULL: the default of the type. AB_E_FORMAT. */
enum ab_err response_mode_parse(const char *text, unsigned set,
    struct response_delivery *ret_d);

/* Members in order; value NULL is left out. */
struct response_member {
    const char  *name;
    const char  *value;
};

/* Lives in c. */
enum ab_err response_make(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *redirect_uri,
    struct response_delivery d, const struct response_member *m, size_t n,
    struct authorize_answer *ret_answer);

#endif
