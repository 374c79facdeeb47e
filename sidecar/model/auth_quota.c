/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_quota.c - how many unanswered authentication sessions this daemon has
 * made, by realm.
 *
 * A ring of buckets per realm, each a slice of the first lifetime: what was
 * made in a bucket runs out with it. Realms come from the operator, so their
 * list is short and is never shortened.
 */
#include "auth_quota.h"

#include "ab_limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS   10
#define BUCKET_S  (AB_AUTH_FIRST_TTL_S / BUCKETS)

struct quota {
    struct quota  *next;
    int64_t        turn[BUCKETS];       /* time / BUCKET_S it counts for */
    size_t         made[BUCKETS];
    char           realm_id[];
};

/* Guards the list and all in it; held for a few loads, never across I/O. */
static pthread_mutex_t  lock = PTHREAD_MUTEX_INITIALIZER;
static struct quota    *quotas;

static struct quota *find(const char *realm_id);
static struct quota *find_or_make(const char *realm_id);
static size_t used(const struct quota *q, int64_t turn);


enum ab_err
auth_quota_take(const char *realm_id, int64_t now, size_t max)
{
    int64_t        turn = now / BUCKET_S;
    size_t         at = (size_t) (turn % BUCKETS);
    enum ab_err    e = AB_OK;
    struct quota  *q;

    pthread_mutex_lock(&lock);
    q = find_or_make(realm_id);
    if (q == NULL) {
        e = AB_E_NOMEM;
    } else if (used(q, turn) >= max) {
        e = AB_E_BUSY;
    } else {
        if (q->turn[at] != turn) {
            q->turn[at] = turn;
            q->made[at] = 0;
        }
        q->made[at]++;
    }
    pthread_mutex_unlock(&lock);
    return e;
}


static struct quota *
find_or_make(const char *realm_id)
{
    struct quota  *q = find(realm_id);
    size_t         n = strlen(realm_id) + 1;

    if (q == NULL) {
        q = calloc(1, sizeof(*q) + n);
        if (q != NULL) {
            memcpy(q->realm_id, realm_id, n);
            q->next = quotas;
            quotas = q;
        }
    }
    return q;
}


static struct quota *
find(const char *realm_id)
{
    struct quota  *q = quotas;

    while (q != NULL && strcmp(q->realm_id, realm_id) != 0) {
        q = q->next;
    }
    return q;
}


static size_t
used(const struct quota *q, int64_t turn)
{
    size_t  n = 0, i;

    for (i = 0; i < BUCKETS; i++) {
        if (q->turn[i] > turn - BUCKETS && q->turn[i] <= turn) {
            n += q->made[i];
        }
    }
    return n;
}


/* Where that bucket ran out, or another daemon made them, nothing is given
 * back. */
void
auth_quota_give(const char *realm_id, int64_t then, int64_t now, size_t n)
{
    int64_t        turn = then / BUCKET_S;
    size_t         at = (size_t) (turn % BUCKETS);
    struct quota  *q;

    if (then < 0 || then > now) {
        return;
    }
    pthread_mutex_lock(&lock);
    q = find(realm_id);
    if (q != NULL && q->turn[at] == turn) {
        q->made[at] -= n < q->made[at] ? n : q->made[at];
    }
    pthread_mutex_unlock(&lock);
}


size_t
auth_quota_used(const char *realm_id, int64_t now)
{
    struct quota  *q;
    size_t         n;

    pthread_mutex_lock(&lock);
    q = find(realm_id);
    n = q == NULL ? 0 : used(q, now / BUCKET_S);
    pthread_mutex_unlock(&lock);
    return n;
}


void
auth_quota_clear(void)
{
    struct quota  *q;

    pthread_mutex_lock(&lock);
    while ((q = quotas) != NULL) {
        quotas = q->next;
        free(q);
    }
    pthread_mutex_unlock(&lock);
}
