/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_folder.c - every realm file of a folder, in name order.
 *
 * An export into a folder keeps users apart: beside NAME-realm.json lie
 * NAME-users-0.json and so on. They are imported with their realm, as one
 * file would be.
 */
#include "import_int.h"

#include "scratch.h"

#include "ab_ct.h"
#include "ab_limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


static int
is_json(const struct dirent *d)
{
    size_t  n = strlen(d->d_name);

    return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}


/* A whole file; *ret_text is to be wiped and freed: it holds secrets. */
static enum ab_err
read_fd(struct ctx *c, const char *name, int fd, struct ab_slice *ret_text)
{
    struct stat  st;
    char        *p;
    size_t       n = 0, size;
    ssize_t      got = 1;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return ctx_fail(c, AB_E_IMPORT, "%.64s: no regular file", name);
    }
    if (st.st_size > AB_MAX_REALM_FILE) {
        return ctx_fail(c, AB_E_IMPORT, "%.64s: is too large", name);
    }
    size = (size_t) st.st_size;
    p = malloc(size + 1);
    if (p == NULL) {
        return ctx_nomem(c);
    }
    while (n < size && got > 0) {
        got = read(fd, p + n, size - n);
        n += got > 0 ? (size_t) got : 0;
    }
    if (n < size) {
        ab_wipe(p, size);
        free(p);
        return ctx_fail(c, AB_E_IMPORT, "%.64s: cannot be read", name);
    }
    *ret_text = ab_slice(p, n);
    return AB_OK;
}


static enum ab_err
read_file(struct ctx *c, const char *dir, const char *name,
    struct ab_slice *ret_text)
{
    const char   *path = arena_printf(c->a, "%s/%s", dir, name);
    int           fd;
    enum ab_err   e;

    if (path == NULL) {
        return ctx_nomem(c);
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return ctx_fail(c, AB_E_IMPORT, "%.64s: %s", name, strerror(errno));
    }
    e = read_fd(c, name, fd, ret_text);
    close(fd);
    return e;
}


/* ---- files that belong together ------------------------------------------ */

struct folder {
    const char      *dir;
    struct dirent  **list;
    int              n;
};

/* "NAME-realm.json": the length of NAME, else 0. */
static size_t
realm_stem(const char *file)
{
    static const char  end[] = "-realm.json";
    size_t             n = strlen(file);

    return n > sizeof(end) - 1
           && strcmp(file + n - (sizeof(end) - 1), end) == 0
           ? n - (sizeof(end) - 1) : 0;
}


/* Whether a file has users of the realm file whose stem that is. */
static bool
is_users_of(const char *file, const char *realm_file, size_t stem)
{
    const char  *at = file + stem;
    size_t       digits;

    if (stem == 0 || strncmp(file, realm_file, stem) != 0
        || strncmp(at, "-users-", 7) != 0)
    {
        return false;
    }
    digits = strspn(at + 7, "0123456789");
    return digits > 0 && strcmp(at + 7 + digits, ".json") == 0;
}


static bool
has_realm_file(const struct folder *f, const char *file)
{
    const char  *realm;
    int          i;

    for (i = 0; i < f->n; i++) {
        realm = f->list[i]->d_name;
        if (is_users_of(file, realm, realm_stem(realm))) {
            return true;
        }
    }
    return false;
}


/* ---- import -------------------------------------------------------------- */

static void
forget(struct ab_slice *texts, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        ab_wipe((char *) texts[i].p, texts[i].len);
        free((char *) texts[i].p);
    }
}


/* The realm file first, then those with its users. */
static enum ab_err
read_all(struct ctx *c, const struct folder *f, const char *name,
    struct ab_slice *texts, size_t *ret_n)
{
    size_t       n = 0, stem = realm_stem(name);
    int          i;
    enum ab_err  e = read_file(c, f->dir, name, &texts[0]);

    n += e == AB_OK;
    for (i = 0; e == AB_OK && i < f->n; i++) {
        if (is_users_of(f->list[i]->d_name, name, stem)) {
            e = read_file(c, f->dir, f->list[i]->d_name, &texts[n]);
            n += e == AB_OK;
        }
    }
    if (e != AB_OK) {
        forget(texts, n);
        return e;
    }
    *ret_n = n;
    return AB_OK;
}


/* In an arena of its own: a plan is large. */
static enum ab_err
import_file(struct ctx *c, const struct folder *f, const char *name,
    struct import_result *result)
{
    struct ab_slice  *texts = arena_array(c->a, (size_t) f->n + 1,
                                          sizeof(*texts));
    size_t            n;
    enum ab_err       e;

    if (texts == NULL) {
        return ctx_nomem(c);
    }
    e = read_all(c, f, name, texts, &n);
    if (e == AB_OK) {
        e = result == NULL ? import_check_texts(c, name, texts, n)
                           : import_texts(c, name, texts, n, result);
        forget(texts, n);
    }
    return e;
}


enum ab_err
import_folder(struct ctx *c, const char *dir, bool check_only,
    void (*seen)(void *arg, const struct import_result *r), void *arg)
{
    struct import_result  result = { .realm = NULL };
    struct folder         f = { .dir = dir };
    struct ctx            s;
    int                   i;
    enum ab_err           e = AB_OK;

    f.n = scandir(dir, &f.list, is_json, alphasort);
    if (f.n < 0) {
        return ctx_fail(c, AB_E_IMPORT, "%.128s: %s", dir, strerror(errno));
    }
    for (i = 0; e == AB_OK && i < f.n; i++) {
        if (has_realm_file(&f, f.list[i]->d_name)) {
            continue;
        }
        e = scratch_open(c, &s);
        if (e != AB_OK) {
            break;
        }
        e = import_file(&s, &f, f.list[i]->d_name,
                        check_only ? NULL : &result);
        if (e == AB_OK && !check_only && seen != NULL) {
            seen(arg, &result);
        }
        e = scratch_close(c, &s, e);
    }
    for (i = 0; i < f.n; i++) {
        free(f.list[i]);
    }
    free(f.list);
    malloc_trim(0);         /* plans were large, and are gone for good */
    return e;
}
