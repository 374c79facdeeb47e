/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_rule.c - rules of auth_broker_require.
 *
 * A word that could never hold, or never refuse, is an error of the
 * configuration (T-LG12), so that no rule is silently off.
 */
#include "ab_rule.h"
#include "ab_time.h"

/* What a value is compared with, by kind of rule. */
struct asked {
    const struct ab_identity  *id;
    struct ab_slice            client;      /* the location's own */
    struct ab_slice            fact;        /* of scalar kinds; may be empty */
};

typedef bool (*match_fn)(const struct asked *a, struct ab_slice value);

static bool match_role(const struct asked *a, struct ab_slice value);
static bool match_group(const struct asked *a, struct ab_slice value);
static bool match_scope(const struct asked *a, struct ab_slice value);
static bool match_email(const struct asked *a, struct ab_slice value);
static bool match_fact(const struct asked *a, struct ab_slice value);
static bool match_audience(const struct asked *a, struct ab_slice value);
static const char *value_group(struct ab_slice value);
static const char *value_email(struct ab_slice value);
static const char *value_role(struct ab_slice value);

/* Kinds: name before '=', reason when refused, comparison (NULL: max_age),
 * further check of one value at parse time (may be NULL). */
static const struct kind {
    const char         *name;
    enum ab_rule_kind   kind;
    enum ab_err         refusal;
    match_fn            match;
    const char       *(*check)(struct ab_slice value);
} kind_rows[] = {
    { "role",    AB_RULE_ROLE,    AB_E_RULE_ROLE,    match_role,  value_role  },
    { "group",   AB_RULE_GROUP,   AB_E_RULE_GROUP,   match_group, value_group },
    { "scope",   AB_RULE_SCOPE,   AB_E_RULE_SCOPE,   match_scope, NULL        },
    { "acr",     AB_RULE_ACR,     AB_E_RULE_ACR,     match_fact,  NULL        },
    { "idp",     AB_RULE_IDP,     AB_E_RULE_IDP,     match_fact,  NULL        },
    { "max_age", AB_RULE_MAX_AGE, AB_E_RULE_MAX_AGE, NULL,        NULL        },
    { "claim",   AB_RULE_CLAIM,   AB_E_RULE_CLAIM,   match_fact,  NULL        },
    { "email",   AB_RULE_EMAIL,   AB_E_RULE_EMAIL,   match_email, value_email },
};

/* Claims a rule may name: where the identity holds them; "aud" is a list. */
static const struct claim {
    const char  *name;
    size_t       offset;
} claim_rows[] = {
    { "sub",      offsetof(struct ab_identity, sub)      },
    { "username", offsetof(struct ab_identity, username) },
    { "email",    offsetof(struct ab_identity, email)    },
    { "name",     offsetof(struct ab_identity, name)     },
    { "azp",      offsetof(struct ab_identity, azp)      },
    { "aud",      0                                      },
    { "iss",      offsetof(struct ab_identity, issuer)   },
    { "acr",      offsetof(struct ab_identity, acr)      },
    { "idp",      offsetof(struct ab_identity, idp)      },
    { "sid",      offsetof(struct ab_identity, sid)      },
};


static const struct kind *
kind_by_name(struct ab_slice name)
{
    size_t  i;

    for (i = 0; i < sizeof(kind_rows) / sizeof(kind_rows[0]); i++) {
        if (ab_slice_eq_str(name, kind_rows[i].name)) {
            return &kind_rows[i];
        }
    }
    return NULL;
}


static const struct claim *
claim_by_name(struct ab_slice name)
{
    size_t  i;

    for (i = 0; i < sizeof(claim_rows) / sizeof(claim_rows[0]); i++) {
        if (ab_slice_eq_str(name, claim_rows[i].name)) {
            return &claim_rows[i];
        }
    }
    return NULL;
}


/* The next value between commas, '!' taken off; false at the end. */
static bool
next_value(struct ab_slice values, size_t *pos, struct ab_slice *ret_value,
    bool *ret_negated)
{
    struct ab_slice  rest;
    size_t           len;

    if (*pos > values.len) {
        return false;
    }
    rest = ab_slice(values.p + *pos, values.len - *pos);
    len = ab_slice_find(rest, ',');
    *pos += len + 1;
    *ret_negated = len > 0 && rest.p[0] == '!';
    *ret_value = *ret_negated ? ab_slice(rest.p + 1, len - 1)
                              : ab_slice(rest.p, len);
    return true;
}


