/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.c - command line and environment as one struct.
 *
 * The environment is read first, then the command line over it. What an
 * option may hold is checked by its row's check, in one place for both.
 */
#include "options.h"
#include "option_checks.h"

#include "ab_time.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ENV_PREFIX  "AUTH_BROKER_"
#define ENV_NAME    64
#define LIST_MAX    256

enum option_type { TYPE_TEXT, TYPE_FLAG, TYPE_LIST, TYPE_NUMBER };

/* name, def, metavar, help: see options.def; at: the field in the struct */
struct row {
    const char        *name;
    enum option_type   type;
    const char        *def;
    const char        *metavar;
    const char        *help;
    size_t             at;
};

static const struct row  rows[] = {
#define OPTION(field, name, type, def, metavar, help)                        \
    { name, TYPE_##type, def, metavar, help, offsetof(struct options, field) },
#include "conf/options.def"
#undef OPTION
};

#define ROWS_N  (sizeof(rows) / sizeof(rows[0]))

/* field by name; check: AB_E_OPTION with its reason. Each value of a list is
 * checked by itself. */
static const struct {
    const char       *name;
    option_check      check;
} checks[] = {
    { "--redis",          option_check_redis },
    { "--redis-fsync",    option_check_fsync },
    { "--edge-socket",    option_check_socket },
    { "--web-socket",     option_check_socket },
    { "--ctl-socket",     option_check_socket },
    { "--web-listen",     option_check_listen },
    { "--hostname",       option_check_hostname },
    { "--outbound-allow", option_check_network },
    { "--log-level",      option_check_level },
};

static enum ab_err set_defaults(struct fail *f, struct options *o);
static enum ab_err read_environment(struct fail *f, struct options *o);
static enum ab_err read_arguments(struct fail *f, int argc, char **argv,
    struct options *o);
static const struct row *find_row(struct ab_slice name);
static void env_name(char out[ENV_NAME], const struct row *r);
static enum ab_err set_value(struct fail *f, const struct row *r,
    const char *value, struct options *o);
static enum ab_err set_flag(struct fail *f, const struct row *r,
    const char *value, struct options *o);
static enum ab_err set_number(struct fail *f, const struct row *r,
    const char *value, struct options *o);
static enum ab_err set_text(struct fail *f, const struct row *r,
    struct ab_slice value, char **at);
static enum ab_err add_to_list(struct fail *f, const struct row *r,
    const char *value, struct options *o);
static enum ab_err check_value(struct fail *f, const struct row *r,
    const char *value);
static void clear_list(struct option_list *l);


static inline void *
field_of(struct options *o, const struct row *r)
{
    return (char *) o + r->at;
}


enum ab_err
options_parse(struct fail *f, int argc, char **argv, struct options *ret_o)
{
    struct options  o;
    enum ab_err     e;

    memset(&o, 0, sizeof(o));
    e = set_defaults(f, &o);
    if (e == AB_OK) {
        e = read_environment(f, &o);
    }
    if (e == AB_OK) {
        e = read_arguments(f, argc, argv, &o);
    }
    if (e != AB_OK) {
        options_clear(&o);
        return e;
    }
    *ret_o = o;
    return AB_OK;
}


void
options_clear(struct options *o)
{
    size_t  i;

    for (i = 0; i < ROWS_N; i++) {
        if (rows[i].type == TYPE_TEXT) {
            free(*(char **) field_of(o, &rows[i]));
        } else if (rows[i].type == TYPE_LIST) {
            clear_list(field_of(o, &rows[i]));
        }
    }
    memset(o, 0, sizeof(*o));
}


static void
clear_list(struct option_list *l)
{
    size_t  i;

    for (i = 0; i < l->n; i++) {
        free(l->v[i]);
    }
    free(l->v);
    *l = (struct option_list) { .n = 0 };
}


static enum ab_err
set_defaults(struct fail *f, struct options *o)
{
    size_t       i;
    enum ab_err  e = AB_OK;

    for (i = 0; i < ROWS_N && e == AB_OK; i++) {
        if (rows[i].def != NULL) {
            e = set_value(f, &rows[i], rows[i].def, o);
        }
    }
    return e;
}


/* An empty variable is as good as none. */
static enum ab_err
read_environment(struct fail *f, struct options *o)
{
    char         name[ENV_NAME];
    const char  *value;
    size_t       i;
    enum ab_err  e = AB_OK;

    for (i = 0; i < ROWS_N && e == AB_OK; i++) {
        env_name(name, &rows[i]);
        value = getenv(name);
        if (value != NULL && value[0] != '\0') {
            e = set_value(f, &rows[i], value, o);
        }
    }
    return e;
}


static void
env_name(char out[ENV_NAME], const struct row *r)
{
    const char  *p;

    out += snprintf(out, ENV_NAME, "%s", ENV_PREFIX);
    for (p = r->name + 2; *p != '\0'; p++) {
        *out++ = *p == '-' ? '_' : *p >= 'a' && *p <= 'z'
                 ? (char) (*p - 'a' + 'A') : *p;
    }
    *out = '\0';
}


/* "--name value" or "--name=value". A list given here replaces the one from
 * the environment; another option given twice is a mistake. */
static enum ab_err
read_arguments(struct fail *f, int argc, char **argv, struct options *o)
{
    bool               seen[ROWS_N] = { false };
    struct ab_slice    arg, name;
    const struct row  *r;
    const char        *value;
    enum ab_err        e = AB_OK;
    int                i;

    for (i = 1; i < argc && e == AB_OK; i++) {
        arg = ab_slice_str(argv[i]);
        name = ab_slice(arg.p, ab_slice_find(arg, '='));
        value = name.len < arg.len ? argv[i] + name.len + 1 : NULL;
        r = find_row(name);
        if (r == NULL) {
            return fail(f, AB_E_OPTION, "%.64s: unknown option", argv[i]);
        }
        if (seen[r - rows] && r->type != TYPE_LIST) {
            return fail(f, AB_E_OPTION, "%s: given twice", r->name);
        }
        if (r->type == TYPE_LIST && !seen[r - rows]) {
            clear_list(field_of(o, r));
        }
        seen[r - rows] = true;
        if (r->type == TYPE_FLAG) {
            e = value != NULL ? fail(f, AB_E_OPTION, "%s: takes no value",
                                     r->name)
                              : set_value(f, r, "true", o);
            continue;
        }
        if (value == NULL && i + 1 < argc) {
            value = argv[++i];
        }
        e = value == NULL || value[0] == '\0'
            ? fail(f, AB_E_OPTION, "%s: needs a value", r->name)
            : set_value(f, r, value, o);
    }
    return e;
}


static const struct row *
find_row(struct ab_slice name)
{
    size_t  i;

    for (i = 0; i < ROWS_N; i++) {
        if (ab_slice_eq_str(name, rows[i].name)) {
            return &rows[i];
        }
    }
    return NULL;
}


static enum ab_err
set_value(struct fail *f, const struct row *r, const char *value,
    struct options *o)
{
    enum ab_err  e;

    switch (r->type) {
    case TYPE_FLAG:
        return set_flag(f, r, value, o);
    case TYPE_NUMBER:
        return set_number(f, r, value, o);
    case TYPE_LIST:
        return add_to_list(f, r, value, o);
    default:
        e = check_value(f, r, value);
        return e != AB_OK ? e : set_text(f, r, ab_slice_str(value),
                                         field_of(o, r));
    }
}


static enum ab_err
set_flag(struct fail *f, const struct row *r, const char *value,
    struct options *o)
{
    bool  on = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;

    if (!on && strcmp(value, "false") != 0 && strcmp(value, "0") != 0) {
        return fail(f, AB_E_OPTION, "%s: neither true nor false", r->name);
    }
    *(bool *) field_of(o, r) = on;
    return AB_OK;
}


static enum ab_err
set_number(struct fail *f, const struct row *r, const char *value,
    struct options *o)
{
    uint64_t  v;

    if (ab_parse_u64(ab_slice_str(value), &v) != AB_OK || v > INT32_MAX) {
        return fail(f, AB_E_OPTION, "%s: not a number", r->name);
    }
    *(long *) field_of(o, r) = (long) v;
    return AB_OK;
}


static enum ab_err
set_text(struct fail *f, const struct row *r, struct ab_slice value,
    char **at)
{
    char  *copy = strndup(value.p, value.len);

    if (copy == NULL) {
        return fail(f, AB_E_NOMEM, "%s: out of memory", r->name);
    }
    free(*at);
    *at = copy;
    return AB_OK;
}


static enum ab_err
add_to_list(struct fail *f, const struct row *r, const char *value,
    struct options *o)
{
    struct option_list  *l = field_of(o, r);
    struct ab_slice      rest = ab_slice_str(value);
    size_t               end;
    char               **grown;
    enum ab_err          e = AB_OK;

    while (rest.len > 0 && e == AB_OK) {
        end = ab_slice_find(rest, ',');
        if (end == 0 || l->n == LIST_MAX) {
            return fail(f, AB_E_OPTION, "%s: %s", r->name,
                        end == 0 ? "empty entry" : "too many entries");
        }
        grown = reallocarray(l->v, l->n + 1, sizeof(*l->v));
        if (grown == NULL) {
            return fail(f, AB_E_NOMEM, "%s: out of memory", r->name);
        }
        l->v = grown;
        l->v[l->n] = NULL;
        e = set_text(f, r, ab_slice(rest.p, end), &l->v[l->n]);
        if (e == AB_OK) {
            e = check_value(f, r, l->v[l->n++]);
        }
        end += end < rest.len;
        rest = ab_slice(rest.p + end, rest.len - end);
    }
    return e;
}


static enum ab_err
check_value(struct fail *f, const struct row *r, const char *value)
{
    size_t       i;
    const char  *wrong;

    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (strcmp(checks[i].name, r->name) != 0) {
            continue;
        }
        wrong = checks[i].check(value);
        if (wrong != NULL) {
            return fail(f, AB_E_OPTION, "%s: %s", r->name, wrong);
        }
    }
    return AB_OK;
}


