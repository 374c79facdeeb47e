/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyring.c - the key file, and the keys derived from it.
 *
 * The keys of the file themselves seal nothing: each purpose has its own
 * child, so that what is pushed to NGINX opens nothing at rest.
 */
#include "keyring.h"

#include "ab_buf.h"
#include "ab_ct.h"
#include "ab_time.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX  65536

static enum ab_err file_make(struct fail *f, const char *path);
static bool file_fill(int fd);
static bool sync_folder(const char *path);
static enum ab_err file_read(struct fail *f, const char *path,
    struct ab_buf *out);
static enum ab_err file_check(struct fail *f, const char *path, int fd);
static enum ab_err parse_lines(struct fail *f, const char *path,
    struct ab_slice text, struct ab_seal_ring *ret_ring);
static bool parse_line(struct ab_slice line, struct ab_seal_key *ret_key);
static bool ring_has(const struct ab_seal_ring *ring, uint32_t id);
static enum ab_err derive_all(struct fail *f, const struct ab_seal_ring *ring,
    struct keyring *k);


enum ab_err
keyring_load(struct fail *f, const char *path, struct keyring *ret_k)
{
    struct ab_seal_ring  ring = { .n = 0 };
    struct keyring       k = { .n_mac = 0 };
    struct ab_buf        text;
    enum ab_err          e;

    ab_buf_init(&text, FILE_MAX + 1);
    e = file_make(f, path);
    if (e == AB_OK) {
        e = file_read(f, path, &text);
    }
    if (e == AB_OK) {
        e = parse_lines(f, path, ab_buf_slice(&text), &ring);
    }
    if (e == AB_OK) {
        e = derive_all(f, &ring, &k);
    }
    if (e == AB_OK) {
        *ret_k = k;
    }
    ab_buf_clear(&text);
    ab_wipe(&ring, sizeof(ring));
    keyring_clear(&k);
    return e;
}


void
keyring_clear(struct keyring *k)
{
    ab_wipe(k, sizeof(*k));
}


/*
 * Make the file when there is none. It is filled under another name and
 * linked to its own: a reader meets a whole file or none, and of two daemons
 * starting at once the second finds the first one's.
 */
static enum ab_err
file_make(struct fail *f, const char *path)
{
    char  tmp[4096];
    int   fd, n;
    bool  fine;

    if (access(path, F_OK) == 0) {
        return AB_OK;
    }
    n = snprintf(tmp, sizeof(tmp), "%s.%ld.new", path, (long) getpid());
    if (n < 0 || (size_t) n >= sizeof(tmp)) {
        return fail(f, AB_E_KEYRING, "key file: path too long");
    }
    fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail(f, AB_E_KEYRING, "%s: cannot make it: %s", path,
                    strerror(errno));
    }
    fine = file_fill(fd);
    close(fd);
    if (fine && link(tmp, path) != 0 && errno != EEXIST) {
        fine = false;
    }
    unlink(tmp);
    fine = fine && sync_folder(path);
    return fine ? AB_OK : fail(f, AB_E_KEYRING, "%s: cannot write it: %s",
                               path, strerror(errno));
}


static bool
file_fill(int fd)
{
    uint8_t  raw[AB_SEAL_KEY_LEN];
    char     line[2 * sizeof(raw) + 8];
    size_t   i, n;
    bool     fine;

    random_bytes(raw, sizeof(raw));
    n = (size_t) snprintf(line, sizeof(line), "1 ");
    for (i = 0; i < sizeof(raw); i++) {
        n += (size_t) snprintf(line + n, sizeof(line) - n, "%02x", raw[i]);
    }
    line[n++] = '\n';
    fine = write(fd, line, n) == (ssize_t) n
           && fsync(fd) == 0;
    ab_wipe(raw, sizeof(raw));
    ab_wipe(line, sizeof(line));
    return fine;
}


/* Without it a power loss could take the name back: what was sealed since
 * would be lost with the key. */
static bool
sync_folder(const char *path)
{
    const char  *slash = strrchr(path, '/');
    char        *dir = slash == NULL ? strdup(".")
                       : strndup(path, (size_t) (slash - path) + 1);
    int          fd = dir == NULL ? -1
                      : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool         fine = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    free(dir);
    return fine;
}