static const char *
value_role(struct ab_slice value)
{
    return value.p[value.len - 1] == ':' ? "a role without a name" : NULL;
}


static const char *
value_group(struct ab_slice value)
{
    return value.p[0] == '/' ? NULL : "a group is a full path, \"/staff\"";
}


/* One '@' with something on both sides; all of the left side may be '*'. */
static const char *
value_email(struct ab_slice value)
{
    size_t           at = ab_slice_find(value, '@');
    struct ab_slice  domain;

    if (at == 0 || value.len - at < 2) {
        return "an e-mail address is NAME@DOMAIN or *@DOMAIN";
    }
    domain = ab_slice(value.p + at + 1, value.len - at - 1);
    return ab_slice_find(domain, '@') < domain.len
           ? "an e-mail address has one '@'" : NULL;
}


/* NULL, or what is wrong with one value. */
static const char *
check_value(const struct kind *kind, struct ab_slice value)
{
    size_t  star, skip = 0;

    if (value.len == 0) {
        return "empty value";
    }
    if (kind->kind == AB_RULE_EMAIL
        && ab_slice_starts(value, AB_S("*@")))
    {
        skip = 1;
    }
    star = ab_slice_find(ab_slice(value.p + skip, value.len - skip), '*');
    if (star < value.len - skip) {
        return "'*' stands only in email=*@DOMAIN";
    }
    return kind->check == NULL ? NULL : kind->check(value);
}


static const char *
check_values(const struct kind *kind, struct ab_slice values)
{
    struct ab_slice  value;
    const char      *why;
    size_t           pos = 0, negations = 0;
    bool             negated;

    while (next_value(values, &pos, &value, &negated)) {
        why = check_value(kind, value);
        if (why != NULL) {
            return why;
        }
        negations += negated;
    }
    /* Any value is enough, and nobody is two things at once: "!a,!b" would
     * let everybody in. */
    return negations > 1 ? "write one rule for each '!' value" : NULL;
}


static const char *
parse_claim(struct ab_rule *rule)
{
    size_t  colon = ab_slice_find(rule->values, ':');

    if (colon == rule->values.len) {
        return "a claim rule is claim=NAME:VALUE";
    }
    rule->path = ab_slice(rule->values.p, colon);
    rule->values = ab_slice(rule->values.p + colon + 1,
                            rule->values.len - colon - 1);
    return claim_by_name(rule->path) == NULL ? "unknown claim" : NULL;
}


static const char *
parse_max_age(struct ab_rule *rule)
{
    return ab_parse_duration_s(rule->values, &rule->max_age_s) != AB_OK
           || rule->max_age_s == 0
           ? "max_age is a duration like 5m" : NULL;
}


enum ab_err
ab_rule_parse(struct ab_slice word, struct ab_rule *ret_rule,
    const char **ret_why)
{
    size_t              eq = ab_slice_find(word, '=');
    const struct kind  *kind = kind_by_name(ab_slice(word.p, eq));
    struct ab_rule      rule = { .word = word };
    const char         *why = NULL;

    if (kind == NULL || eq == word.len) {
        *ret_why = "unknown rule";
        return AB_E_FORMAT;
    }
    rule.kind = kind->kind;
    rule.values = ab_slice(word.p + eq + 1, word.len - eq - 1);
    if (kind->kind == AB_RULE_MAX_AGE) {
        why = parse_max_age(&rule);
    } else {
        if (kind->kind == AB_RULE_CLAIM) {
            why = parse_claim(&rule);
        }
        if (why == NULL) {
            why = check_values(kind, rule.values);
        }
    }
    if (why != NULL) {
        *ret_why = why;
        return AB_E_FORMAT;
    }
    *ret_rule = rule;
    return AB_OK;
}


/* The list holds ":"-joined client and role, compared in parts. */
static bool
match_role(const struct asked *a, struct ab_slice value)
{
    struct ab_slice  entry;
    size_t           pos = 0, n = a->client.len;

    if (value.p[0] != ':') {
        return ab_identity_has(a->id, AB_TAG_ROLE, value);
    }
    while (ab_identity_each(a->id, AB_TAG_ROLE, &pos, &entry)) {
        if (entry.len == n + value.len
            && ab_slice_eq(ab_slice(entry.p, n), a->client)
            && ab_slice_eq(ab_slice(entry.p + n, value.len), value))
        {
            return true;
        }
    }
    return false;
}


