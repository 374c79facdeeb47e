/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.c - memory that is freed all at once.
 *
 * A list of blocks, the newest first; a request larger than a quarter of a
 * block gets its own, put behind the newest so that this one stays in use.
 * Every block is wiped when it goes: requests hold passwords and tokens.
 */
#include "arena.h"
#include "fault.h"

#include "ab_ct.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_SIZE  8192
#define ALIGN       _Alignof(max_align_t)

struct block {
    struct block  *next;
    size_t         size;        /* of data */
    size_t         used;
    _Alignas(max_align_t) char  data[];
};

struct cleanup {
    struct cleanup  *next;
    void            *ptr;
    void           (*fn)(void *);
};

struct arena {
    struct block    *blocks;
    struct cleanup  *cleanups;  /* newest first */
    size_t           max;
    size_t           taken;     /* bytes handed out, padding included */
};

static struct block *block_for(struct arena *a, size_t n);
static struct block *block_new(size_t size);


struct arena *
arena_new(size_t max)
{
    struct arena  *a = fault_malloc(sizeof(*a));

    if (a != NULL) {
        *a = (struct arena) { .max = max };
    }
    return a;
}


void
arena_free(struct arena *a)
{
    struct cleanup  *cl;
    struct block    *b, *next;

    if (a == NULL) {
        return;
    }
    for (cl = a->cleanups; cl != NULL; cl = cl->next) {
        cl->fn(cl->ptr);
    }
    for (b = a->blocks; b != NULL; b = next) {
        next = b->next;
        ab_wipe(b->data, b->used);
        free(b);
    }
    free(a);
}


void *
arena_alloc(struct arena *a, size_t n)
{
    struct block  *b;
    void          *p;

    /* Subtractions, as sums could wrap. */
    if (n > a->max - a->taken || n > SIZE_MAX / 2) {
        return NULL;
    }
    n = (n == 0 ? ALIGN : (n + ALIGN - 1) / ALIGN * ALIGN);
    if (n > a->max - a->taken) {
        return NULL;
    }
    b = block_for(a, n);
    if (b == NULL) {
        return NULL;
    }
    p = b->data + b->used;
    b->used += n;
    a->taken += n;
    return memset(p, 0, n);
}


/* A block with n bytes free, linked into the arena. */
static struct block *
block_for(struct arena *a, size_t n)
{
    struct block  *b = a->blocks;

    if (b != NULL && n <= b->size - b->used) {
        return b;
    }
    if (b != NULL && n > BLOCK_SIZE / 4) {
        b = block_new(n);
        if (b != NULL) {
            b->next = a->blocks->next;
            a->blocks->next = b;
        }
        return b;
    }
    b = block_new(n > BLOCK_SIZE ? n : BLOCK_SIZE);
    if (b != NULL) {
        b->next = a->blocks;
        a->blocks = b;
    }
    return b;
}


static struct block *
block_new(size_t size)
{
    struct block  *b = fault_malloc(sizeof(*b) + size);

    if (b != NULL) {
        b->next = NULL;
        b->size = size;
        b->used = 0;
    }
    return b;
}


void *
arena_array(struct arena *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }
    return arena_alloc(a, n * size);
}


char *
arena_dup(struct arena *a, struct ab_slice s)
{
    char  *p = s.len == SIZE_MAX ? NULL : arena_alloc(a, s.len + 1);

    if (p != NULL && s.len > 0) {
        memcpy(p, s.p, s.len);
    }
    return p;
}


char *
arena_str(struct arena *a, const char *s)
{
    return arena_dup(a, ab_slice_str(s));
}


struct ab_slice
arena_slice(struct arena *a, struct ab_slice s)
{
    char  *p = arena_dup(a, s);

    return ab_slice(p, p == NULL ? 0 : s.len);
}


char *
arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list   args;
    char     *p;
    int       n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    p = n < 0 ? NULL : arena_alloc(a, (size_t) n + 1);
    if (p == NULL) {
        return NULL;
    }
    va_start(args, fmt);
    vsnprintf(p, (size_t) n + 1, fmt, args);
    va_end(args);
    return p;
}


bool
arena_own(struct arena *a, void *ptr, void (*fn)(void *))
{
    struct cleanup  *cl;

    if (ptr == NULL) {
        return true;
    }
    cl = arena_alloc(a, sizeof(*cl));
    if (cl == NULL) {
        fn(ptr);
        return false;
    }
    *cl = (struct cleanup) { .next = a->cleanups, .ptr = ptr, .fn = fn };
    a->cleanups = cl;
    return true;
}
