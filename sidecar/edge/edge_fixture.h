/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edge_fixture.h - a realm in a real Redis, the edge loop over it, and a
 * worker of few words at its socket, for tests of this room.
 *
 *   edge_fixture_start(&x);         x.fx.st.c for store calls
 *   struct worker w = worker_new(&x);       greeted: HELLO was answered
 *   a = worker_ask(&w, AB_MSG_TOUCH, &fields);
 *   edge_fixture_stop(&x);
 */
#ifndef EDGE_EDGE_FIXTURE_H
#define EDGE_EDGE_FIXTURE_H

#include "ab_digest.h"
#include "ab_identity.h"
#include "ab_session_cookie.h"
#include "ab_wire.h"
#include "edge.h"
#include "model/session.h"
#include "oidc/realm_fixture.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ORIGIN     "https://app.test"
#define VERIFIER   "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE  "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define NONCE      "nonce-of-the-attempt"
#define WAIT_MS    5000
#define IN_SIZE    (4 * 1024 * 1024)

struct edge_fixture {
    struct realm_fixture  fx;
    struct peer_list      peers;
    struct edge          *edge;
};

struct worker {
    int       fd;
    char     *in;
    size_t    len, used;        /* used: bytes of the frame handed out */
    uint64_t  id;               /* of the last question */
};


static inline void
edge_fixture_listen(struct edge_fixture *x)
{
    struct sockaddr_un  a = { .sun_family = AF_UNIX };
    struct fail         f = { .code = AB_OK };
    int                 fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    snprintf(a.sun_path, sizeof(a.sun_path), "%s/edge.sock", x->fx.st.dir);
    unlink(a.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *) &a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(edge_listen(&f, x->edge, fd), AB_OK);
}


static inline void
edge_fixture_run(struct edge_fixture *x)
{
    struct edge_conf  conf = {
        .app = &x->fx.app, .store = &x->fx.st.conf, .peers = &x->peers,
        .threads = 2,
    };
    struct fail       f = { .code = AB_OK };

    if (edge_start(&f, &conf, &x->edge) != AB_OK) {
        fail_msg("edge: %s", f.detail);
    }
    edge_fixture_listen(x);
}


static inline void
edge_fixture_start(struct edge_fixture *x)
{
    realm_fixture_start(&x->fx);
    x->peers = (struct peer_list) { .n = 1, .uids = { geteuid() } };
    edge_fixture_run(x);
}


static inline void
edge_fixture_stop(struct edge_fixture *x)
{
    edge_stop(x->edge);
    realm_fixture_stop(&x->fx);
}


/* ---- a worker ----------------------------------------------------------- */

static inline struct worker
worker_connect(struct edge_fixture *x)
{
    struct sockaddr_un  a = { .sun_family = AF_UNIX };
    struct worker       w = { .fd = socket(AF_UNIX, SOCK_STREAM, 0) };

    w.in = malloc(IN_SIZE);
    assert_non_null(w.in);
    snprintf(a.sun_path, sizeof(a.sun_path), "%s/edge.sock", x->fx.st.dir);
    assert_int_equal(connect(w.fd, (struct sockaddr *) &a, sizeof(a)), 0);
    return w;
}


static inline void
worker_close(struct worker *w)
{
    close(w->fd);
    free(w->in);
}


