/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream.h - the stream of ends and epochs, ab:{rev}.
 */
#ifndef STORE_STREAM_H
#define STORE_STREAM_H

#include "store/store.h"

/* One entry: pairs of field and value, as they stand in the stream. */
struct stream_entry {
    struct ab_slice    id;      /* "ms-seq" */
    size_t             n;
    struct ab_slice   *pairs;   /* 2n */
};

/* Append; *ret_id lives in c. */
enum ab_err stream_append(struct ctx *c, const struct ab_slice *pairs,
    size_t n, struct ab_slice *ret_id);
/* Entries after `after` ("0-0" for all), at most max. block_ms 0: at once.
 * An empty answer is AB_OK with *ret_n 0. */
enum ab_err stream_read(struct ctx *c, struct ab_slice after, size_t max,
    int64_t block_ms, struct stream_entry **ret_entries, size_t *ret_n);
/* The last id ever given, also when its entry was trimmed away; "0-0" for
 * an absent stream. Behind what was seen before = the stream lost entries. */
enum ab_err stream_last(struct ctx *c, struct ab_slice *ret_id);
/* Drop entries older than that many milliseconds of Redis TIME. */
enum ab_err stream_trim(struct ctx *c, int64_t older_than_ms);

#endif
