/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_async.h - the same questions without blocking, for the edge loop.
 *
 * One object on one libevent base, used by that loop's thread alone. Every
 * question has a deadline; a connection silent for 2 s is dropped and all
 * its questions end with AB_E_STORE_DOWN; it reconnects by itself.
 */
#ifndef STORE_STORE_ASYNC_H
#define STORE_STORE_ASYNC_H

#include "store/store.h"

struct event_base;
struct store_async;

/* The reply lives until the callback returns. err AB_OK, AB_E_STORE_DOWN,
 * AB_E_STORE_REPLY; reply NULL unless AB_OK. Called exactly once, never from
 * inside store_async_call(). */
typedef void (*store_async_cb)(void *arg, enum ab_err err,
    const struct reply *reply);

struct store_async *store_async_new(struct event_base *base,
    const struct store_conf *conf);
/* Ends all questions with AB_E_STORE_DOWN. Not from inside a callback. */
void store_async_free(struct store_async *s);
/* argv is copied. AB_E_BUSY above 100,000 questions in flight; AB_E_STORE_DOWN
 * while there is no connection. On any error cb is not called. */
enum ab_err store_async_call(struct store_async *s, size_t key_at,
    const struct ab_slice *argv, size_t argc, store_async_cb cb, void *arg);
/* The connection is up. */
bool store_async_is_up(const struct store_async *s);

#endif
