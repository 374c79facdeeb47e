/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyring.h - the key file, and the keys derived from it.
 *
 * File: one line a key, "ID HEX64", '#' starts a comment; 0600, owned by the
 * daemon's user or root. First key seals, all open. A missing file is made
 * with one random key (O_EXCL, fsync).
 */
#ifndef CONF_KEYRING_H
#define CONF_KEYRING_H

#include "base/fail.h"
#include "ab_seal.h"
#include "ab_session_cookie.h"

struct keyring {
    struct ab_seal_ring  store;     /* seals what is at rest */
    struct ab_seal_ring  edge;      /* seals login attempts; HKDF children */
    struct ab_seal_ring  web;       /* seals KC_RESTART, client_data … */
    size_t               n_mac;
    struct ab_mac_key    mac[AB_SEAL_RING_MAX];    /* session cookies */
};

/* AB_E_KEYRING: unreadable, wrong mode, malformed, repeated id, no key. */
enum ab_err keyring_load(struct fail *f, const char *path,
    struct keyring *ret_k);
void keyring_clear(struct keyring *k);

#endif
