/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_folder.c - every realm file of a folder, in name order.
 */
#include "import.h"

#include "scratch.h"

#include "ab_ct.h"
#include "ab_limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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


/* In an arena of its own: a plan is large. */
static enum ab_err
import_file(struct ctx *c, const char *dir, const char *name, bool check_only,
    void (*seen)(void *arg, const struct import_result *r), void *arg)
{
    struct import_result  result = { .realm = NULL };
    struct ab_slice       text;
    struct ctx            s;
    enum ab_err           e = scratch_open(c, &s);

    if (e != AB_OK) {
        return e;
    }
    e = read_file(&s, dir, name, &text);
    if (e == AB_OK) {
        e = check_only ? import_check(&s, name, text)
                       : import_realm(&s, name, text, &result);
        ab_wipe((char *) text.p, text.len);
        free((char *) text.p);
    }
    if (e == AB_OK && !check_only && seen != NULL) {
        seen(arg, &result);
    }
    return scratch_close(c, &s, e);
}


enum ab_err
import_folder(struct ctx *c, const char *dir, bool check_only,
    void (*seen)(void *arg, const struct import_result *r), void *arg)
{
    struct dirent  **list;
    int              i, n = scandir(dir, &list, is_json, alphasort);
    enum ab_err      e = AB_OK;

    if (n < 0) {
        return ctx_fail(c, AB_E_IMPORT, "%.128s: %s", dir, strerror(errno));
    }
    for (i = 0; i < n; i++) {
        if (e == AB_OK) {
            e = import_file(c, dir, list[i]->d_name, check_only, seen, arg);
        }
        free(list[i]);
    }
    free(list);
    return e;
}
