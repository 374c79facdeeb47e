/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_print.c - answers of the daemon for a person to read.
 */
#include "tool_print.h"

#include <stdbool.h>
#include <time.h>

static const char *text_of(const json_t *v, const char *name);
static long long number_of(const json_t *v, const char *name);
static bool is_true(const json_t *v, const char *name);
static void print_list(FILE *out, const char *head, const json_t *list);
static void print_redis(FILE *out, const json_t *redis);
static void print_time(FILE *out, long long at);


void
print_status(FILE *out, const json_t *r)
{
    const char  *name;
    json_t      *value;

    fprintf(out, "auth-brokerd %s, process %lld, up %lld s: %s\n",
            text_of(r, "version"), number_of(r, "pid"),
            number_of(r, "uptime_s"),
            is_true(r, "ready") ? "ready" : "NOT READY");
    print_list(out, "  because", json_object_get(r, "reasons"));
    print_list(out, "warning", json_object_get(r, "warnings"));
    print_redis(out, json_object_get(r, "redis"));
    fprintf(out, "position   %s, confirmed %lld ms ago%s\n",
            text_of(r, "position"), number_of(r, "position_confirmed_ms_ago"),
            is_true(r, "position_confirmed") ? "" : " (not up to date)");
    fprintf(out, "workers    %lld\n", number_of(r, "workers"));
    json_object_foreach(json_object_get(r, "metrics"), name, value) {
        fprintf(out, "  %-40s %lld\n", name,
                (long long) json_integer_value(value));
    }
}


static void
print_redis(FILE *out, const json_t *redis)
{
    fprintf(out, "redis      %s", text_of(redis, "address"));
    if (is_true(redis, "private")) {
        fprintf(out, ", private, process %lld", number_of(redis, "pid"));
    }
    if (is_true(redis, "answers")) {
        fprintf(out, ", answers in %lld ms, clock off by %lld ms, %lld realms",
                number_of(redis, "round_trip_ms"),
                number_of(redis, "clock_offset_ms"),
                number_of(redis, "realms"));
    } else {
        fprintf(out, ", does not answer");
    }
    fputc('\n', out);
}


static void
print_list(FILE *out, const char *head, const json_t *list)
{
    size_t  i;

    for (i = 0; i < json_array_size(list); i++) {
        fprintf(out, "%s: ", head);
        print_safe(out, json_string_value(json_array_get(list, i)));
        fputc('\n', out);
    }
}


void
print_sessions(FILE *out, const json_t *r)
{
    const json_t  *rows = json_object_get(r, "sessions"), *s;
    size_t         i;

    print_safe(out, text_of(r, "user"));
    fprintf(out, " (%s): %zu session%s\n", text_of(r, "user_id"),
            json_array_size(rows), json_array_size(rows) == 1 ? "" : "s");
    if (json_array_size(rows) == 0) {
        return;
    }
    fprintf(out, "%-24s  %-19s  %-19s  %-19s  %-15s  %s\n", "SID",
            "STARTED (UTC)", "LAST USE", "ENDS", "ADDRESS", "PROVIDER");
    for (i = 0; i < json_array_size(rows); i++) {
        s = json_array_get(rows, i);
        fprintf(out, "%-24s  ", text_of(s, "sid"));
        print_time(out, number_of(s, "started"));
        fputs("  ", out);
        print_time(out, number_of(s, "last"));
        fputs("  ", out);
        print_time(out, number_of(s, "max_until"));
        fprintf(out, "  %-15s  ", text_of(s, "ip"));
        print_safe(out, json_string_value(json_object_get(s, "idp")));
        fputc('\n', out);
    }
}


void
print_revoked(FILE *out, const json_t *r)
{
    long long  n = number_of(r, "revoked");

    if (n == 0) {
        fputs("nothing to end: no such session lives\n", out);
    } else {
        fprintf(out, "%lld session%s ended\n", n, n == 1 ? "" : "s");
    }
}


static void
print_time(FILE *out, long long at)
{
    time_t     t = (time_t) at;
    struct tm  tm;
    char       text[32];

    if (gmtime_r(&t, &tm) == NULL) {
        fputs("-                  ", out);
        return;
    }
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    fputs(text, out);
}


/* C0, DEL and, in UTF-8, C1 controls: a name must not move the cursor or
 * change the title of the operator's terminal. */
void
print_safe(FILE *out, const char *text)
{
    const unsigned char  *p = (const unsigned char *) text;

    if (text == NULL) {
        fputc('-', out);
        return;
    }
    for (; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7f) {
            fputc('?', out);
        } else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
            fputc('?', out);
            p++;
        } else {
            fputc(*p, out);
        }
    }
}


static const char *
text_of(const json_t *v, const char *name)
{
    const char  *text = json_string_value(json_object_get(v, name));

    return text == NULL ? "-" : text;
}


static long long
number_of(const json_t *v, const char *name)
{
    return (long long) json_integer_value(json_object_get(v, name));
}


static bool
is_true(const json_t *v, const char *name)
{
    return json_is_true(json_object_get(v, name));
}
