/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_user.c - users and what makes them unique, on a real store.
 */
#include "model_fixture.h"

#include "doc.h"
#include "idp.h"
#include "lower.h"
#include "reservation.h"
#include "step.h"
#include "user.h"
#include "user_int.h"

#include "base/autofree.h"
#include "store/keys.h"
#include "store/stream.h"

#include <pthread.h>

static struct model_fixture   m;
static const struct realm    *realm, *shared, *other;
static char                   realm_id[3][64];

static const char  realm_text[] =
    "{\"realm\":\"one\",\"enabled\":true,"
    "\"identityProviders\":["
    "{\"alias\":\"a\",\"internalId\":\"ida\",\"providerId\":\"oidc\"},"
    "{\"alias\":\"a:b\",\"internalId\":\"idab\",\"providerId\":\"oidc\"}]}";
static const char  shared_text[] =
    "{\"realm\":\"shared\",\"enabled\":true,\"duplicateEmailsAllowed\":true}";
static const char  other_text[] = "{\"realm\":\"other\",\"enabled\":true,"
    "\"requiredActions\":[{\"alias\":\"TERMS\",\"enabled\":true,"
    "\"defaultAction\":true},{\"alias\":\"OFF\",\"enabled\":false,"
    "\"defaultAction\":true}]}";


static void
renew(void)
{
    model_renew(&m, 20000);
    assert_int_equal(realm_by_id(m.c, realm_id[0], &realm), AB_OK);
    assert_int_equal(realm_by_id(m.c, realm_id[1], &shared), AB_OK);
    assert_int_equal(realm_by_id(m.c, realm_id[2], &other), AB_OK);
}


static int
start(void **state)
{
    (void) state;
    model_start(&m);
    snprintf(realm_id[0], sizeof(realm_id[0]), "%s",
             model_import(&m, realm_text)->id);
    snprintf(realm_id[1], sizeof(realm_id[1]), "%s",
             model_import(&m, shared_text)->id);
    snprintf(realm_id[2], sizeof(realm_id[2]), "%s",
             model_import(&m, other_text)->id);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    model_stop(&m);
    return 0;
}


static enum ab_err
create(const char *name, const char *mail, const struct user **ret_u)
{
    const struct user_new  n = { .username = name, .email = mail,
                                 .enabled = true };

    return user_create(m.c, realm, &n, ret_u);
}


/* ---- finding ------------------------------------------------------------- */

static void
test_find(void **state)
{
    const struct user  *u, *v;
    const char         *id;

    (void) state;
    renew();
    assert_int_equal(create(" \xc3\x84nne ", "Anne@Example.ORG", &u), AB_OK);
    assert_string_equal(u->username, "\xc3\xa4nne");
    assert_string_equal(u->email, "anne@example.org");
    assert_string_equal(u->realm_id, realm->id);
    assert_int_equal(u->version, 2);
    id = u->id;
    assert_int_equal(user_by_username(m.c, realm, "\xc3\x84NNE", &v), AB_OK);
    assert_string_equal(v->id, id);
    assert_int_equal(user_by_email(m.c, realm, "ANNE@example.org", &v), AB_OK);
    assert_string_equal(v->id, id);
    assert_int_equal(user_by_login(m.c, realm, " anne@example.org ", &v),
                     AB_OK);
    assert_int_equal(user_by_login(m.c, realm, "\xc3\xa4nne", &v), AB_OK);
    assert_int_equal(user_by_id(m.c, realm, id, &v), AB_OK);
    assert_int_equal(user_by_id(m.c, other, id, &v), AB_E_USER_ABSENT);
    assert_int_equal(user_by_username(m.c, other, "\xc3\xa4nne", &v),
                     AB_E_USER_ABSENT);
    assert_int_equal(user_by_id(m.c, realm, "../x", &v), AB_E_USER_ABSENT);
    assert_int_equal(user_by_username(m.c, realm, "", &v), AB_E_USER_ABSENT);
    assert_int_equal(user_by_username(m.c, realm, "nobody", &v),
                     AB_E_USER_ABSENT);
}


/* A name that looks like an address finds its user too. */
static void
test_login_name_with_at(void **state)
{
    const struct user  *u, *v;

    (void) state;
    renew();
    assert_int_equal(create("me@work", NULL, &u), AB_OK);
    assert_int_equal(user_by_login(m.c, realm, "Me@Work", &v), AB_OK);
    assert_string_equal(u->id, v->id);
}


