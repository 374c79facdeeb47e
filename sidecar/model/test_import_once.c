/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import_once.c - a realm file is imported once: skipped, resumed,
 * raced for; realm master and its first administrator.
 */
#include "model_fixture.h"

#include "credential.h"
#include "idp.h"
#include "import_int.h"
#include "user.h"

#include "base/autofree.h"
#include "store/keys.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static struct model_fixture  m;


static int
start(void **state)
{
    (void) state;
    model_start(&m);
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
import_text(const char *text, struct import_result *ret_r)
{
    return import_realm(m.c, "f.json", ab_slice_str(text), ret_r);
}


/* ---- skipped ------------------------------------------------------------- */

static void
test_skipped(void **state)
{
    static const char     text[] = "{\"realm\":\"s\",\"displayName\":\"1\"}";
    static const char     other[] = "{\"realm\":\"s\",\"displayName\":\"2\"}";
    struct import_result  r;
    const struct realm   *realm;

    (void) state;
    model_renew(&m, 20000);
    assert_int_equal(import_text(text, &r), AB_OK);
    assert_false(r.is_skipped);
    assert_string_equal(r.realm, "s");
    assert_int_equal(r.n_clients, 6);
    assert_int_equal(import_text(text, &r), AB_OK);
    assert_true(r.is_skipped);
    assert_string_equal(r.realm, "s");
    assert_int_equal(import_text(other, &r), AB_OK);
    assert_true(r.is_skipped);
    assert_int_equal(realm_by_name(m.c, "s", &realm), AB_OK);
    assert_string_equal(realm->display_name, "1");
}


/* A file that was refused leaves nothing, also of what came before the
 * fault. */
static void
test_refused(void **state)
{
    struct import_result  r;
    const struct realm   *realm;

    (void) state;
    model_renew(&m, 20000);
    assert_int_equal(import_text("{\"realm\":\"bad\",\"users\":[{"
                                 "\"username\":\"u\"},{}]}", &r),
                     AB_E_IMPORT);
    assert_int_equal(realm_by_name(m.c, "bad", &realm), AB_E_REALM_ABSENT);
}


static void
test_masked_count(void **state)
{
    struct import_result  r;

    (void) state;
    model_renew(&m, 20000);
    assert_int_equal(import_text("{\"realm\":\"masks\",\"smtpServer\":{"
        "\"password\":\"**********\"},\"clients\":[{\"clientId\":\"a\","
        "\"secret\":\"**********\"}],\"identityProviders\":[{\"alias\":\"i\","
        "\"providerId\":\"oidc\",\"config\":{\"clientSecret\":"
        "\"**********\"}}],\"components\":{\"org.keycloak.keys.KeyProvider\":"
        "[{\"providerId\":\"rsa-generated\",\"config\":{\"privateKey\":"
        "[\"**********\"]}}]}}", &r), AB_OK);
    assert_int_equal(r.n_masked, 4);
}


/* An id of another realm's user is refused; one that an unpublished realm
 * left behind is taken. */
static void
test_user_ids(void **state)
{
    struct import_result  r;
    struct ab_slice       argv[] = { AB_S("HSET"),
                                     key1(m.c, KEY_USER, "left-behind"),
                                     AB_S("v"), AB_S("3"), AB_S("state"),
                                     AB_S("active"), AB_S("realm"),
                                     AB_S("never-published") };
    struct reply         *reply;

    (void) state;
    model_renew(&m, 20000);
    argv[1] = key1(m.c, KEY_USER, "left-behind");
    assert_int_equal(store_call(m.c, 1, argv, 8, &reply), AB_OK);
    assert_int_equal(import_text("{\"realm\":\"ids1\",\"users\":[{\"id\":"
        "\"fixed\",\"username\":\"u\"},{\"id\":\"left-behind\","
        "\"username\":\"v\"}]}", &r), AB_OK);
    assert_int_equal(import_text("{\"realm\":\"ids2\",\"users\":[{\"id\":"
        "\"fixed\",\"username\":\"u\"}]}", &r), AB_E_IMPORT);
    assert_non_null(strstr(m.c->f.detail, "users[0].id"));
}


/* ---- an export into a folder ---------------------------------------------- */

static void
put_file(const char *dir, const char *name, const char *text)
{
    char   path[256];
    FILE  *out;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    out = fopen(path, "we");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}


static void
count_users(void *arg, const struct import_result *r)
{
    *(size_t *) arg += r->n_users + 100;
}


static void
test_users_apart(void **state)
{
    char                 dir[] = "/tmp/ab-import-XXXXXX";
    const struct realm  *realm;
    const struct user   *u;
    size_t               seen = 0;

    (void) state;
    model_renew(&m, 60000);
    assert_non_null(mkdtemp(dir));
    put_file(dir, "apart-realm.json", "{\"realm\":\"apart\"}");
    put_file(dir, "apart-users-0.json",
             "{\"realm\":\"apart\",\"users\":[{\"username\":\"a\"}]}");
    put_file(dir, "apart-users-1.json",
             "{\"realm\":\"apart\",\"users\":[{\"username\":\"b\"}]}");
    assert_int_equal(import_folder(m.c, dir, true, NULL, NULL), AB_OK);
    assert_int_equal(import_folder(m.c, dir, false, count_users, &seen),
                     AB_OK);
    assert_int_equal(seen, 102);            /* one realm, two users */
    assert_int_equal(realm_by_name(m.c, "apart", &realm), AB_OK);
    assert_int_equal(user_by_username(m.c, realm, "b", &u), AB_OK);
    put_file(dir, "apart-users-1.json", "{\"realm\":\"x\",\"users\":[]}");
    assert_int_equal(import_folder(m.c, dir, true, NULL, NULL), AB_E_IMPORT);
    nftw(dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}


/* ---- killed half-way ----------------------------------------------------- */

#define KILL_USERS  400

static char *
many_users(const char *realm, int n)
{
    struct ab_buf  b;
    int            i;

    ab_buf_init(&b, 4 * 1024 * 1024);
    ab_buf_addf(&b, "{\"realm\":\"%s\",\"enabled\":true,\"users\":[", realm);
    for (i = 0; i < n; i++) {
        ab_buf_addf(&b, "%s{\"username\":\"u%d\",\"enabled\":true,"
                    "\"email\":\"u%d@x\"}", i == 0 ? "" : ",", i, i);
    }
    ab_buf_add_str(&b, "]}");
    ab_buf_add_byte(&b, '\0');
    assert_false(b.failed);
    return b.p;
}


/* Import in a child, killed when about half of the users are there. */
static void
import_and_die(const char *text)
{
    struct ab_slice       argv[] = { AB_S("KEYS"), AB_S("ab:{u:*") };
    struct import_result  r;
    struct reply         *reply;
    struct ctx            c = *m.c;
    pid_t                 pid = fork();
    int                   status;

    assert_true(pid >= 0);
    if (pid == 0) {
        c.store = store_new(&m.fx.conf);
        import_realm(&c, "f.json", ab_slice_str(text), &r);
        _exit(0);
    }
    do {
        assert_int_equal(store_call(m.c, 1, argv, 2, &reply), AB_OK);
    } while (reply->n < KILL_USERS / 2);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}


static void
test_killed(void **state)
{
    char                 *text = many_users("killed", KILL_USERS);
    struct import_result  r;
    const struct realm   *realm;
    const struct user    *u;
    struct ab_slice       before;
    char                  name[16];
    int                   i;

    (void) state;
    model_renew(&m, 60000);
    import_and_die(text);
    assert_int_equal(realm_by_name(m.c, "killed", &realm), AB_E_REALM_ABSENT);
    assert_int_equal(store_hget(m.c, key0(m.c, KEY_DIGESTS),
                                AB_S("realm:killed"), &before), AB_OK);
    /* its lease would run out by itself in a while */
    assert_int_equal(store_del(m.c, key1(m.c, KEY_IMPORT_LEASE, "killed")),
                     AB_OK);
    assert_int_equal(import_text(text, &r), AB_OK);
    assert_false(r.is_skipped);
    assert_int_equal(r.n_users, KILL_USERS);
    assert_int_equal(realm_by_name(m.c, "killed", &realm), AB_OK);
    assert_int_equal(strncmp(realm->id, before.p, strlen(realm->id)), 0);
    for (i = 0; i < KILL_USERS; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        CHECK_ROW(i, user_by_username(m.c, realm, name, &u) == AB_OK);
        snprintf(name, sizeof(name), "u%d@x", i);
        CHECK_ROW(i, user_by_email(m.c, realm, name, &u) == AB_OK);
    }
    assert_int_equal(store_hget(m.c, key0(m.c, KEY_DIGESTS),
                                AB_S("realm:killed"), &before),
                     AB_E_STORE_ABSENT);
    free(text);
}


/* The file was mended after the crash: another digest, another id, and what
 * the first try left is nobody's. */
static void
test_killed_and_changed(void **state)
{
    char                 *text = many_users("mended", KILL_USERS);
    char                 *fewer = many_users("mended", 3);
    struct import_result  r;
    const struct realm   *realm;
    const struct user    *u;

    (void) state;
    model_renew(&m, 60000);
    import_and_die(text);
    assert_int_equal(store_del(m.c, key1(m.c, KEY_IMPORT_LEASE, "mended")),
                     AB_OK);
    assert_int_equal(import_text(fewer, &r), AB_OK);
    assert_int_equal(r.n_users, 3);
    assert_int_equal(realm_by_name(m.c, "mended", &realm), AB_OK);
    assert_int_equal(user_by_username(m.c, realm, "u2", &u), AB_OK);
    assert_int_equal(user_by_username(m.c, realm, "u3", &u),
                     AB_E_USER_ABSENT);
    free(text);
    free(fewer);
}


/* ---- several at once ----------------------------------------------------- */

#define RACERS  6

struct racer {
    pthread_t     thread;
    const char   *text;         /* NULL: realm master */
    const char   *password;
    bool          did;
    enum ab_err   e;
};


static void *
race(void *arg)
{
    struct racer         *r = arg;
    struct ctx            c = { .app = m.c->app, .base = m.c->base };
    struct import_result  result;

    c.a = arena_new(FIXTURE_ARENA);
    c.store = store_new(&m.fx.conf);
    c.deadline_ms = clock_mono_ms() + 60000;
    if (r->text != NULL) {
        r->e = import_realm(&c, "f.json", ab_slice_str(r->text), &result);
        r->did = r->e == AB_OK && !result.is_skipped;
    } else {
        r->e = import_master(&c, "admin", r->password, &r->did);
    }
    store_free(c.store);
    arena_free(c.a);
    return NULL;
}


static int
race_all(struct racer *racers)
{
    int  i, did = 0;

    for (i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race,
                                        &racers[i]), 0);
    }
    for (i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        CHECK_ROW(i, racers[i].e == AB_OK);
        did += racers[i].did;
    }
    return did;
}


