/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_marks.c - marks of what ended, in the order of one
 * stream.
 *
 * Every worker is told every mark, the first to come writes it. The order of
 * the steps is the promise (DESIGN 4): the mark is added, what it ends is
 * evicted, the position moves. So an answer that could be older than a mark
 * is refused by insert, and a position never runs ahead of its marks.
 */
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_meta.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_time.h"

/* How a mark is compared with the time a credential was issued. */
enum { ENDS_ALWAYS, ENDS_BEFORE, ASKS_BEFORE };

/* What its eviction does to the parts. */
enum { EVICTS_SID, EVICTS_KEY, EVICTS_TOKEN, EVICTS_USER, EVICTS_ALL };

/* kind: row number; ends: see above; evicts: see above. */
static const struct {
    u_char  ends;
    u_char  evicts;
} kinds[] = {
    [AB_MARK_SID]            = { ENDS_ALWAYS, EVICTS_SID },
    [AB_MARK_CLIENT_SESSION] = { ENDS_BEFORE, EVICTS_SID },
    [AB_MARK_EDGE]           = { ENDS_ALWAYS, EVICTS_KEY },
    [AB_MARK_JTI]            = { ENDS_ALWAYS, EVICTS_TOKEN },
    [AB_MARK_USER]           = { ENDS_BEFORE, EVICTS_USER },
    [AB_MARK_CLIENT]         = { ENDS_BEFORE, EVICTS_ALL },
    [AB_MARK_REALM]          = { ENDS_BEFORE, EVICTS_ALL },
    [AB_MARK_USER_EPOCH]     = { ASKS_BEFORE, EVICTS_USER },
    [AB_MARK_REALM_EPOCH]    = { ASKS_BEFORE, EVICTS_ALL },
};

#define KINDS_N  (sizeof(kinds) / sizeof(kinds[0]))

typedef ngx_http_auth_broker_meta_t      meta_t;
typedef ngx_http_auth_broker_mark_t      mark_t;
typedef ngx_http_auth_broker_position_t  position_t;

/* A MARK as it came. */
typedef struct {
    uint64_t         kind;
    struct ab_slice  realm, id, client;
    uint64_t         time;
    position_t       position, previous;
} told_t;


static position_t
position_parse(struct ab_slice text)
{
    size_t      dash = ab_slice_find(text, '-');
    position_t  p = { 0, 0 };

    if (dash == text.len
        || ab_parse_u64(ab_slice(text.p, dash), &p.ms) != AB_OK
        || ab_parse_u64(ab_slice(text.p + dash + 1, text.len - dash - 1),
                        &p.seq)
           != AB_OK)
    {
        return (position_t) { 0, 0 };
    }
    return p;
}


static int
position_cmp(position_t a, position_t b)
{
    if (a.ms != b.ms) {
        return a.ms < b.ms ? -1 : 1;
    }
    return a.seq == b.seq ? 0 : a.seq < b.seq ? -1 : 1;
}


static uint64_t
max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}


/* ---- the table of marks, under the lock ---- */

static void
mark_hash(u_char *out, uint64_t kind, struct ab_slice realm,
    struct ab_slice id, struct ab_slice client)
{
    uint8_t          digest[AB_SHA256_LEN];
    uint8_t          number = (uint8_t) kind;
    struct ab_slice  parts[] = {
        ab_slice(&number, 1), realm, id, client,
    };

    /* A failure leaves zeros: such marks then stand for each other, which
     * refuses too much, never too little. */
    (void) ab_sha256_parts(digest, parts, 4);
    ngx_memcpy(out, digest, NGX_HTTP_AUTH_BROKER_MARK_HASH);
}


static uint16_t
realm_slot(struct ab_slice realm)
{
    return (uint16_t) (ngx_murmur_hash2((u_char *) realm.p, realm.len)
                       % NGX_HTTP_AUTH_BROKER_REALM_SLOTS);
}


static uint32_t *
mark_bucket(meta_t *meta, const u_char *hash)
{
    uint32_t  h;

    ngx_memcpy(&h, hash, sizeof(h));
    return &meta->buckets[h % NGX_HTTP_AUTH_BROKER_MARK_SLOTS];
}


static mark_t *
mark_find(meta_t *meta, const u_char *hash)
{
    uint32_t  i;

    for (i = *mark_bucket(meta, hash); i != 0; i = meta->marks[i - 1].next) {
        if (ngx_memcmp(meta->marks[i - 1].hash, hash,
                       NGX_HTTP_AUTH_BROKER_MARK_HASH)
            == 0)
        {
            return &meta->marks[i - 1];
        }
    }
    return NULL;
}


