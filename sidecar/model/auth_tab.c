/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_tab.c - one attempt to sign in: a tab of a browser's root.
 *
 * A tab is sealed as a whole, for its notes may hold upstream tokens; before
 * it stand its version, which every write compares, and when it was saved.
 */
#include "auth_int.h"
#include "auth_quota.h"
#include "doc.h"
#include "step.h"

#include "ab_limits.h"
#include "ab_time.h"
#include "base/clock.h"
#include "base/random.h"
#include "store/keys.h"

#define TAB_TEXT   11
#define CODE_TEXT  43

static enum ab_err tab_seal(struct ctx *c, struct ab_slice key,
    const struct auth_tab *tab, struct ab_slice *ret_sealed);
static enum ab_err tab_open(struct ctx *c, struct ab_slice key,
    struct ab_slice value, struct auth_tab *tab);
static const char *tab_field(struct ctx *c, const char *tab_id);


/* One more unanswered login; the oldest goes when there are too many. */
static enum ab_err
make_room(struct ctx *c, const struct realm *realm,
    const struct auth_root *root)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    char                 oldest[AUTH_QUOTA_ID];
    enum ab_err          e;

    e = auth_quota_push(realm->id, root->id, clock_now_s(),
                        AB_MAX_UNANSWERED_N, oldest);
    if (e != AB_OK) {
        return ctx_nomem(c);
    }
    if (oldest[0] == '\0' || strcmp(oldest, root->id) == 0) {
        return AB_OK;
    }
    return step_run(&step, SCRIPT_auth_root_drop, key1(c, KEY_AUTH, oldest),
                    0, &r);
}


enum ab_err
auth_tab_new(struct ctx *c, const struct realm *realm,
    const struct auth_root *root, const struct client *client,
    struct auth_tab **ret_tab)
{
    struct step          step = step_new(c);
    struct ab_slice      key = key1(c, KEY_AUTH, root->id), sealed;
    const struct reply  *r;
    struct auth_tab     *tab = auth_tab_blank(c, root, client);
    enum ab_err          e = AB_OK;

    if (tab == NULL) {
        return ctx_nomem(c);
    }
    if (!root->is_answered) {
        e = make_room(c, realm, root);
    }
    if (e == AB_OK) {
        e = tab_seal(c, key, tab, &sealed);
    }
    if (e != AB_OK) {
        return e;
    }
    step_text(&step, tab->tab_id);
    step_slice(&step, sealed);
    step_num(&step, AB_AUTH_FIRST_TTL_S);
    step_num(&step, auth_lifespan_s(realm));
    step_num(&step, AB_MAX_TABS_N);
    e = step_run(&step, SCRIPT_auth_tab_new, key, 1, &r);
    if (e == AB_OK) {
        *ret_tab = tab;
    }
    return e;
}


enum ab_err
auth_tab_load(struct ctx *c, const struct auth_root *root,
    const char *tab_id, struct auth_tab **ret_tab)
{
    struct ab_slice   key = key1(c, KEY_AUTH, root->id), value;
    struct auth_tab  *tab;
    const char       *field;
    enum ab_err       e;

    if (!auth_is_text(tab_id, TAB_TEXT)) {
        return AB_E_STORE_ABSENT;
    }
    tab = arena_alloc(c->a, sizeof(*tab));
    field = tab_field(c, tab_id);
    if (tab == NULL || field == NULL) {
        return ctx_nomem(c);
    }
    tab->root_id = root->id;
    tab->tab_id = field + 2;
    e = store_hget(c, key, ab_slice_str(field), &value);
    if (e == AB_OK) {
        e = tab_open(c, key, value, tab);
    }
    if (e == AB_OK) {
        *ret_tab = tab;
    }
    return e;
}


/* "t:TAB" in c. */
static const char *
tab_field(struct ctx *c, const char *tab_id)
{
    return arena_printf(c->a, "t:%s", tab_id);
}