static void
test_race(void **state)
{
    char                *text = many_users("raced", 20);
    struct racer         racers[RACERS];
    const struct realm  *realm;
    int                  i;

    (void) state;
    model_renew(&m, 60000);
    for (i = 0; i < RACERS; i++) {
        racers[i] = (struct racer) { .text = text };
    }
    assert_int_equal(race_all(racers), 1);
    assert_int_equal(realm_by_name(m.c, "raced", &realm), AB_OK);
    free(text);
}


/* ---- master -------------------------------------------------------------- */

static void
test_master(void **state)
{
    struct racer          racers[RACERS];
    const struct realm   *realm;
    const struct client  *cl;
    const struct user    *u;
    struct role_set       set;
    bool                  made = true;
    int                   i;

    (void) state;
    model_renew(&m, 60000);
    assert_int_equal(import_master(m.c, NULL, NULL, &made), AB_OK);
    assert_false(made);
    for (i = 0; i < RACERS; i++) {
        racers[i] = (struct racer) { .password = "first" };
    }
    assert_int_equal(race_all(racers), 1);
    /* set later, to something else: the administrator stays as it is */
    assert_int_equal(import_master(m.c, "boss", "second", &made), AB_OK);
    assert_false(made);
    assert_int_equal(realm_by_name(m.c, "master", &realm), AB_OK);
    assert_int_equal(realm->access_token_lifespan, 60);
    assert_int_equal(user_by_username(m.c, realm, "boss", &u),
                     AB_E_USER_ABSENT);
    assert_int_equal(user_by_username(m.c, realm, "admin", &u), AB_OK);
    assert_int_equal(credential_check(m.c, realm, u, AB_S("first")), AB_OK);
    assert_string_equal(user_attribute(u, "is_temporary_admin"), "true");
    assert_int_equal(user_roles(m.c, realm, u, &set), AB_OK);
    assert_true(role_set_has(&set, NULL, "admin"));
    assert_true(role_set_has(&set, NULL, "create-realm"));
    assert_true(role_set_has(&set, NULL, "default-roles-master"));
    assert_true(role_set_has(&set, "master-realm", "manage-users"));
    assert_int_equal(client_by_client_id(m.c, realm, "admin-cli", &cl), AB_OK);
    assert_true(cl->is_public && cl->direct_access && !cl->standard_flow);
    assert_int_equal(client_by_client_id(m.c, realm, "realm-management", &cl),
                     AB_E_CLIENT_ABSENT);
}