static void
test_clash(void **state)
{
    const struct user  *u;

    (void) state;
    renew();
    assert_int_equal(create("clash", "clash@x.example", &u), AB_OK);
    assert_int_equal(create("CLASH", NULL, &u), AB_E_USER_CLASH);
    assert_int_equal(create("clash2", "Clash@x.example", &u),
                     AB_E_USER_CLASH);
    /* nothing is left behind of the refused one */
    assert_int_equal(create("clash2", NULL, &u), AB_OK);
}


static void
test_shared_addresses(void **state)
{
    struct user_new     n = { .username = "s1", .email = "s@x.example",
                              .enabled = true };
    const struct user  *u;

    (void) state;
    renew();
    assert_int_equal(user_create(m.c, shared, &n, &u), AB_OK);
    assert_int_equal(user_by_email(m.c, shared, "S@x.example", &u), AB_OK);
    n.username = "s2";
    assert_int_equal(user_create(m.c, shared, &n, &u), AB_OK);
    assert_int_equal(user_by_email(m.c, shared, "s@x.example", &u),
                     AB_E_USER_ABSENT);
    /* no login by an address that may be anybody's */
    assert_int_equal(user_by_login(m.c, shared, "s@x.example", &u),
                     AB_E_USER_ABSENT);
}


static void
test_default_actions(void **state)
{
    const struct user_new  n = { .username = "fresh", .enabled = true };
    const struct user     *u;

    (void) state;
    renew();
    assert_int_equal(user_create(m.c, other, &n, &u), AB_OK);
    assert_int_equal(json_array_size(u->required_actions), 1);
    assert_string_equal(json_string_value(json_array_get(
                            u->required_actions, 0)), "TERMS");
}


/* ---- links --------------------------------------------------------------- */

static enum ab_err
create_linked(const char *name, const struct idp *idp, const char *subject,
    const struct user **ret_u)
{
    const struct user_new  n = {
        .username = name, .enabled = true, .link_idp = idp,
        .link_subject = subject, .link_username = name,
    };

    return user_create(m.c, realm, &n, ret_u);
}


static void
test_links_apart(void **state)
{
    const struct idp   *a, *ab;
    const struct user  *u, *v, *w;

    (void) state;
    renew();
    assert_int_equal(idp_by_alias(m.c, realm, "a", &a), AB_OK);
    assert_int_equal(idp_by_alias(m.c, realm, "a:b", &ab), AB_OK);
    assert_int_equal(create_linked("t17a", ab, "c", &u), AB_OK);
    assert_int_equal(user_by_link(m.c, realm, a, "b:c", &v),
                     AB_E_USER_ABSENT);
    assert_int_equal(create_linked("t17b", a, "b:c", &v), AB_OK);
    assert_int_equal(user_by_link(m.c, realm, ab, "c", &w), AB_OK);
    assert_string_equal(w->id, u->id);
    assert_int_equal(user_by_link(m.c, realm, a, "b:c", &w), AB_OK);
    assert_string_equal(w->id, v->id);
    /* subjects are exact */
    assert_int_equal(user_by_link(m.c, realm, ab, "C", &w), AB_E_USER_ABSENT);
    assert_int_equal(create_linked("t17c", ab, "c", &w), AB_E_USER_CLASH);
    assert_int_equal(user_by_username(m.c, realm, "t17c", &w),
                     AB_E_USER_ABSENT);
}


/* The same alias again is another provider: its internalId is new. */
static void
test_provider_again(void **state)
{
    const struct idp   *a;
    struct idp          again;
    const struct user  *u;

    (void) state;
    renew();
    assert_int_equal(idp_by_alias(m.c, realm, "a", &a), AB_OK);
    assert_int_equal(create_linked("t18", a, "subject-18", &u), AB_OK);
    again = *a;
    again.id = "another-id";
    assert_int_equal(user_by_link(m.c, realm, &again, "subject-18", &u),
                     AB_E_USER_ABSENT);
}