/* False when the other side closed. */
static inline bool
worker_send(struct worker *w, const void *p, size_t n)
{
    const char  *at = p;
    ssize_t      sent;

    while (n > 0) {
        sent = send(w->fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        n -= (size_t) sent;
    }
    return true;
}


/* A question; its id is w->id. Empties `fields`. */
static inline bool
worker_put(struct worker *w, uint16_t type, struct ab_buf *fields)
{
    struct ab_buf  b;
    size_t         at;
    bool           sent;

    ab_buf_init(&b, AB_WIRE_HEADER + AB_MAX_FRAME_UP);
    at = ab_frame_begin(&b, type, ++w->id);
    ab_buf_add(&b, ab_buf_slice(fields));
    assert_true(ab_frame_end(&b, at));
    sent = worker_send(w, b.p, b.len);
    ab_buf_clear(&b);
    ab_buf_clear(fields);
    return sent;
}


/* The next frame within ms; its payload lives until the next call. 1 a
 * frame, 0 none came, -1 the connection is closed. */
static inline int
worker_next(struct worker *w, int64_t ms, struct ab_frame *ret_frame)
{
    int64_t        until = clock_mono_ms() + ms, left;
    struct pollfd  p = { .fd = w->fd, .events = POLLIN };
    ssize_t        n;
    enum ab_err    e;

    memmove(w->in, w->in + w->used, w->len - w->used);
    w->len -= w->used;
    w->used = 0;
    for ( ;; ) {
        e = ab_frame_read(ab_slice(w->in, w->len), AB_MAX_FRAME_DOWN,
                          ret_frame, &w->used);
        if (e == AB_OK) {
            assert_int_equal(ab_wire_check(ret_frame->payload), AB_OK);
            return 1;
        }
        assert_int_equal(e, AB_E_STORE_ABSENT);
        left = until - clock_mono_ms();
        if (poll(&p, 1, left < 0 ? 0 : (int) left) <= 0) {
            return 0;
        }
        n = recv(w->fd, w->in + w->len, IN_SIZE - w->len, 0);
        if (n <= 0) {
            return -1;
        }
        w->len += (size_t) n;
    }
}


/* The next push of a type within ms, others passed over. */
static inline bool
worker_push(struct worker *w, uint16_t type, int64_t ms,
    struct ab_slice *ret_payload)
{
    int64_t          until = clock_mono_ms() + ms;
    struct ab_frame  f;

    while (worker_next(w, until - clock_mono_ms(), &f) == 1) {
        if (f.type == type) {
            assert_true(f.id == 0);
            *ret_payload = f.payload;
            return true;
        }
    }
    return false;
}


/* The answer to the question with that id, pushes passed over. */
static inline struct ab_slice
worker_answer(struct worker *w, uint16_t type, uint64_t id)
{
    struct ab_frame  f;

    do {
        if (worker_next(w, WAIT_MS, &f) != 1) {
            fail_msg("no answer to question %d", (int) id);
        }
    } while (!(f.type & AB_WIRE_ANSWER));
    assert_int_equal(f.type, type | AB_WIRE_ANSWER);
    assert_true(f.id == id);
    assert_non_null(ab_wire_get(f.payload, AB_TAG_STATUS).p);
    return f.payload;
}


static inline struct ab_slice
worker_ask(struct worker *w, uint16_t type, struct ab_buf *fields)
{
    assert_true(worker_put(w, type, fields));
    return worker_answer(w, type, w->id);
}


static inline enum ab_err
status_in(struct ab_slice payload)
{
    return (enum ab_err) ab_wire_get_u64(payload, AB_TAG_STATUS);
}


/* HELLO from a position; NULL: none. */
static inline struct ab_buf
hello_fields(const char *position)
{
    struct ab_buf  b;

    ab_buf_init(&b, AB_MAX_FRAME_UP);
    ab_wire_add_u64(&b, AB_TAG_VERSION_MIN, AB_WIRE_VERSION);
    ab_wire_add_u64(&b, AB_TAG_VERSION_MAX, AB_WIRE_VERSION);
    if (position != NULL) {
        ab_wire_add(&b, AB_TAG_POSITION, ab_slice_str(position));
    }
    return b;
}


static inline struct worker
worker_new(struct edge_fixture *x)
{
    struct worker  w = worker_connect(x);
    struct ab_buf  b = hello_fields(NULL);

    assert_int_equal(status_in(worker_ask(&w, AB_MSG_HELLO, &b)), AB_OK);
    return w;
}


/* ---- a sign-in ---------------------------------------------------------- */

/* What a sign-in at the app host leaves. */
struct seat {
    char      sid[AB_SID_TEXT + 1];
    uint8_t   key[AB_SHA256_LEN];
};


/* A code as the authorization endpoint makes it; sid: an SSO hit's. */
static inline struct signed_in
code_make(struct edge_fixture *x, const char *sid)
{
    struct realm_fixture  *fx = &x->fx;
    struct signed_in       out;
    struct sign_in         in = {
        .realm = fx->realm, .user = realm_fixture_user(fx, "alice"),
        .client = realm_fixture_client(fx, "app"), .sid = sid,
        .auth_time = clock_now_s(), .acr = "1", .nonce = NONCE,
        .redirect_uri = ORIGIN "/.auth/callback", .scope = "openid",
        .challenge = CHALLENGE, .challenge_method = "S256",
    };

    assert_int_equal(session_sign_in(&fx->st.c, &in, &out), AB_OK);
    return out;
}


static inline void
code_key(struct edge_fixture *x, const char *code, uint8_t *key)
{
    assert_true(ab_credential_key(key, AB_CRED_CODE,
                                  ab_slice_str(x->fx.realm->id),
                                  ab_slice_str(code)));
}


static inline struct ab_buf
login_fields(struct edge_fixture *x, const char *code)
{
    struct ab_buf  b;
    uint8_t        key[AB_SHA256_LEN];

    code_key(x, code, key);
    ab_buf_init(&b, AB_MAX_FRAME_UP);
    ab_wire_add(&b, AB_TAG_KEY, ab_slice(key, sizeof(key)));
    ab_wire_add(&b, AB_TAG_REALM_ID, ab_slice_str(x->fx.realm->id));
    ab_wire_add(&b, AB_TAG_CLIENT, AB_S("app"));
    ab_wire_add(&b, AB_TAG_ORIGIN, AB_S(ORIGIN));
    ab_wire_add(&b, AB_TAG_CODE, ab_slice_str(code));
    ab_wire_add(&b, AB_TAG_VERIFIER, AB_S(VERIFIER));
    ab_wire_add(&b, AB_TAG_NONCE, AB_S(NONCE));
    return b;
}


/* Zone key and sid of the cookie in LOGIN_COMPLETE's answer. */
static inline struct seat
seat_of(struct edge_fixture *x, struct ab_slice answer)
{
    struct seat  s = { .sid = "" };
    uint8_t      raw[AB_COOKIE_RAW];

    assert_int_equal(ab_session_cookie_decode(ab_wire_get(answer,
                         AB_TAG_COOKIE), raw), AB_OK);
    assert_int_equal(ab_session_cookie_check(raw,
                         ab_slice_str(x->fx.realm->id),
                         x->fx.st.keyring.mac, x->fx.st.keyring.n_mac),
                     AB_OK);
    ab_session_cookie_sid(raw, s.sid);
    assert_true(ab_credential_key(s.key, AB_CRED_SESSION,
                                  ab_slice_str(x->fx.realm->id),
                                  ab_slice(raw, sizeof(raw))));
    return s;
}


static inline struct seat
sign_in(struct edge_fixture *x, struct worker *w)
{
    struct ab_buf    b = login_fields(x, code_make(x, NULL).code);
    struct ab_slice  a = worker_ask(w, AB_MSG_LOGIN_COMPLETE, &b);

    if (status_in(a) != AB_OK) {
        fail_msg("sign-in: %s", ab_err_reason(status_in(a)));
    }
    return seat_of(x, a);
}


/* KEY, SID and REALM_ID of a seat. */
static inline struct ab_buf
seat_fields(struct edge_fixture *x, const struct seat *s)
{
    struct ab_buf  b;

    ab_buf_init(&b, AB_MAX_FRAME_UP);
    ab_wire_add(&b, AB_TAG_KEY, ab_slice(s->key, sizeof(s->key)));
    ab_wire_add(&b, AB_TAG_SID, ab_slice_str(s->sid));
    ab_wire_add(&b, AB_TAG_REALM_ID, ab_slice_str(x->fx.realm->id));
    return b;
}


static inline struct ab_slice
seat_ask(struct edge_fixture *x, struct worker *w, uint16_t type,
    const struct seat *s)
{
    struct ab_buf    b = seat_fields(x, s);
    struct ab_slice  a = worker_ask(w, type, &b);

    assert_true(ab_slice_eq(ab_wire_get(a, AB_TAG_KEY),
                            ab_slice(s->key, sizeof(s->key))));
    return a;
}

#endif
