/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_life.c - how long a session and its parts live.
 */
#include "session_int.h"

#include "ab_time.h"

#define LIFE_MAX_S     INT64_C(3155760000)      /* a hundred years */
#define TOMB_SLACK_S   300
#define LIVE_NUMBERS   6


static int64_t
clamp(int64_t s)
{
    return s < 1 ? 1 : s > LIFE_MAX_S ? LIFE_MAX_S : s;
}


/* 0 and less mean "as the session". */
static int64_t
clamp_optional(int64_t s)
{
    return s <= 0 ? 0 : clamp(s);
}


static int64_t
larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}


void
life_of(const struct realm *realm, const struct client *client,
    struct life *ret_life)
{
    struct life  l = {
        .idle_s = clamp(realm->sso_idle),
        /* With remember-me the larger of the two counts (tokens.md 8.3). */
        .idle_remember_s = clamp(larger(realm->sso_idle,
                                        realm->sso_idle_remember)),
        .max_s = clamp(realm->sso_max),
        .max_remember_s = clamp(larger(realm->sso_max,
                                       realm->sso_max_remember)),
        .client_idle_s = realm->client_idle,
        .client_max_s = realm->client_max,
        .code_s = clamp(realm->access_code_lifespan),
    };

    if (client != NULL) {
        l.client_idle_s = client_attribute_number(client,
            "client.session.idle.timeout", l.client_idle_s);
        l.client_max_s = client_attribute_number(client,
            "client.session.max.lifespan", l.client_max_s);
    }
    l.client_idle_s = clamp_optional(l.client_idle_s);
    l.client_max_s = clamp_optional(l.client_max_s);
    l.tomb_s = larger(l.max_s, l.max_remember_s) + TOMB_SLACK_S;
    *ret_life = l;
}


enum ab_err
live_parse(struct ab_slice text, struct live *ret_live)
{
    int64_t  v[LIVE_NUMBERS];
    size_t   i, len;

    for (i = 0; i < LIVE_NUMBERS; i++) {
        len = ab_slice_find(text, ' ');
        if (ab_parse_i64(ab_slice(text.p, len), &v[i]) != AB_OK || v[i] < 0) {
            return AB_E_STORE_REPLY;
        }
        if ((len == text.len) != (i == LIVE_NUMBERS - 1)) {
            return AB_E_STORE_REPLY;
        }
        text = ab_slice(text.p + len + 1, len == text.len ? 0
                                          : text.len - len - 1);
    }
    *ret_live = (struct live) {
        .idle_until = v[0], .last = v[1], .user_version = (uint64_t) v[2],
        .max_until = v[3], .remember = v[4] == 1, .started = v[5],
    };
    return AB_OK;
}


enum ab_err
live_state(const struct live *live, int64_t now)
{
    if (now >= live->max_until) {
        return AB_E_SESSION_EXPIRED;
    }
    return now >= live->idle_until ? AB_E_SESSION_IDLE : AB_OK;
}


bool
sid_is_formed(const char *sid)
{
    return sid != NULL
           && strspn(sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "abcdefghijklmnopqrstuvwxyz0123456789_-")
              == AB_SID_TEXT
           && sid[AB_SID_TEXT] == '\0';
}
