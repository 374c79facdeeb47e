/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_params.c - an authorization request of any bytes is typed within its
 * limits, and its answer's address keeps the client's address in front.
 */
#include "params.h"

#include "ab_limits.h"
#include "fuzz.h"
#include "response.h"

#include <stdlib.h>

#define CB  "https://app.test/cb"


static void
check_limits(const struct auth_params *p)
{
    assert(p->state == NULL || strlen(p->state) <= AB_MAX_PARAM);
    assert(p->login_hint == NULL
           || strlen(p->login_hint) <= AB_MAX_LOGIN_HINT);
    assert(json_object_size(p->extra) <= 5);
    assert(!p->has_max_age
           || (p->max_age >= INT32_MIN && p->max_age <= INT32_MAX));
    assert(!p->has_client_id_twice || p->has_duplicate);
    assert(p->has_duplicate == (p->duplicate != NULL));
}


static void
check_answer(struct ctx *c, const struct auth_params *p)
{
    const struct response_member   m[] = {
        { "state", p->state }, { "error", "invalid_request" }
    };
    struct response_delivery       d = { MODE_QUERY, false };
    struct authorize_answer        a = { 0 };
    unsigned                       set = RESPONSE_CODE;

    if (p->response_type != NULL) {
        (void) response_type_parse(p->response_type, &set);
    }
    assert(set != 0 && set < 16);
    (void) response_mode_parse(p->response_mode, set, &d);
    d.is_jwt = false;                   /* signing needs a realm */
    assert(response_make(c, NULL, NULL, CB, d, m, 2, &a) == AB_OK);
    assert((a.url == NULL) == (d.mode == MODE_FORM_POST));
    assert(a.url == NULL
           || (strncmp(a.url, CB, strlen(CB)) == 0
               && a.url[strlen(CB)]
                  == (d.mode == MODE_QUERY ? '?' : '#')));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_param      list[AB_MAX_PARAMS_N];
    struct auth_params   p;
    struct ctx           c = { .a = arena_new(1 << 22) };
    char                *mem = malloc(len + 1);
    size_t               n;

    assert(c.a != NULL && mem != NULL);
    if (ab_form_parse(ab_slice(data, len), mem, list, AB_MAX_PARAMS_N, &n)
        == AB_OK
        && auth_params_parse(&c, list, n, &p) == AB_OK)
    {
        check_limits(&p);
        check_answer(&c, &p);
    }
    arena_free(c.a);
    free(mem);
    return 0;
}
