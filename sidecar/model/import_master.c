/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_master.c - realm master, and its first administrator.
 *
 * The realm comes from the same code as a file's would. The administrator is
 * made under the realm's import lease: of two daemons that start at once one
 * finds the other's.
 */
#include "import_int.h"

#include "credential.h"
#include "doc.h"
#include "scratch.h"
#include "user_int.h"

#include "base/clock.h"
#include "base/random.h"
#include "store/keys.h"
#include "store/lock.h"

#include "ab_ct.h"

#include <time.h>

#define WAIT_MS  50
#define PAGE_N   100

static const char  master_file[] =
    "{\"realm\":\"master\",\"displayName\":\"Auth Broker\",\"enabled\":true,"
    "\"sslRequired\":\"external\",\"accessTokenLifespan\":60}";


/* ---- is there one -------------------------------------------------------- */

static enum ab_err
page_has_admin(struct ctx *c, const struct realm *realm, struct reply *page,
    bool *ret_has)
{
    const struct user  *u;
    struct role_set     set;
    struct ab_slice     member;
    size_t              i, at;
    enum ab_err         e = AB_OK;

    for (i = 0; e == AB_OK && !*ret_has && i < page->n; i++) {
        member = page->list[i].s;
        at = ab_slice_find(member, '\0');
        if (at == member.len) {
            continue;
        }
        e = user_read(c, realm->id, member.p + at + 1, &u);
        if (e == AB_E_USER_ABSENT) {        /* a superset's surplus */
            e = AB_OK;
            continue;
        }
        if (e == AB_OK) {
            e = user_roles(c, realm, u, &set);
        }
        *ret_has = e == AB_OK && role_set_has(&set, NULL, "admin");
    }
    return e;
}


/* Page by page: whoever has many users in master has an administrator among
 * the first. */
static enum ab_err
has_admin(struct ctx *c, const struct realm *realm, bool *ret_has)
{
    struct ab_slice   argv[4] = { AB_S("ZRANGE"),
                                  key1(c, KEY_USERS, realm->id) };
    struct ctx        s;
    struct reply     *page;
    size_t            at = 0, n = PAGE_N;
    enum ab_err       e = AB_OK;

    *ret_has = false;
    while (e == AB_OK && !*ret_has && n == PAGE_N) {
        e = scratch_open(c, &s);
        if (e != AB_OK) {
            return e;
        }
        argv[2] = ab_slice_str(arena_printf(s.a, "%zu", at));
        argv[3] = ab_slice_str(arena_printf(s.a, "%zu", at + PAGE_N - 1));
        e = argv[2].p == NULL || argv[3].p == NULL ? ctx_nomem(&s)
            : store_call(&s, 1, argv, 4, &page);
        if (e == AB_OK) {
            n = page->n;
            e = page_has_admin(&s, realm, page, ret_has);
        }
        e = scratch_close(c, &s, e);
        at += PAGE_N;
    }
    return e;
}


/* ---- make one ------------------------------------------------------------ */

static enum ab_err
make_admin(struct ctx *c, const struct realm *realm, const char *user,
    const char *password)
{
    const struct role_table  *roles;
    const struct user        *u;
    json_t                   *cred, *parts;
    size_t                    admin;
    struct user_new           n = { .username = user, .enabled = true };
    enum ab_err               e = role_table_get(c, realm, &roles);

    if (e == AB_OK) {
        e = credential_hash(c, ab_slice_str(password), &cred);
    }
    if (e != AB_OK) {
        return e;
    }
    admin = role_find_name(roles, NULL, "admin");
    if (admin == SIZE_MAX || realm->default_role_id == NULL) {
        json_decref(cred);
        return ctx_fail(c, AB_E_STORE_REPLY, "realm master has no admin role");
    }
    parts = json_pack("{s:[o], s:[s, s], s:{s:[s]}}", "credentials", cred,
                      "roles", roles->v[admin].id, realm->default_role_id,
                      "attributes", "is_temporary_admin", "true");
    if (parts == NULL || !arena_own(c->a, parts, doc_unref)) {
        return ctx_nomem(c);
    }
    n.credentials = json_object_get(parts, "credentials");
    n.roles = json_object_get(parts, "roles");
    n.attributes = json_object_get(parts, "attributes");
    return user_create(c, realm, &n, &u);
}


static enum ab_err
admin_leased(struct ctx *c, const char *user, const char *password,
    bool *ret_made)
{
    const struct realm  *realm;
    bool                 has;
    enum ab_err          e = realm_by_name(c, "master", &realm);

    if (e == AB_OK) {
        e = has_admin(c, realm, &has);
    }
    if (e == AB_OK && !has) {
        e = make_admin(c, realm, user, password);
        *ret_made = e == AB_OK;
    }
    return e;
}


static enum ab_err
first_admin(struct ctx *c, const char *user, const char *password,
    bool *ret_made)
{
    struct timespec  pause = { .tv_nsec = WAIT_MS * 1000000L };
    struct ab_slice  key = key1(c, KEY_IMPORT_LEASE, "master");
    char             lease[44];
    struct ctx       quiet;
    enum ab_err      e;

    while ((e = lock_take(c, key, IMPORT_LEASE_S, lease)) == AB_E_CONFLICT) {
        if (clock_left_ms(c->deadline_ms) <= WAIT_MS) {
            return ctx_fail(c, AB_E_BUSY, "another daemon sets up master");
        }
        nanosleep(&pause, NULL);
    }
    if (e != AB_OK) {
        return e;
    }
    e = admin_leased(c, user, password, ret_made);
    quiet = *c;                 /* the fault so far is the one to tell */
    fail_clear(&quiet.f);
    (void) lock_release(&quiet, key, lease);
    return e;
}


enum ab_err
import_master(struct ctx *c, const char *user, const char *password,
    bool *ret_made_admin)
{
    struct import_result  r;
    struct ctx            s;
    bool                  made = false;
    enum ab_err           e = scratch_open(c, &s);

    if (e != AB_OK) {
        return e;
    }
    e = import_realm(&s, "master", ab_slice_str(master_file), &r);
    if (e == AB_OK && user != NULL && password != NULL) {
        e = first_admin(&s, user, password, &made);
    }
    e = scratch_close(c, &s, e);
    if (e == AB_OK) {
        *ret_made_admin = made;
    }
    return e;
}