/* What a dropped mark said is now asked of the daemon. */
static void
mark_drop_first(meta_t *meta)
{
    mark_t    *m = &meta->marks[meta->first];
    uint32_t  *at;

    for (at = mark_bucket(meta, m->hash); *at != meta->first + 1;
         at = &meta->marks[*at - 1].next)
    {
        /* it is in there */
    }
    *at = m->next;
    meta->watermarks[m->realm] = max_u64(meta->watermarks[m->realm], m->time);
    if (position_cmp(m->position, meta->floor) > 0) {
        meta->floor = m->position;
    }
    meta->kinds[m->kind]--;
    meta->first = (meta->first + 1) % AB_MAX_MARKS_N;
    meta->count--;
}


/* The ring is in the order of the stream, so the oldest stand in front. */
static void
marks_trim(meta_t *meta)
{
    uint64_t  oldest = (uint64_t) ngx_time() - AB_MARK_KEEP_S;

    while (meta->count > 0
           && (meta->count == AB_MAX_MARKS_N
               || meta->marks[meta->first].time < oldest))
    {
        mark_drop_first(meta);
    }
}


static void
mark_store(meta_t *meta, const told_t *told)
{
    u_char     hash[NGX_HTTP_AUTH_BROKER_MARK_HASH];
    uint32_t  *bucket, i;
    mark_t    *m;

    mark_hash(hash, told->kind, told->realm, told->id, told->client);
    m = mark_find(meta, hash);
    if (m != NULL) {
        m->time = max_u64(m->time, told->time);
        if (position_cmp(told->position, m->position) > 0) {
            m->position = told->position;
        }
        return;
    }
    marks_trim(meta);
    i = (meta->first + meta->count) % AB_MAX_MARKS_N;
    m = &meta->marks[i];
    bucket = mark_bucket(meta, hash);
    ngx_memcpy(m->hash, hash, sizeof(hash));
    m->position = told->position;
    m->time = told->time;
    m->realm = realm_slot(told->realm);
    m->kind = (uint16_t) told->kind;
    m->next = *bucket;
    *bucket = i + 1;
    meta->count++;
    meta->kinds[m->kind]++;
}


static void
marks_clear(meta_t *meta)
{
    ngx_memzero(meta->buckets,
                NGX_HTTP_AUTH_BROKER_MARK_SLOTS * sizeof(uint32_t));
    ngx_memzero(meta->kinds, sizeof(meta->kinds));
    meta->first = 0;
    meta->count = 0;
}


/* ---- a mark comes ---- */

static void
parts_evict(ngx_http_auth_broker_main_conf_t *mcf, const told_t *told)
{
    switch (kinds[told->kind].evicts) {
    case EVICTS_SID:
        ngx_http_auth_broker_zone_evict(mcf, AB_TAG_SID, told->id);
        return;
    case EVICTS_USER:
        ngx_http_auth_broker_zone_evict(mcf, AB_TAG_SUB, told->id);
        return;
    case EVICTS_TOKEN:
        ngx_http_auth_broker_zone_evict(mcf, AB_TAG_JTI, told->id);
        return;
    case EVICTS_KEY:
        if (told->id.len == AB_SHA256_LEN) {
            ngx_http_auth_broker_zone_delete(mcf, (uint8_t *) told->id.p);
        }
        return;
    default:
        ngx_http_auth_broker_zone_empty(mcf);
    }
}


static void
position_move(ngx_http_auth_broker_main_conf_t *mcf, position_t to)
{
    meta_t  *meta = ngx_http_auth_broker_meta_lock_write(mcf);

    if (meta == NULL) {
        return;
    }
    if (meta->has_position && position_cmp(to, meta->position) > 0) {
        meta->position = to;
    }
    ngx_http_auth_broker_meta_unlock(mcf, meta);
}


/* Marks between the zone's position and this one were missed: whatever was
 * issued or read before now has to be asked. The caller empties the parts. */
static void
mark_gap(meta_t *meta, position_t at)
{
    meta->watermark = max_u64(meta->watermark, (uint64_t) ngx_time());
    if (position_cmp(at, meta->floor) > 0) {
        meta->floor = at;
    }
}


static told_t
told_read(struct ab_slice payload)
{
    told_t  told;

    told.kind = ab_wire_get_u64(payload, AB_TAG_MARK_KIND);
    told.realm = ab_wire_get(payload, AB_TAG_MARK_REALM);
    told.id = ab_wire_get(payload, AB_TAG_MARK_ID);
    told.client = ab_wire_get(payload, AB_TAG_MARK_CLIENT);
    told.time = ab_wire_get_u64(payload, AB_TAG_TIME);
    told.position = position_parse(ab_wire_get(payload, AB_TAG_POSITION));
    told.previous = position_parse(ab_wire_get(payload, AB_TAG_PREVIOUS));
    return told;
}


