/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_session_code.c - a code that is taken apart can be put together again,
 * and its parts are fit for key names; so are what cookies call a session.
 */
#include "session_int.h"
#include "doc.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void
check_code(struct ctx *c, const char *text)
{
    const char       *sid, *client;
    struct ab_slice   hash;

    if (session_code_parse(c, text, &sid, &client, &hash) != AB_OK) {
        return;
    }
    assert(strlen(sid) == AB_SID_TEXT && sid_is_formed(sid));
    assert(doc_id_ok(client));
    assert(hash.len == 43);
    assert(strncmp(text + 37, sid, AB_SID_TEXT) == 0);
    assert(strcmp(text + 37 + AB_SID_TEXT + 1, client) == 0);
}


static void
check_live(const char *text)
{
    struct live  live;
    char         back[160];

    if (live_parse(ab_slice_str(text), &live) != AB_OK) {
        return;
    }
    snprintf(back, sizeof(back), "%lld %lld %llu %lld %d %lld",
             (long long) live.idle_until, (long long) live.last,
             (unsigned long long) live.user_version,
             (long long) live.max_until, live.remember,
             (long long) live.started);
    /* remember is kept as a bit; all else has one spelling. */
    assert(strlen(back) <= strlen(text));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ctx   c = { .a = arena_new(1024 * 1024) };
    const char  *text;

    if (c.a == NULL) {
        return 0;
    }
    text = arena_dup(c.a, ab_slice(data, len));
    if (text != NULL) {
        check_code(&c, text);
        check_live(text);
        assert(!sid_is_formed(text) || strlen(text) == AB_SID_TEXT);
    }
    arena_free(c.a);
    return 0;
}