static enum ab_err
file_read(struct fail *f, const char *path, struct ab_buf *out)
{
    char         mem[4096];
    ssize_t      n = -1;
    enum ab_err  e;
    int          fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return fail(f, AB_E_KEYRING, "%s: %s", path, strerror(errno));
    }
    e = file_check(f, path, fd);
    while (e == AB_OK && (n = read(fd, mem, sizeof(mem))) > 0) {
        ab_buf_add(out, ab_slice(mem, (size_t) n));
    }
    ab_wipe(mem, sizeof(mem));
    close(fd);
    if (e == AB_OK && (n < 0 || out->failed)) {
        e = fail(f, AB_E_KEYRING, "%s: %s", path,
                 n < 0 ? "cannot be read" : "too large");
    }
    return e;
}


static enum ab_err
file_check(struct fail *f, const char *path, int fd)
{
    struct stat  st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail(f, AB_E_KEYRING, "%s: not a file", path);
    }
    if ((st.st_mode & 077) != 0) {
        return fail(f, AB_E_KEYRING, "%s: mode %04o, others could read or "
                    "write it; it must be 0600", path,
                    (unsigned) (st.st_mode & 07777));
    }
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        return fail(f, AB_E_KEYRING, "%s: owned by user %ld, not by root or "
                    "the daemon's user", path, (long) st.st_uid);
    }
    return AB_OK;
}


static enum ab_err
parse_lines(struct fail *f, const char *path, struct ab_slice text,
    struct ab_seal_ring *ring)
{
    struct ab_slice     line;
    struct ab_seal_key  key;
    size_t              end, number = 0;

    while (text.len > 0) {
        end = ab_slice_find(text, '\n');
        line = ab_slice(text.p, end);
        end += end < text.len;
        text = ab_slice(text.p + end, text.len - end);
        number++;
        line.len = ab_slice_find(line, '#');
        while (line.len > 0 && line.p[line.len - 1] == ' ') {
            line.len--;
        }
        if (line.len == 0) {
            continue;
        }
        if (ring->n == AB_SEAL_RING_MAX || !parse_line(line, &key)
            || ring_has(ring, key.id))
        {
            ab_wipe(&key, sizeof(key));
            return fail(f, AB_E_KEYRING, "%s: line %zu: %s", path, number,
                        ring->n == AB_SEAL_RING_MAX ? "too many keys"
                        : "not \"ID HEX64\" with an id of its own");
        }
        ring->keys[ring->n++] = key;
        ab_wipe(&key, sizeof(key));
    }
    return ring->n > 0 ? AB_OK
                       : fail(f, AB_E_KEYRING, "%s: holds no key", path);
}


static bool
parse_line(struct ab_slice line, struct ab_seal_key *ret_key)
{
    static const char  hex[] = "0123456789abcdef";
    size_t             blank = ab_slice_find(line, ' '), i;
    const char        *digits, *high, *low;
    uint64_t           id;

    ret_key->id = 0;
    if (ab_parse_u64(ab_slice(line.p, blank), &id) != AB_OK || id == 0
        || id > UINT32_MAX || line.len - blank != 1 + 2 * AB_SEAL_KEY_LEN)
    {
        return false;
    }
    digits = line.p + blank + 1;
    for (i = 0; i < AB_SEAL_KEY_LEN; i++) {
        high = memchr(hex, ab_lower(digits[2 * i]), 16);
        low = memchr(hex, ab_lower(digits[2 * i + 1]), 16);
        if (high == NULL || low == NULL) {
            return false;
        }
        ret_key->key[i] = (uint8_t) ((high - hex) << 4 | (low - hex));
    }
    ret_key->id = (uint32_t) id;
    return true;
}


static bool
ring_has(const struct ab_seal_ring *ring, uint32_t id)
{
    size_t  i;

    for (i = 0; i < ring->n; i++) {
        if (ring->keys[i].id == id) {
            return true;
        }
    }
    return false;
}


static enum ab_err
derive_all(struct fail *f, const struct ab_seal_ring *ring, struct keyring *k)
{
    const struct ab_seal_key  *from;
    struct ab_seal_key         mac = { .id = 0 };
    size_t                     i;
    bool                       fine = true;

    for (i = 0; i < ring->n; i++) {
        from = &ring->keys[i];
        fine &= ab_seal_derive(from, "auth-broker store", &k->store.keys[i])
                && ab_seal_derive(from, "auth-broker edge", &k->edge.keys[i])
                && ab_seal_derive(from, "auth-broker web", &k->web.keys[i])
                && ab_seal_derive(from, "auth-broker session mac", &mac);
        if (fine) {
            k->mac[i].id = mac.id;
            memcpy(k->mac[i].key, mac.key, sizeof(k->mac[i].key));
        }
    }
    ab_wipe(&mac, sizeof(mac));
    k->store.n = k->edge.n = k->web.n = k->n_mac = ring->n;
    return fine ? AB_OK : fail(f, AB_E_KEYRING, "cannot derive keys");
}