static bool
match_group(const struct asked *a, struct ab_slice value)
{
    return ab_identity_has(a->id, AB_TAG_GROUP, value);
}


static bool
match_scope(const struct asked *a, struct ab_slice value)
{
    return ab_identity_has_scope(a->id, value);
}


static bool
match_audience(const struct asked *a, struct ab_slice value)
{
    return ab_identity_has(a->id, AB_TAG_AUDIENCE, value);
}


static bool
match_fact(const struct asked *a, struct ab_slice value)
{
    return ab_slice_eq(a->fact, value);
}


/* Domains are compared whole, without case: "*@b.example" takes neither
 * "evilb.example" nor "a.b.example" (T-LG11). */
static bool
match_email(const struct asked *a, struct ab_slice value)
{
    struct ab_slice  mail = a->fact;
    size_t           at = ab_slice_find(mail, '@');

    if (value_email(mail) != NULL) {
        return false;
    }
    if (value.p[0] == '*') {
        mail = ab_slice(mail.p + at, mail.len - at);
        value = ab_slice(value.p + 1, value.len - 1);
    }
    return ab_slice_eq_nocase(mail, value);
}


static const struct kind *
kind_of(const struct ab_rule *rule)
{
    size_t  i;

    for (i = 0; i < sizeof(kind_rows) / sizeof(kind_rows[0]); i++) {
        if (kind_rows[i].kind == rule->kind) {
            return &kind_rows[i];
        }
    }
    return NULL;
}


/* Some value is ":NAME", a role of a client that has to be known. */
static bool
names_own_client(struct ab_slice values)
{
    struct ab_slice  value;
    size_t           pos = 0;
    bool             negated;

    while (next_value(values, &pos, &value, &negated)) {
        if (value.p[0] == ':') {
            return true;
        }
    }
    return false;
}


/* The fact of a scalar rule into a->fact, its comparison into *match. False
 * when the rule must not be judged: an e-mail address nobody verified is
 * none, also where a rule says "not this one". */
static bool
find_fact(const struct ab_rule *rule, struct asked *a, match_fn *match)
{
    const struct ab_identity  *id = a->id;
    const struct claim        *claim;

    switch (rule->kind) {
    case AB_RULE_ACR:
        a->fact = id->acr;
        return true;
    case AB_RULE_IDP:
        a->fact = id->idp;
        return true;
    case AB_RULE_EMAIL:
        a->fact = id->email;
        return id->email_verified && id->email.len > 0;
    case AB_RULE_CLAIM:
        claim = claim_by_name(rule->path);
        if (claim == NULL) {
            return false;
        }
        if (claim->offset == 0) {
            *match = match_audience;
            return true;
        }
        memcpy(&a->fact, (const char *) id + claim->offset,
               sizeof(a->fact));
        return claim->offset != offsetof(struct ab_identity, email)
               || (id->email_verified && id->email.len > 0);
    case AB_RULE_ROLE:
        return a->client.len > 0 || !names_own_client(rule->values);
    default:
        return true;
    }
}


/* Neither auth_time nor now can make the sum wrap: both are subtracted. */
static bool
is_recent(uint64_t auth_time, int64_t max_age_s, uint64_t now)
{
    if (auth_time == 0) {
        return false;
    }
    return auth_time <= now ? now - auth_time <= (uint64_t) max_age_s
                            : auth_time - now <= AB_SKEW_S;
}


enum ab_err
ab_rule_check(const struct ab_rule *rule, const struct ab_identity *id,
    struct ab_slice client, uint64_t now)
{
    const struct kind  *kind = kind_of(rule);
    struct asked        a = { id, client, { NULL, 0 } };
    struct ab_slice     value;
    match_fn            match;
    size_t              pos = 0;
    bool                negated;

    if (kind == NULL) {
        return AB_E_INTERNAL;
    }
    if (kind->kind == AB_RULE_MAX_AGE) {
        return is_recent(id->auth_time, rule->max_age_s, now) ? AB_OK
                                                          : kind->refusal;
    }
    match = kind->match;
    if (!find_fact(rule, &a, &match)) {
        return kind->refusal;
    }
    while (next_value(rule->values, &pos, &value, &negated)) {
        if (match(&a, value) != negated) {
            return AB_OK;
        }
    }
    return kind->refusal;
}