/* A kind this version does not know ends it cannot tell what: the parts are
 * emptied and everything issued so far is asked. */
void
ngx_http_auth_broker_marks_add(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload)
{
    told_t     told = told_read(payload);
    ngx_int_t  is_known, is_new, is_gap;
    meta_t    *meta = ngx_http_auth_broker_meta_lock_write(mcf);

    if (meta == NULL) {
        return;
    }
    is_known = told.kind > 0 && told.kind < KINDS_N;
    is_new = meta->has_position
             && position_cmp(told.position, meta->position) > 0;
    is_gap = is_new
             && (!is_known || position_cmp(told.previous, meta->position) > 0);
    if (is_gap) {
        mark_gap(meta, told.position);
    }
    if (is_new && is_known) {
        mark_store(meta, &told);
    }
    ngx_http_auth_broker_meta_unlock(mcf, meta);
    if (!is_new) {
        return;
    }
    if (is_gap) {
        ngx_http_auth_broker_zone_empty(mcf);
    } else {
        parts_evict(mcf, &told);
    }
    position_move(mcf, told.position);
}


/* ---- the position ---- */

/*
 * The lease counts from the time of the confirmation, not from when it was
 * read: a worker that was stopped finds old ones in its socket. A host whose
 * clock is ahead of Redis therefore has shorter leases, or none (T-RV6).
 */
void
ngx_http_auth_broker_marks_position(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload)
{
    uint64_t     time = ab_wire_get_u64(payload, AB_TAG_TIME);
    position_t   at;
    meta_t      *meta = ngx_http_auth_broker_meta_lock_write(mcf);

    if (meta == NULL) {
        return;
    }
    at = position_parse(ab_wire_get(payload, AB_TAG_POSITION));
    /* A daemon that is behind the zone confirms nothing. */
    if (meta->has_position && position_cmp(at, meta->position) >= 0) {
        meta->position = at;
        time = ngx_min(time, (uint64_t) ngx_time());
        if (time > meta->confirmed) {
            meta->confirmed = (ngx_atomic_uint_t) time;
        }
    }
    ngx_http_auth_broker_meta_unlock(mcf, meta);
}


/*
 * `is_back`: the stream itself went back (failover, restored file), so the
 * zone goes back too. Otherwise the zone only starts from here, and another
 * worker may be further already.
 */
static void
marks_restart(ngx_http_auth_broker_main_conf_t *mcf, position_t at,
    ngx_uint_t is_back)
{
    meta_t  *meta = ngx_http_auth_broker_meta_lock_write(mcf);

    if (meta == NULL) {
        return;
    }
    if (is_back) {
        marks_clear(meta);
        meta->floor = at;
        meta->position = at;
        meta->confirmed = 0;
    }
    mark_gap(meta, at);
    ngx_http_auth_broker_meta_unlock(mcf, meta);
    ngx_http_auth_broker_zone_empty(mcf);

    meta = ngx_http_auth_broker_meta_lock_write(mcf);
    if (meta == NULL) {
        return;
    }
    if (!meta->has_position || position_cmp(at, meta->position) > 0) {
        meta->position = at;
    }
    meta->has_position = 1;
    ngx_http_auth_broker_meta_unlock(mcf, meta);
}


void
ngx_http_auth_broker_marks_reset(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload)
{
    marks_restart(mcf, position_parse(ab_wire_get(payload, AB_TAG_POSITION)),
                  1);
}


void
ngx_http_auth_broker_marks_start(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload)
{
    marks_restart(mcf, position_parse(ab_wire_get(payload, AB_TAG_POSITION)),
                  0);
}


ngx_int_t
ngx_http_auth_broker_position_fresh(ngx_http_auth_broker_main_conf_t *mcf,
    time_t fresh)
{
    meta_t  *meta = ngx_http_auth_broker_meta(mcf);

    return meta != NULL && meta->confirmed != 0
           && (time_t) meta->confirmed + fresh > ngx_time();
}


size_t
ngx_http_auth_broker_position(ngx_http_auth_broker_main_conf_t *mcf,
    char *buf, size_t size)
{
    position_t  at = { 0, 0 };
    ngx_uint_t  has = 0;
    meta_t     *meta = ngx_http_auth_broker_meta_lock(mcf);

    if (meta != NULL) {
        at = meta->position;
        has = meta->has_position;
        ngx_http_auth_broker_meta_unlock(mcf, meta);
    }
    if (!has) {
        return 0;
    }
    return ngx_snprintf((u_char *) buf, size, "%uL-%uL", at.ms, at.seq)
           - (u_char *) buf;
}


