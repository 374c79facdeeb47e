/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.h - entries of the stream of ends: written here, read by followers.
 *
 * An entry has the fields: what ("ending" or "mark"), kind (number of enum
 * ab_mark_kind), realm (id), id, and where they say something client, sid,
 * time (Redis seconds; the entry's own id tells it otherwise). "ending" is
 * written before the thing itself is ended; a follower that sees it without
 * its mark for a second completes it.
 */
#ifndef MODEL_MARK_H
#define MODEL_MARK_H

#include "ab_wire.h"
#include "store/stream.h"

struct mark {
    bool               is_ending;
    enum ab_mark_kind  kind;
    struct ab_slice    realm_id, id, client;
    struct ab_slice    sid;             /* AB_MARK_EDGE: session it hangs on */
    int64_t            time;            /* 0 when writing: that of the append */
    struct ab_slice    position;        /* stream id, set by mark_read() */
};

enum ab_err mark_ending(struct ctx *c, const struct mark *m);
/* Appended before it is acknowledged; store_wait() included. ret_position
 * may be NULL. */
enum ab_err mark_append(struct ctx *c, const struct mark *m,
    struct ab_slice *ret_position);
/* An entry of the stream as a mark; AB_E_FORMAT for foreign entries. */
enum ab_err mark_read(const struct stream_entry *e, struct mark *ret_m);

/* Epochs. A user's: the new version is put into `live` of each of the user's
 * sessions first. */
enum ab_err mark_user_epoch(struct ctx *c, const char *realm_id,
    const char *user_id, uint64_t version);
enum ab_err mark_realm_epoch(struct ctx *c, const char *realm_id);

#endif