/* A reservation alone is no link: the user's document must say the same. */
static void
test_recycled_id(void **state)
{
    const struct idp   *a;
    const struct user  *u, *v;
    struct claim        claim = { .kind = CLAIM_LINK, .text = "subject-7" };
    struct reservation  r;

    (void) state;
    renew();
    assert_int_equal(idp_by_alias(m.c, realm, "a", &a), AB_OK);
    assert_int_equal(create("t7", NULL, &u), AB_OK);
    claim.realm_id = realm->id;
    claim.idp_id = a->id;
    assert_int_equal(reservation_take(m.c, &claim, u->id, &r), AB_OK);
    assert_int_equal(user_by_link(m.c, realm, a, "subject-7", &v),
                     AB_E_USER_ABSENT);
    assert_int_equal(create("t7b", NULL, &v), AB_OK);
    assert_string_not_equal(u->id, v->id);
}


/* ---- many at once -------------------------------------------------------- */

#define THREADS  100

struct racer {
    pthread_t    thread;
    int          kind;          /* what they have in common */
    int          i;
    enum ab_err  e;
};


static void *
race(void *arg)
{
    struct racer       *r = arg;
    struct ctx          c = { .app = m.c->app, .base = m.c->base };
    const struct realm *re;
    const struct idp   *idp;
    const struct user  *u;
    char                name[32], mail[32], subject[32];
    struct user_new     n = { .username = name, .email = mail,
                              .enabled = true, .link_subject = subject };

    c.a = arena_new(FIXTURE_ARENA);
    c.store = store_new(&m.fx.conf);
    c.deadline_ms = clock_mono_ms() + 60000;
    snprintf(name, sizeof(name), "r%d-%d", r->kind, r->kind == 0 ? 0 : r->i);
    snprintf(mail, sizeof(mail), "r%d-%d@x", r->kind, r->kind == 1 ? 0 : r->i);
    snprintf(subject, sizeof(subject), "r%d-%d", r->kind,
             r->kind == 2 ? 0 : r->i);
    r->e = realm_by_id(&c, realm_id[0], &re);
    if (r->e == AB_OK) {
        r->e = idp_by_alias(&c, re, "a", &idp);
    }
    if (r->e == AB_OK) {
        n.link_idp = idp;
        r->e = user_create(&c, re, &n, &u);
    }
    store_free(c.store);
    arena_free(c.a);
    return NULL;
}


static void
test_races(void **state)
{
    static struct racer  racers[THREADS];
    int                  kind, i, won;

    (void) state;
    for (kind = 0; kind < 3; kind++) {
        won = 0;
        for (i = 0; i < THREADS; i++) {
            racers[i] = (struct racer) { .kind = kind, .i = i };
            assert_int_equal(pthread_create(&racers[i].thread, NULL, race,
                                            &racers[i]), 0);
        }
        for (i = 0; i < THREADS; i++) {
            pthread_join(racers[i].thread, NULL);
            won += racers[i].e == AB_OK;
            if (racers[i].e != AB_OK && racers[i].e != AB_E_USER_CLASH) {
                fail_msg("kind %d, thread %d: %s", kind, i,
                         ab_err_reason(racers[i].e));
            }
        }
        CHECK_ROW(kind, won == 1);
    }
}


/* ---- crashes half-way ---------------------------------------------------- */

static struct ab_slice
name_key(const char *name)
{
    return key2(m.c, KEY_NAME, realm->id, name);
}


/* As an owner that stopped after its reservation left it. */
static void
leave(const char *name, const char *user_id, int64_t age_ms)
{
    const char  *v = arena_printf(m.c->a, "%s:token:%lld", user_id,
                     (long long) (clock_now_ms() + RESERVATION_MS - age_ms));

    assert_int_equal(store_set(m.c, name_key(name), ab_slice_str(v), 0),
                     AB_OK);
}


static void
leave_user(const char *id, const char *state, const char *doc)
{
    struct ab_slice  argv[] = {
        AB_S("HSET"), key1(m.c, KEY_USER, id), AB_S("v"), AB_S("1"),
        AB_S("state"), ab_slice_str(state), AB_S("realm"),
        ab_slice_str(realm->id), AB_S("doc"), ab_slice_str(doc),
        AB_S("links"), AB_S("[]")
    };
    struct reply    *r;

    assert_int_equal(store_call(m.c, 1, argv, 12, &r), AB_OK);
}