void
options_print(FILE *out)
{
    size_t  i;
    char    head[64], env[ENV_NAME];

    for (i = 0; i < ROWS_N; i++) {
        env_name(env, &rows[i]);
        snprintf(head, sizeof(head), "%s%s%s", rows[i].name,
                 rows[i].metavar == NULL ? "" : " ",
                 rows[i].metavar == NULL ? "" : rows[i].metavar);
        fprintf(out, "  %-28s %s", head, rows[i].help);
        if (rows[i].def != NULL) {
            fprintf(out, " (%s)", rows[i].def);
        }
        fprintf(out, "\n  %-28s %s\n", "", env);
    }
}


void
options_print_markdown(FILE *out)
{
    size_t  i;
    char    env[ENV_NAME];

    fprintf(out, "| option | environment | default | meaning |\n"
                 "|---|---|---|---|\n");
    for (i = 0; i < ROWS_N; i++) {
        env_name(env, &rows[i]);
        fprintf(out, "| `%s%s%s` | `%s` | %s%s%s | %s |\n", rows[i].name,
                rows[i].metavar == NULL ? "" : " ",
                rows[i].metavar == NULL ? "" : rows[i].metavar, env,
                rows[i].def == NULL ? "" : "`",
                rows[i].def == NULL ? "" : rows[i].def,
                rows[i].def == NULL ? "" : "`", rows[i].help);
    }
}
