/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import.c - realm files into a real store.
 */
#include "model_fixture.h"

#include "credential.h"
#include "flow_doc.h"
#include "idp.h"
#include "required_action.h"
#include "scope.h"
#include "user.h"

#include "base/autofree.h"
#include "store/keys.h"

static struct model_fixture  m;

#define REALMS  "t/keycloak/realms"


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


/* ---- the realms of the compatibility suite ------------------------------- */

struct count {
    size_t  files, users, skipped;
};


static void
count_one(void *arg, const struct import_result *r)
{
    struct count  *n = arg;

    n->files++;
    n->users += r->n_users;
    n->skipped += r->is_skipped;
}


static void
test_all_realms(void **state)
{
    struct count  n = { 0 };

    (void) state;
    model_renew(&m, 300000);
    if (import_folder(m.c, REALMS, true, NULL, NULL) != AB_OK
        || import_folder(m.c, REALMS, false, count_one, &n) != AB_OK)
    {
        fail_msg("import: %s", m.c->f.detail);
    }
    assert_true(n.files > 0 && n.users > 0);
    assert_int_equal(n.skipped, 0);
    n = (struct count) { 0 };
    assert_int_equal(import_folder(m.c, REALMS, false, count_one, &n), AB_OK);
    assert_int_equal(n.skipped, n.files);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("every realm of the compatibility suite is imported once",
             test_all_realms),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