static const struct crash_row {
    const char   *state;            /* NULL: no document yet */
    const char   *doc;
    int64_t       age_ms;
    enum ab_err   wanted;
} crash_rows[] = {
    /* late, and nothing stands behind it: free to take */
    { NULL, NULL, RESERVATION_MS + 1, AB_OK },
    { "pending", "{\"username\":\"crash\"}", RESERVATION_MS + 1, AB_OK },
    { "void", "{\"username\":\"crash\"}", RESERVATION_MS + 1, AB_OK },
    { "active", "{\"username\":\"renamed\"}", RESERVATION_MS + 1, AB_OK },
    { "void", "{\"username\":\"crash\"}", 0, AB_OK },
    /* carried: taken for good, however old */
    { "active", "{\"username\":\"crash\"}", 10 * RESERVATION_MS,
      AB_E_USER_CLASH },
    { "active", "{\"username\":\"crash\"}", 0, AB_E_USER_CLASH },
    /* under way: its outcome is waited for, here longer than we may */
    { NULL, NULL, 0, AB_E_TIMEOUT },
    { "pending", "{\"username\":\"crash\"}", 0, AB_E_TIMEOUT },
    { "active", "{\"username\":\"before\"}", 0, AB_E_TIMEOUT },
};


static void
test_crashes(void **state)
{
    const struct crash_row  *row;
    const struct user       *u;
    char                     id[32], name[32], doc[64];
    size_t                   i;

    (void) state;
    for (i = 0; i < ROWS(crash_rows); i++) {
        renew();
        m.c->deadline_ms = clock_mono_ms() + 300;
        row = &crash_rows[i];
        snprintf(id, sizeof(id), "crashed-%zu", i);
        snprintf(name, sizeof(name), "crash%zu", i);
        leave(name, id, row->age_ms);
        if (row->state != NULL) {
            snprintf(doc, sizeof(doc), "%.18s%zu\"}", row->doc, i);
            leave_user(id, row->state,
                       strstr(row->doc, "crash") != NULL ? doc : row->doc);
        }
        if (create(name, NULL, &u) != row->wanted) {
            fail_msg("row %zu: not %s", i, ab_err_reason(row->wanted));
        }
    }
}


/* An owner that is overtaken cannot become active any more. */
static void
test_late_owner(void **state)
{
    struct step          s;
    const struct reply  *r;
    const struct user   *u;
    struct ab_slice      v;

    (void) state;
    renew();
    leave("late", "late-owner", RESERVATION_MS + 1);
    leave_user("late-owner", "pending", "{\"username\":\"late\"}");
    assert_int_equal(create("late", NULL, &u), AB_OK);
    s = step_new(m.c);
    step_num(&s, 1);
    assert_int_equal(step_run(&s, SCRIPT_user_activate,
                              key1(m.c, KEY_USER, "late-owner"), 1, &r),
                     AB_E_CONFLICT);
    /* nor begin, where it had not begun */
    leave("late2", "late-owner2", RESERVATION_MS + 1);
    assert_int_equal(create("late2", NULL, &u), AB_OK);
    assert_int_equal(store_hget(m.c, key1(m.c, KEY_USER, "late-owner2"),
                                AB_S("state"), &v), AB_OK);
    assert_true(ab_slice_eq(v, AB_S("void")));
    s = step_new(m.c);
    step_text(&s, "");
    step_text(&s, "doc");
    step_text(&s, "{}");
    assert_int_equal(step_run(&s, SCRIPT_user_new,
                              key1(m.c, KEY_USER, "late-owner2"), 1, &r),
                     AB_E_CONFLICT);
}


/* Waiting ends as soon as the owner is done. */
static void *
finish_owner(void *arg)
{
    struct ctx       c = { .app = m.c->app };
    struct ab_slice  argv[4];
    struct reply    *r;

    (void) arg;
    c.a = arena_new(FIXTURE_ARENA);
    c.store = store_new(&m.fx.conf);
    c.deadline_ms = clock_mono_ms() + 5000;
    usleep(200000);
    argv[0] = AB_S("HSET");
    argv[1] = key1(&c, KEY_USER, "owner");
    argv[2] = AB_S("state");
    argv[3] = AB_S("active");
    store_call(&c, 1, argv, 4, &r);
    store_free(c.store);
    arena_free(c.a);
    return NULL;
}


static void
test_wait_for_owner(void **state)
{
    const struct user  *u;
    pthread_t           t;
    int64_t             from;

    (void) state;
    renew();
    leave("awaited", "owner", 0);
    leave_user("owner", "pending", "{\"username\":\"awaited\"}");
    from = clock_mono_ms();
    assert_int_equal(pthread_create(&t, NULL, finish_owner, NULL), 0);
    assert_int_equal(create("awaited", NULL, &u), AB_E_USER_CLASH);
    pthread_join(t, NULL);
    assert_true(clock_mono_ms() - from < 5000);
}


