/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_list.c - take elements out of a list of headers
 * without moving any other.
 *
 * Invariants NGINX's own loops and ngx_list_push() need: only the first part
 * may be empty; nalloc is what the last part can hold, never 0.
 */
#include "ngx_http_auth_broker_list.h"


/* The part's last element goes together with the part. */
static void
unlink_part(ngx_list_t *l, ngx_list_part_t *prev, ngx_list_part_t *part)
{
    prev->next = part->next;
    if (l->last == part) {
        l->last = prev;
        l->nalloc = prev->nelts > 0 ? prev->nelts : 1;
    }
}


/* Element i has neighbours on both sides: what follows becomes a part. */
static ngx_int_t
split_part(ngx_list_t *l, ngx_list_part_t *part, ngx_uint_t i)
{
    ngx_list_part_t  *tail;

    tail = ngx_palloc(l->pool, sizeof(ngx_list_part_t));
    if (tail == NULL) {
        return NGX_ERROR;
    }
    tail->elts = (u_char *) part->elts + (i + 1) * l->size;
    tail->nelts = part->nelts - i - 1;
    tail->next = part->next;
    part->nelts = i;
    part->next = tail;
    if (l->last == part) {
        l->last = tail;
        l->nalloc -= i + 1;
    }
    return NGX_OK;
}


static ngx_int_t
cut_element(ngx_list_t *l, ngx_list_part_t *prev, ngx_list_part_t *part,
    ngx_uint_t i)
{
    if (part->nelts == 1) {
        part->nelts = 0;
        if (prev != NULL) {
            unlink_part(l, prev, part);
        }
        return NGX_OK;
    }
    if (i == part->nelts - 1) {
        part->nelts--;
        return NGX_OK;
    }
    if (i > 0) {
        return split_part(l, part, i);
    }

    part->elts = (u_char *) part->elts + l->size;
    part->nelts--;
    if (l->last == part) {
        l->nalloc--;
    }
    return NGX_OK;
}


ngx_int_t
ngx_http_auth_broker_list_prune(ngx_list_t *l,
    ngx_http_auth_broker_doomed_pt doomed, void *data)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;
    ngx_list_part_t  *part, *prev, *next;

    i = 0;
    prev = NULL;
    for (part = &l->part; part != NULL; /* void */ ) {
        if (i >= part->nelts) {
            prev = part;
            part = part->next;
            i = 0;
            continue;
        }

        h = (ngx_table_elt_t *) part->elts + i;
        if (!doomed(data, h)) {
            i++;
            continue;
        }

        next = part->next;
        if (cut_element(l, prev, part, i) != NGX_OK) {
            return NGX_ERROR;
        }
        if (part->nelts == 0 && prev != NULL) {
            part = next;
            i = 0;
        }
    }
    return NGX_OK;
}


ngx_table_elt_t *
ngx_http_auth_broker_list_find(ngx_list_t *l, const char *lowcase)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_table_elt_t  *h;
    ngx_list_part_t  *part;

    len = ngx_strlen(lowcase);
    for (part = &l->part; part != NULL; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash != 0 && h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) lowcase, len)
                   == 0)
            {
                return &h[i];
            }
        }
    }
    return NULL;
}
