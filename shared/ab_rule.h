/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_rule.h - rules of auth_broker_require: parse once, evaluate against an
 * identity, say which one refused.
 *
 * One word of the directive is one rule: "role=editor,admin". A comma joins
 * values of which any is enough; several words must all hold. '!' before a
 * value negates that value. No allocation: a rule borrows its text.
 *
 *   role=NAME       realm role; role=CLIENT:NAME client role; role=:NAME
 *                   role of the location's own client
 *   group=/PATH     full path, exact
 *   scope=NAME      word of the token's scope
 *   acr=NAME        exact
 *   idp=ALIAS       exact
 *   max_age=5m      auth_time not older
 *   claim=PATH:VALUE  sub, username, email, name, azp, aud, iss, acr, idp, sid
 *   email=ADDR      exact without case, or *@DOMAIN; verified only
 */
#ifndef AB_RULE_H
#define AB_RULE_H

#include "ab_identity.h"

enum ab_rule_kind {
    AB_RULE_ROLE = 1, AB_RULE_GROUP, AB_RULE_SCOPE, AB_RULE_ACR, AB_RULE_IDP,
    AB_RULE_MAX_AGE, AB_RULE_CLAIM, AB_RULE_EMAIL
};

struct ab_rule {
    enum ab_rule_kind  kind;
    struct ab_slice    word;        /* the whole word, for messages */
    struct ab_slice    values;      /* after the first '=' (after ':' for claim) */
    struct ab_slice    path;        /* claim name */
    int64_t            max_age_s;
};

/* Parse one word. AB_E_FORMAT with *ret_why a static sentence (unknown rule
 * name, empty value, bad duration, '*' elsewhere than "*@"). */
enum ab_err ab_rule_parse(struct ab_slice word, struct ab_rule *ret_rule,
    const char **ret_why);

/* AB_OK when it holds, else the reason code of its kind (AB_E_RULE_…).
 * client: the location's client_id, for role=:NAME. now: epoch seconds. */
enum ab_err ab_rule_check(const struct ab_rule *rule,
    const struct ab_identity *id, struct ab_slice client, uint64_t now);

#endif
