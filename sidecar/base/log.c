/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.c - one JSON object a line on standard error.
 *
 * A line is built on the stack, so that "no memory" can be logged too, and
 * leaves in one write(), so that lines of threads do not mix.
 */
#include "log.h"
#include "clock.h"

#include "ab_buf.h"
#include "ab_utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES   8192
#define TAIL             16     /* kept free for `,"cut":true}` and \n */
#define VALUE_MAX_BYTES  1024   /* of a value, before escaping */

static _Atomic int  level_min = AB_LOG_INFO;

/* Indexed by enum ab_level. */
static const char *const  level_words[] = { "debug", "info", "warn", "error" };

static void add_time(struct ab_buf *b);
static bool add_pairs(struct ab_buf *b, va_list args);
static bool add_member(struct ab_buf *b, const char *name, va_list *args);
static void add_text(struct ab_buf *b, const char *s);
static void finish(struct ab_buf *b, bool whole);
static void open_line(struct ab_buf *b, char *mem, enum ab_level level,
    const char *event);


void
log_set_level(enum ab_level level)
{
    atomic_store(&level_min, (int) level);
}


bool
log_parse_level(const char *word, enum ab_level *ret_level)
{
    size_t  i;

    for (i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++) {
        if (strcmp(word, level_words[i]) == 0) {
            *ret_level = (enum ab_level) i;
            return true;
        }
    }
    return false;
}


void
log_event(enum ab_level level, const char *event, ...)
{
    char           mem[LINE_MAX_BYTES];
    struct ab_buf  b;
    va_list        args;
    bool           whole;

    if ((int) level < atomic_load(&level_min)) {
        return;
    }
    open_line(&b, mem, level, event);
    va_start(args, event);
    whole = add_pairs(&b, args);
    va_end(args);
    finish(&b, whole);
}


void
log_fail(const char *event, const struct fail *f, ...)
{
    char           mem[LINE_MAX_BYTES];
    struct ab_buf  b;
    va_list        args;
    enum ab_level  level = ab_err_row(f->code)->level;
    bool           whole;

    if ((int) level < atomic_load(&level_min)) {
        return;
    }
    open_line(&b, mem, level, event);
    ab_buf_add_str(&b, ",\"reason\":");
    add_text(&b, ab_err_reason(f->code));
    ab_buf_add_str(&b, ",\"detail\":");
    add_text(&b, f->detail);
    va_start(args, f);
    whole = add_pairs(&b, args);
    va_end(args);
    finish(&b, whole);
}


/* The buffer ends TAIL bytes early: finish() always has room. */
static void
open_line(struct ab_buf *b, char *mem, enum ab_level level, const char *event)
{
    ab_buf_init_fixed(b, mem, LINE_MAX_BYTES - TAIL);
    ab_buf_add_str(b, "{\"time\":\"");
    add_time(b);
    ab_buf_add_str(b, "\",\"level\":\"");
    ab_buf_add_str(b, level_words[level]);
    ab_buf_add_str(b, "\",\"event\":");
    add_text(b, event);
}


static void
add_time(struct ab_buf *b)
{
    int64_t    ms = clock_now_ms();
    time_t     s = (time_t) (ms / 1000);
    struct tm  tm;
    char       text[32];

    gmtime_r(&s, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    ab_buf_addf(b, "%s.%03dZ", text, (int) (ms % 1000));
}


/* False when a member did not fit; it is then left out whole. */
static bool
add_pairs(struct ab_buf *b, va_list args)
{
    const char  *name;
    va_list      rest;
    bool         whole = true;

    va_copy(rest, args);
    while ((name = va_arg(rest, const char *)) != NULL) {
        whole &= add_member(b, name, &rest);
    }
    va_end(rest);
    return whole;
}


static bool
add_member(struct ab_buf *b, const char *name, va_list *args)
{
    size_t       before = b->len;
    const char  *text = NULL;
    int64_t      number = 0;

    if (name[0] == 'i') {
        number = va_arg(*args, int64_t);
    } else {
        text = va_arg(*args, const char *);
        if (text == NULL) {
            return true;
        }
    }
    ab_buf_add_byte(b, ',');
    add_text(b, name + 1);
    ab_buf_add_byte(b, ':');
    if (text != NULL) {
        add_text(b, text);
    } else {
        ab_buf_add_dec(b, number);
    }
    if (b->failed) {
        b->failed = false;
        b->len = before;
        return false;
    }
    return true;
}


/* RFC 8259 section 7. What is not UTF-8 becomes U+FFFD; C1 controls and DEL
 * are escaped too, as a terminal may obey them. */
static void
add_text(struct ab_buf *b, const char *s)
{
    const unsigned char  *at = (const unsigned char *) s;
    size_t                n, taken = 0;

    ab_buf_add_byte(b, '"');
    while (*at != '\0' && taken < VALUE_MAX_BYTES) {
        n = ab_utf8_len(ab_slice(at, strnlen((const char *) at, 4)));
        if (n == 0) {
            ab_buf_add_str(b, "\\ufffd");
            n = 1;
        } else if (*at == '"' || *at == '\\') {
            ab_buf_add_byte(b, '\\');
            ab_buf_add_byte(b, *at);
        } else if (*at < 0x20 || *at == 0x7f) {
            ab_buf_addf(b, "\\u%04x", *at);
        } else if (*at == 0xc2 && at[1] < 0xa0) {
            ab_buf_addf(b, "\\u%04x", at[1]);
        } else {
            ab_buf_add(b, ab_slice(at, n));
        }
        at += n;
        taken += n;
    }
    if (*at != '\0') {
        ab_buf_add_str(b, "\xe2\x80\xa6");
    }
    ab_buf_add_byte(b, '"');
}


static void
finish(struct ab_buf *b, bool whole)
{
    const char  *p;
    ssize_t      done;
    size_t       left;

    b->failed = false;
    b->cap = b->max = LINE_MAX_BYTES;
    ab_buf_add_str(b, whole ? "}\n" : ",\"cut\":true}\n");
    for (p = b->p, left = b->len; left > 0; p += done, left -= (size_t) done) {
        done = write(STDERR_FILENO, p, left);
        if (done < 0 && errno != EINTR) {
            return;             /* nobody is left to be told */
        }
        done = done < 0 ? 0 : done;
    }
}