/* ---- ten thousand providers ---------------------------------------------- */

#define IDPS  10000

static void
test_many_idps(void **state)
{
    struct ab_buf           b;
    struct import_result    r;
    const struct realm     *realm;
    const struct idp_list  *list;
    const struct idp       *idp;
    int64_t                 from;
    int                     i;

    (void) state;
    model_renew(&m, 120000);
    ab_buf_init(&b, 16 * 1024 * 1024);
    ab_buf_add_str(&b, "{\"realm\":\"many\",\"identityProviders\":[");
    for (i = 0; i < IDPS; i++) {
        ab_buf_addf(&b, "%s{\"alias\":\"idp-%d\",\"providerId\":\"oidc\","
                    "\"config\":{\"clientId\":\"c\",\"clientSecret\":\"s\","
                    "\"authorizationUrl\":\"https://i%d.example/auth\","
                    "\"tokenUrl\":\"https://i%d.example/token\"}}",
                    i == 0 ? "" : ",", i, i, i);
    }
    ab_buf_add_str(&b, "]}");
    assert_int_equal(import_realm(m.c, "many.json", ab_buf_slice(&b), &r),
                     AB_OK);
    assert_int_equal(r.n_idps, IDPS);
    from = clock_mono_ms();
    assert_int_equal(import_realm(m.c, "many.json", ab_buf_slice(&b), &r),
                     AB_OK);
    assert_true(r.is_skipped);
    assert_int_equal(realm_by_name(m.c, "many", &realm), AB_OK);
    assert_int_equal(idp_by_alias(m.c, realm, "idp-7777", &idp), AB_OK);
    assert_true(clock_mono_ms() - from < 200);
    assert_int_equal(idp_shown(m.c, realm, &list), AB_OK);
    assert_int_equal(list->n, IDPS);
    ab_buf_clear(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("an existing realm is skipped, also by another file",
             test_skipped),
        TEST("a refused file publishes nothing", test_refused),
        TEST("masked secrets are counted", test_masked_count),
        TEST("T-BR7: a user id of another realm is refused", test_user_ids),
        TEST("users in files of their own come with their realm",
             test_users_apart),
        TEST("an import killed half-way goes on under the same id",
             test_killed),
        TEST("T-BR7: a changed file starts anew, under a new id",
             test_killed_and_changed),
        TEST("of several daemons with one file one imports it", test_race),
        TEST("T-BR19: the first administrator is made once and stays",
             test_master),
        TEST("10,000 providers cost the start nothing", test_many_idps),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
