/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_alloc.h - make the n-th allocation fail: jansson's, OpenSSL's, and
 * in builds without sanitizers, which have a malloc() of their own, ours.
 */
#ifndef AB_TEST_ALLOC_H
#define AB_TEST_ALLOC_H

#include <jansson.h>
#include <openssl/crypto.h>

#include <stdbool.h>
#include <stdlib.h>

/* fail_at: allocations to go until one fails, 0 for never. */
static struct {
    int   fail_at;
    bool  was_hit;
    long  live;         /* blocks of jansson */
} test_alloc;


static inline bool
test_alloc_fails(void)
{
    if (test_alloc.fail_at > 0 && --test_alloc.fail_at == 0) {
        test_alloc.was_hit = true;
        return true;
    }
    return false;
}


#ifdef AB_SANITIZE
#define TEST_ALLOC_MALLOC  false
#else
#define TEST_ALLOC_MALLOC  true
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);


void *
malloc(size_t n)
{
    return test_alloc_fails() ? NULL : __libc_malloc(n);
}


void *
calloc(size_t n, size_t size)
{
    return test_alloc_fails() ? NULL : __libc_calloc(n, size);
}
#endif


static inline void *
test_alloc_json(size_t n)
{
    void  *p = test_alloc_fails() ? NULL : malloc(n);

    test_alloc.live += p != NULL;
    return p;
}


static inline void
test_alloc_json_free(void *p)
{
    test_alloc.live -= p != NULL;
    free(p);
}


static inline void *
test_alloc_ssl(size_t n, const char *file, int line)
{
    (void) file;
    (void) line;
    return n == 0 || test_alloc_fails() ? NULL : malloc(n);
}


static inline void *
test_alloc_ssl_grow(void *p, size_t n, const char *file, int line)
{
    (void) file;
    (void) line;
    return test_alloc_fails() ? NULL : realloc(p, n);
}


static inline void
test_alloc_ssl_free(void *p, const char *file, int line)
{
    (void) file;
    (void) line;
    free(p);
}


/* Before the first use of either library. */
static inline void
test_alloc_init(void)
{
    CRYPTO_set_mem_functions(test_alloc_ssl, test_alloc_ssl_grow,
                             test_alloc_ssl_free);
    json_set_alloc_funcs(test_alloc_json, test_alloc_json_free);
}


static inline void
test_alloc_fail_at(int n)
{
    test_alloc.fail_at = n;
    test_alloc.was_hit = false;
}


static inline bool
test_alloc_was_hit(void)
{
    return test_alloc.was_hit;
}


static inline long
test_alloc_live(void)
{
    return test_alloc.live;
}

#endif
