/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_quota.c - the newest unanswered logins of each realm.
 *
 * A ring of ids per realm. Realms come from the operator, so their list is
 * short and is never shortened; a ring's pages are touched only as far as it
 * was ever filled.
 */
#include "auth_quota.h"

#include "ab_limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    int64_t  time;
    char     root_id[AUTH_QUOTA_ID];
};

struct quota {
    struct quota  *next;
    size_t         at;              /* where the next entry goes */
    struct entry  *ring;            /* max of them, oldest at `at` */
    char           realm_id[];
};

static pthread_mutex_t  lock = PTHREAD_MUTEX_INITIALIZER;
static struct quota    *quotas;


static struct quota *
quota_new(const char *realm_id, size_t max)
{
    size_t         n = strlen(realm_id) + 1;
    struct quota  *q = calloc(1, sizeof(*q) + n);

    if (q == NULL) {
        return NULL;
    }
    q->ring = calloc(max, sizeof(*q->ring));
    if (q->ring == NULL) {
        free(q);
        return NULL;
    }
    memcpy(q->realm_id, realm_id, n);
    q->next = quotas;
    quotas = q;
    return q;
}


static struct quota *
find_or_make(const char *realm_id, size_t max)
{
    struct quota  *q = quotas;

    while (q != NULL && strcmp(q->realm_id, realm_id) != 0) {
        q = q->next;
    }
    return q != NULL ? q : quota_new(realm_id, max);
}


enum ab_err
auth_quota_push(const char *realm_id, const char *root_id, int64_t now,
    size_t max, char ret_oldest[AUTH_QUOTA_ID])
{
    struct quota  *q;
    struct entry  *e;

    pthread_mutex_lock(&lock);
    q = find_or_make(realm_id, max);
    if (q != NULL) {
        e = &q->ring[q->at];
        snprintf(ret_oldest, AUTH_QUOTA_ID, "%s",
                 now - e->time <= AB_AUTH_FIRST_TTL_S ? e->root_id : "");
        e->time = now;
        snprintf(e->root_id, AUTH_QUOTA_ID, "%s", root_id);
        q->at = (q->at + 1) % max;
    }
    pthread_mutex_unlock(&lock);
    return q == NULL ? AB_E_NOMEM : AB_OK;
}


void
auth_quota_clear(void)
{
    struct quota  *q;

    pthread_mutex_lock(&lock);
    while ((q = quotas) != NULL) {
        quotas = q->next;
        free(q->ring);
        free(q);
    }
    pthread_mutex_unlock(&lock);
}
