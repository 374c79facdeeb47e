/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_check.c - whether this Redis may be used, asked once at start.
 */
#include "store_int.h"
#include "keys.h"

#include "ab_time.h"

#define SCHEMA_VERSION   "1"    /* of what this daemon reads and writes */
#define REDIS_MAJOR_MIN  7
#define PROBE            AB_S("auth-broker key ring probe")

static enum ab_err check_version(struct ctx *c, struct ab_slice info);
static enum ab_err check_foreign(struct ctx *c, struct ab_slice info,
    const char **ret_warning);
static enum ab_err check_keyring(struct ctx *c);
static enum ab_err check_schema(struct ctx *c);


enum ab_err
store_check(struct ctx *c, bool is_private, const char **ret_warning)
{
    struct ab_slice   info;
    const char       *warning = NULL;
    int64_t           ms;
    enum ab_err       e;

    e = store_info(c, NULL, &info);
    if (e == AB_OK) {
        e = check_version(c, info);
    }
    if (e == AB_OK && !is_private) {
        e = check_foreign(c, info, &warning);
    }
    if (e == AB_OK) {
        e = check_schema(c);
    }
    if (e == AB_OK) {
        e = check_keyring(c);
    }
    if (e == AB_OK) {
        e = store_time_ms(c, &ms);
    }
    if (e == AB_OK) {
        *ret_warning = warning;
    }
    return e;
}


/* Valkey reports the Redis version it is compatible with here. */
static enum ab_err
check_version(struct ctx *c, struct ab_slice info)
{
    struct ab_slice  v = store_info_field(info, "redis_version");
    uint64_t         major;

    if (ab_parse_u64(ab_slice(v.p, ab_slice_find(v, '.')), &major) != AB_OK
        || major < REDIS_MAJOR_MIN)
    {
        return ctx_fail(c, AB_E_OPTION, "Redis %.*s: version %d or newer is "
                        "needed", (int) v.len, v.p, REDIS_MAJOR_MIN);
    }
    return AB_OK;
}


static enum ab_err
check_foreign(struct ctx *c, struct ab_slice info, const char **ret_warning)
{
    struct ab_slice  policy = store_info_field(info, "maxmemory_policy");

    if (!ab_slice_eq_str(policy, "noeviction")) {
        return ctx_fail(c, AB_E_OPTION, "Redis may drop sessions: its "
                        "maxmemory-policy is %.*s, it must be noeviction",
                        (int) policy.len, policy.p);
    }
    if (ab_slice_eq_str(store_info_field(info, "cluster_enabled"), "1")) {
        return ctx_fail(c, AB_E_OPTION, "Redis Cluster is not supported yet");
    }
    if (!ab_slice_eq_str(store_info_field(info, "role"), "master")) {
        return ctx_fail(c, AB_E_OPTION, "this Redis is a replica");
    }
    if (!ab_slice_eq_str(store_info_field(info, "aof_enabled"), "1")
        && ab_slice_eq_str(store_info_field(info, "connected_slaves"), "0"))
    {
        *ret_warning = "Redis has neither an append-only file nor a replica: "
                       "its restart signs everybody out";
    }
    return AB_OK;
}


static enum ab_err
check_schema(struct ctx *c)
{
    struct ab_slice   argv[] = { AB_S(SCHEMA_VERSION) };
    struct reply     *r;
    enum ab_err       e;

    e = script_run(c, SCRIPT_schema, key0(c, KEY_SCHEMA), argv, 1, &r);
    if (e == AB_OK) {
        e = store_expect(c, r, REPLY_INT);
    }
    if (e == AB_OK && r->i == 0) {
        e = ctx_fail(c, AB_E_OPTION, "what is stored was written by a newer "
                     "version, which this one (schema %s) cannot read",
                     SCHEMA_VERSION);
    }
    return e;
}


/* The first daemon leaves a sealed probe; one that cannot open it has
 * another key file and would read nothing of what is stored. */
static enum ab_err
check_keyring(struct ctx *c)
{
    struct ab_slice  key = key0(c, KEY_KEYRING), sealed, plain;
    bool             won;
    enum ab_err      e;

    e = store_get(c, key, &sealed);
    if (e == AB_E_STORE_ABSENT) {
        e = store_seal(c, key, "probe", PROBE, &sealed);
        if (e == AB_OK) {
            e = store_set_nx(c, key, sealed, 0, &won);
        }
        if (e == AB_OK) {
            e = store_get(c, key, &sealed);
        }
    }
    if (e != AB_OK) {
        return e;
    }
    if (store_unseal(c, key, "probe", sealed, &plain) != AB_OK
        || !ab_slice_eq(plain, PROBE))
    {
        fail_clear(&c->f);
        return ctx_fail(c, AB_E_KEYRING, "the key file does not open what is "
                        "stored: it belongs to another installation");
    }
    return AB_OK;
}
