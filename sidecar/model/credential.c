/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * credential.c - checking and making password credentials.
 *
 * Every check computes one hash, whether or not there is something to
 * compare with. `gate` bounds how many are computed at once: a flood of
 * logins then waits in line instead of taking 7 MiB each.
 */
#include "credential.h"

#include "doc.h"
#include "password_hash.h"

#include "base/clock.h"
#include "base/random.h"

#include "ab_ct.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t  lock;
    pthread_cond_t   freed;
    long             room;      /* hashes that may still start */
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER };

static pthread_once_t  gate_once = PTHREAD_ONCE_INIT;


/* ---- the gate ------------------------------------------------------------ */

static void
gate_open(void)
{
    pthread_condattr_t  attr;
    long                cores = sysconf(_SC_NPROCESSORS_ONLN);

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&gate.freed, &attr);
    pthread_condattr_destroy(&attr);
    gate.room = cores < 1 ? 1 : cores;
}


static enum ab_err
gate_enter(struct ctx *c)
{
    struct timespec  until = {
        .tv_sec = c->deadline_ms / 1000,
        .tv_nsec = c->deadline_ms % 1000 * 1000000,
    };
    int              late = 0;
    bool             in;

    pthread_once(&gate_once, gate_open);
    pthread_mutex_lock(&gate.lock);
    while (gate.room == 0 && late == 0) {
        late = pthread_cond_timedwait(&gate.freed, &gate.lock, &until);
    }
    in = gate.room > 0;
    gate.room -= in;
    pthread_mutex_unlock(&gate.lock);
    return in ? AB_OK : ctx_fail(c, AB_E_BUSY, "too many password checks");
}


static void
gate_leave(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.room++;
    pthread_cond_signal(&gate.freed);
    pthread_mutex_unlock(&gate.lock);
}


/* ---- check --------------------------------------------------------------- */

/* The user's first password; a throw-away one of the usual cost where there
 * is none. True: a match counts. */
static bool
pick(const struct user *user, struct password_hash *ret_h)
{
    const json_t  *cred;
    const char    *type;
    size_t         i;

    json_array_foreach(user == NULL ? NULL : user->credentials, i, cred) {
        type = doc_str(cred, "type");
        if (type != NULL && strcmp(type, "password") == 0) {
            if (password_hash_read(cred, ret_h) == AB_OK) {
                return true;
            }
            break;
        }
    }
    password_hash_init(ret_h);
    return false;
}


enum ab_err
credential_check(struct ctx *c, const struct realm *realm,
    const struct user *user, struct ab_slice password)
{
    struct password_hash  h;
    uint8_t               got[PASSWORD_VALUE_MAX] = { 0 };
    bool                  counts, computed, matches;
    enum ab_err           e;

    (void) realm;
    counts = pick(user, &h);
    e = gate_enter(c);
    if (e != AB_OK) {
        ab_wipe(&h, sizeof(h));
        return e;
    }
    computed = password_hash_compute(&h, password, got);
    gate_leave();
    matches = ab_ct_equal(got, h.value_len, h.value, h.value_len);
    ab_wipe(got, sizeof(got));
    ab_wipe(&h, sizeof(h));
    if (!computed) {
        return ctx_nomem(c);
    }
    return counts && matches ? AB_OK : AB_E_CREDENTIALS;
}


/* ---- make ---------------------------------------------------------------- */

static bool
put_id_and_date(json_t *cred)
{
    char  id[37];

    random_uuid(id);
    return doc_put(cred, "id", id)
           && json_object_set_new(cred, "createdDate",
                                  json_integer(clock_now_ms())) == 0;
}


enum ab_err
credential_hash(struct ctx *c, struct ab_slice password,
    json_t **ret_credential)
{
    struct password_hash  h;
    json_t               *cred = json_object();
    bool                  ok;
    enum ab_err           e = cred == NULL ? ctx_nomem(c) : gate_enter(c);

    if (e != AB_OK) {
        json_decref(cred);
        return e;
    }
    password_hash_init(&h);
    ok = password_hash_compute(&h, password, h.value);
    gate_leave();
    ok = ok && put_id_and_date(cred) && doc_put(cred, "type", "password")
         && password_hash_write(&h, cred);
    ab_wipe(&h, sizeof(h));
    if (!ok) {
        json_decref(cred);
        return ctx_nomem(c);
    }
    *ret_credential = cred;
    return AB_OK;
}