/* ---- an identity against the marks ---- */

/* The id a mark of that kind would carry for this identity; false when the
 * identity has none. */
static ngx_int_t
mark_id(uint64_t kind, const struct ab_identity *id, struct ab_slice jti,
    struct ab_slice *ret_id, struct ab_slice *ret_client)
{
    struct ab_slice  none = ab_slice(NULL, 0);
    struct ab_slice  client = id->client.len != 0 ? id->client : id->azp;
    struct ab_slice  ids[KINDS_N] = {
        [AB_MARK_SID]            = id->sid,
        [AB_MARK_CLIENT_SESSION] = id->sid,
        [AB_MARK_EDGE]           = id->key,
        [AB_MARK_JTI]            = jti,
        [AB_MARK_USER]           = id->sub,
        [AB_MARK_CLIENT]         = client,
        [AB_MARK_USER_EPOCH]     = id->sub,
    };

    *ret_id = ids[kind];
    *ret_client = kind == AB_MARK_CLIENT_SESSION ? client : none;
    return ids[kind].len != 0 || kind == AB_MARK_REALM
           || kind == AB_MARK_REALM_EPOCH;
}


static mark_t *
mark_of(meta_t *meta, uint64_t kind, const struct ab_identity *id,
    struct ab_slice jti)
{
    u_char           hash[NGX_HTTP_AUTH_BROKER_MARK_HASH];
    struct ab_slice  mid, client;

    /* No mark of that kind, no hash: the usual case for most kinds. */
    if (meta->kinds[kind] == 0 || !mark_id(kind, id, jti, &mid, &client)) {
        return NULL;
    }
    mark_hash(hash, kind, id->realm_id, mid, client);
    return mark_find(meta, hash);
}


ngx_int_t
ngx_http_auth_broker_marks_newer(ngx_http_auth_broker_meta_t *meta,
    const struct ab_identity *id, struct ab_slice position)
{
    position_t       at = position_parse(position);
    struct ab_slice  jti = ab_wire_get(id->raw, AB_TAG_JTI);
    mark_t          *m;
    uint64_t         kind;

    if (!meta->has_position || position_cmp(at, meta->floor) < 0) {
        return 1;
    }
    for (kind = 1; kind < KINDS_N; kind++) {
        m = mark_of(meta, kind, id, jti);
        if (m != NULL && position_cmp(m->position, at) > 0) {
            return 1;
        }
    }
    return 0;
}


/* Seconds are coarse: what was issued in the mark's own second is asked. */
static enum ab_err
mark_verdict(uint64_t kind, const mark_t *m, const struct ab_identity *id,
    uint64_t iat)
{
    enum ab_err  ended = ab_slice_eq_str(id->method, "bearer")
                         ? AB_E_TOKEN_REVOKED : AB_E_SESSION_ENDED;

    if (kinds[kind].ends == ENDS_ALWAYS) {
        return ended;
    }
    if (iat > m->time) {
        return AB_OK;
    }
    return kinds[kind].ends == ASKS_BEFORE || iat == m->time
           ? AB_E_STORE_ABSENT : ended;
}


/* Something is no longer here that could speak against it. */
static ngx_int_t
marks_too_old(meta_t *meta, const struct ab_identity *id, uint64_t iat)
{
    return !meta->has_position
           || iat <= meta->watermark
           || iat <= meta->watermarks[realm_slot(id->realm_id)]
           || iat <= (uint64_t) ngx_time() - AB_MARK_KEEP_S;
}


enum ab_err
ngx_http_auth_broker_marks_check(ngx_http_auth_broker_main_conf_t *mcf,
    const struct ab_identity *id, struct ab_slice jti, uint64_t iat)
{
    enum ab_err   err = AB_OK, one;
    mark_t       *m;
    uint64_t      kind;
    meta_t       *meta = ngx_http_auth_broker_meta_lock(mcf);

    if (meta == NULL) {
        return AB_E_STORE_ABSENT;
    }
    if (marks_too_old(meta, id, iat)) {
        err = AB_E_STORE_ABSENT;
    }
    for (kind = 1; kind < KINDS_N; kind++) {
        m = mark_of(meta, kind, id, jti);
        one = m == NULL ? AB_OK : mark_verdict(kind, m, id, iat);
        if (one != AB_OK) {
            err = one;
        }
        if (one != AB_OK && one != AB_E_STORE_ABSENT) {
            break;              /* an end is an end */
        }
    }
    ngx_http_auth_broker_meta_unlock(mcf, meta);
    return err;
}
