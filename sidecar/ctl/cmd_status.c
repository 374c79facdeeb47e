/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmd_status.c - `status`: is the daemon ready, and if not, why.
 */
#include "ctl_commands.h"

#include "base/clock.h"
#include "base/metric.h"
#include "base/version.h"
#include "conf/redis_url.h"
#include "model/realm.h"

#include <unistd.h>

#define CLOCK_OFF_MAX_MS  2000

static void look_at_store(struct ctl_call *call, json_t *redis,
    json_t *reasons);
static void look_at_clock(json_t *redis, json_t *reasons);
static void look_at_follower(const struct ctl_facts *facts, json_t *reasons);
static json_t *redis_of(const struct ctl_call *call,
    const struct ctl_facts *facts);
static json_t *metrics(void);
static void add_text(json_t *list, const char *text);


/*
 * A store that does not answer is what this command is for: it becomes a
 * reason, not an error.
 */
enum ab_err
cmd_status(struct ctl_call *call, json_t **ret_result)
{
    struct ctl_facts   facts = { .position = "" };
    json_t            *reasons = json_array(), *warnings = json_array();
    json_t            *redis;

    call->conf->facts(call->conf->arg, &facts);
    redis = redis_of(call, &facts);
    look_at_store(call, redis, reasons);
    look_at_follower(&facts, reasons);
    if (facts.redis_warning != NULL) {
        add_text(warnings, facts.redis_warning);
    }
    *ret_result = json_pack("{s:b, s:o, s:o, s:s, s:i, s:I, s:s, s:s, s:b, "
        "s:I, s:I, s:o, s:o}",
        "ready", json_array_size(reasons) == 0, "reasons", reasons,
        "warnings", warnings, "version", AB_VERSION, "pid", (int) getpid(),
        "uptime_s", (json_int_t) (clock_now_s() - facts.started_s),
        "base_url", call->conf->app->base_url, "position", facts.position,
        "position_confirmed", facts.is_confirmed,
        "position_confirmed_ms_ago", (json_int_t) facts.confirmed_ago_ms,
        "workers", (json_int_t) facts.n_workers, "redis", redis,
        "metrics", metrics());
    return *ret_result == NULL ? ctx_nomem(call->c) : AB_OK;
}


/* Where it is, never with its password. */
static json_t *
redis_of(const struct ctl_call *call, const struct ctl_facts *facts)
{
    struct redis_url   u;
    struct fail        f = { .code = AB_OK };
    json_t            *where = NULL;

    if (redis_url_parse(&f, call->conf->store->url, &u) == AB_OK) {
        where = u.is_unix ? json_sprintf("unix:%s", u.path)
                          : json_sprintf("%s:%d", u.host, (int) u.port);
        redis_url_clear(&u);
    }
    return json_pack("{s:o*, s:b, s:i}", "address", where,
                     "private", facts->redis_pid != 0,
                     "pid", facts->redis_pid);
}


static void
look_at_store(struct ctl_call *call, json_t *redis, json_t *reasons)
{
    int64_t             ms, start = clock_mono_ms();
    struct ctx         *c = call->c;
    struct realm_name  *list;
    size_t              n = 0;
    bool                answers = store_time_ms(c, &ms) == AB_OK;

    json_object_set_new(redis, "answers", json_boolean(answers));
    if (!answers) {
        json_array_append_new(reasons, json_sprintf("the store does not "
                              "answer: %s", c->f.detail));
        fail_clear(&c->f);
        return;
    }
    json_object_set_new(redis, "round_trip_ms",
                        json_integer(clock_mono_ms() - start));
    look_at_clock(redis, reasons);
    if (realm_list(c, &list, &n) == AB_OK && n == 0) {
        add_text(reasons, "there is no realm");
    }
    json_object_set_new(redis, "realms", json_integer((json_int_t) n));
    fail_clear(&c->f);
}


static void
look_at_clock(json_t *redis, json_t *reasons)
{
    int64_t  off = clock_offset_ms();

    json_object_set_new(redis, "clock_offset_ms", json_integer(off));
    if (off > CLOCK_OFF_MAX_MS || off < -CLOCK_OFF_MAX_MS) {
        json_array_append_new(reasons, json_sprintf("this host's clock is "
                              "%lld ms off that of Redis", (long long) off));
    }
}


static void
look_at_follower(const struct ctl_facts *facts, json_t *reasons)
{
    if (!facts->is_confirmed) {
        add_text(reasons, "the stream of ends is not followed up to date");
    }
}


static json_t *
metrics(void)
{
    static const char *const  names[METRIC_N] = {
#define METRIC(name, text, kind, help)  text,
#include "base/metric.def"
#undef METRIC
    };
    json_t                   *out = json_object();
    size_t                    i;

    for (i = 0; i < METRIC_N; i++) {
        json_object_set_new(out, names[i],
                            json_integer(metric_get((enum metric) i)));
    }
    return out;
}


static void
add_text(json_t *list, const char *text)
{
    json_array_append_new(list, json_string(text));
}