/* value: "version saved:" and the sealed text. */
static enum ab_err
tab_open(struct ctx *c, struct ab_slice key, struct ab_slice value,
    struct auth_tab *tab)
{
    size_t           blank = ab_slice_find(value, ' ');
    size_t           colon = ab_slice_find(value, ':');
    const char      *field = tab_field(c, tab->tab_id);
    struct ab_slice  text;
    enum ab_err      e;

    if (field == NULL) {
        return ctx_nomem(c);
    }
    if (blank > colon || colon == value.len
        || ab_parse_u64(ab_slice(value.p, blank), &tab->version) != AB_OK)
    {
        return ctx_fail(c, AB_E_STORE_REPLY, "authentication session: head");
    }
    e = store_unseal(c, key, field,
                     ab_slice(value.p + colon + 1, value.len - colon - 1),
                     &text);
    return e == AB_OK ? auth_tab_parse(c, text, tab) : e;
}


static enum ab_err
tab_seal(struct ctx *c, struct ab_slice key, const struct auth_tab *tab,
    struct ab_slice *ret_sealed)
{
    const char      *field = tab_field(c, tab->tab_id);
    struct ab_slice  text;
    enum ab_err      e;

    if (field == NULL) {
        return ctx_nomem(c);
    }
    e = auth_tab_text(c, tab, &text);
    if (e != AB_OK) {
        return e;
    }
    if (text.len > AB_MAX_TAB) {
        return ctx_fail(c, AB_E_TOO_LARGE, "authentication session: %zu bytes",
                        text.len);
    }
    return store_seal(c, key, field, text, ret_sealed);
}


enum ab_err
auth_tab_save(struct ctx *c, const struct realm *realm, struct auth_tab *tab,
    bool is_answer)
{
    struct step          step = step_new(c);
    struct ab_slice      key = key1(c, KEY_AUTH, tab->root_id), sealed;
    const struct reply  *r;
    char                 hash[44] = "";
    enum ab_err          e = tab_seal(c, key, tab, &sealed);

    if (e == AB_OK && tab->code != NULL
        && !auth_hash(ab_slice_str(tab->code), hash))
    {
        e = ctx_fail(c, AB_E_INTERNAL, "SHA-256");
    }
    if (e != AB_OK) {
        return e;
    }
    step_text(&step, tab->tab_id);
    step_num(&step, (int64_t) tab->version);
    step_slice(&step, sealed);
    step_text(&step, hash);
    step_num(&step, is_answer);
    step_num(&step, auth_lifespan_s(realm));
    e = step_run(&step, SCRIPT_auth_tab_save, key, 1, &r);
    if (e == AB_OK) {
        tab->version = (uint64_t) step_result(r, 1);
    }
    return e;
}


enum ab_err
auth_tab_new_code(struct ctx *c, struct auth_tab *tab)
{
    char  code[CODE_TEXT + 1];

    random_text(code, RANDOM_CODE_RAW);
    tab->code = arena_str(c->a, code);
    return tab->code == NULL ? ctx_nomem(c) : AB_OK;
}


/* The store compares hashes, so its time tells nothing about the code. */
enum ab_err
auth_tab_take_code(struct ctx *c, struct auth_tab *tab, const char *code)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    char                 hash[44];
    enum ab_err          e;

    if (!auth_is_text(code, CODE_TEXT)) {
        return AB_E_PAGE_EXPIRED;
    }
    if (!auth_hash(ab_slice_str(code), hash)) {
        return ctx_fail(c, AB_E_INTERNAL, "SHA-256");
    }
    step_text(&step, tab->tab_id);
    step_text(&step, hash);
    e = step_run(&step, SCRIPT_auth_tab_take, key1(c, KEY_AUTH, tab->root_id),
                 1, &r);
    if (e == AB_OK) {
        tab->version = (uint64_t) step_result(r, 1);
        tab->code = NULL;
    }
    return e;
}