/* ---- change -------------------------------------------------------------- */

static void
test_update(void **state)
{
    const struct user   *u, *v;
    const bool           yes = true;
    struct user_change   ch = { .email = "New@x.example", .first_name = "N",
                                .email_verified = &yes };
    struct ab_slice      before, after;

    (void) state;
    renew();
    assert_int_equal(create("upd", "old@x.example", &u), AB_OK);
    assert_int_equal(stream_last(m.c, &before), AB_OK);
    assert_int_equal(user_update(m.c, realm, u, &ch, &v), AB_OK);
    assert_string_equal(v->email, "new@x.example");
    assert_string_equal(v->first_name, "N");
    assert_true(v->email_verified);
    assert_true(v->version > u->version);
    assert_int_equal(stream_last(m.c, &after), AB_OK);
    assert_false(ab_slice_eq(before, after));
    assert_int_equal(user_by_email(m.c, realm, "old@x.example", &v),
                     AB_E_USER_ABSENT);
    assert_int_equal(user_by_email(m.c, realm, "new@x.example", &v), AB_OK);
    /* the old address is free again, the new one is not */
    assert_int_equal(create("upd2", "old@x.example", &v), AB_OK);
    ch.email = "new@x.example";
    assert_int_equal(user_update(m.c, realm, v, &ch, &v), AB_E_USER_CLASH);
    /* from an old reading: read again, then written */
    ch = (struct user_change) { .last_name = "L" };
    assert_int_equal(user_update(m.c, realm, u, &ch, &v), AB_OK);
    assert_string_equal(v->last_name, "L");
    assert_string_equal(v->email, "new@x.example");
}


static void
test_link_name(void **state)
{
    const struct idp    *a;
    const struct user   *u, *v;
    struct user_change   ch = { .link_alias = "a", .link_username = "later" };

    (void) state;
    renew();
    assert_int_equal(idp_by_alias(m.c, realm, "a", &a), AB_OK);
    assert_int_equal(create_linked("linked", a, "s-1", &u), AB_OK);
    assert_int_equal(user_update(m.c, realm, u, &ch, &v), AB_OK);
    assert_string_equal(doc_str(json_array_get(v->links, 0), "userName"),
                        "later");
    assert_int_equal(user_by_link(m.c, realm, a, "s-1", &v), AB_OK);
}


/* ---- names --------------------------------------------------------------- */

static const struct lower_row {
    const char  *in, *out;
} lower_rows[] = {
    { "Alice", "alice" }, { "  Bob\t\r\n", "bob" }, { "", "" }, { "   ", "" },
    { "\xc3\x89" "COLE", "\xc3\xa9" "cole" },      /* E with acute accent */
    { "\xce\xa9", "\xcf\x89" },                 /* Omega */
    { "\xd0\x96", "\xd0\xb6" },                 /* Zhe */
    { "A B", "a b" }, { "x\xff" "Y", "x\xff" "Y" },
};


static void
test_lower(void **state)
{
    struct arena  *a = arena_new(65536);
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(lower_rows); i++) {
        CHECK_ROW(i, strcmp(lower_text(a, lower_rows[i].in),
                            lower_rows[i].out) == 0);
    }
    arena_free(a);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a user is found by what it carries, in its realm alone",
             test_find),
        TEST("a user name with @ works at login", test_login_name_with_at),
        TEST("a taken name or address clashes and leaves nothing behind",
             test_clash),
        TEST("an address that two users share stands for neither",
             test_shared_addresses),
        TEST("new users get the realm's enabled default actions",
             test_default_actions),
        TEST("T-BR17: alias and subject cannot be joined in two ways",
             test_links_apart),
        TEST("T-BR18: a provider made again under its alias has no links",
             test_provider_again),
        TEST("T-BR7: a reservation without the user's word is no link, and "
             "ids are never the same", test_recycled_id),
        TEST("T-BR8: of 100 at once with one name, address or link exactly "
             "one is made", test_races),
        TEST("a reservation left by a crash is taken over when it is late, "
             "and only then", test_crashes),
        TEST("who was overtaken cannot finish", test_late_owner),
        TEST("a clash is told as soon as the other is done",
             test_wait_for_owner),
        TEST("a change moves address, version and epoch", test_update),
        TEST("a link's name changes, the link does not", test_link_name),
        TEST("names are lowered alike everywhere", test_lower),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
