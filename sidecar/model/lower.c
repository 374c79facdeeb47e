/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lower.c - user names and addresses in the one form they are compared in.
 *
 * C.UTF-8 is part of the C library, so the result does not depend on the
 * machine's settings; without it only ASCII is lowered.
 */
#include "lower.h"

#include <locale.h>
#include <pthread.h>
#include <wchar.h>
#include <wctype.h>

static pthread_once_t  once = PTHREAD_ONCE_INIT;
static locale_t        utf8;            /* 0: the library has none */


static void
make_locale(void)
{
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
}


static char *
lower_ascii(struct arena *a, struct ab_slice s)
{
    char    *out = arena_dup(a, s);
    size_t   i;

    for (i = 0; out != NULL && i < s.len; i++) {
        out[i] = ab_lower(out[i]);
    }
    return out;
}


/* A lower-case letter may need more bytes than its capital; four a byte of
 * input is more than any does. */
static char *
lower_utf8(struct arena *a, struct ab_slice s)
{
    char       *out = arena_alloc(a, 4 * s.len + 1);
    size_t      i = 0, o = 0, n, m;
    mbstate_t   in = { 0 }, to = { 0 };
    wchar_t     wc;

    while (out != NULL && i < s.len) {
        n = mbrtowc(&wc, s.p + i, s.len - i, &in);
        if (n == 0 || n > s.len - i) {          /* no UTF-8 from here */
            memcpy(out + o, s.p + i, s.len - i);
            return out;
        }
        m = wcrtomb(out + o, (wchar_t) towlower_l((wint_t) wc, utf8), &to);
        if (m > 4) {
            memcpy(out + o, s.p + i, n);
            m = n;
        }
        i += n;
        o += m;
    }
    return out;
}


char *
lower_text(struct arena *a, const char *s)
{
    struct ab_slice  in = ab_slice_str(s);
    locale_t         old;
    char            *out;

    while (in.len > 0 && strchr(" \t\r\n", in.p[0]) != NULL) {
        in = ab_slice(in.p + 1, in.len - 1);
    }
    while (in.len > 0 && strchr(" \t\r\n", in.p[in.len - 1]) != NULL) {
        in.len--;
    }
    pthread_once(&once, make_locale);
    if (utf8 == (locale_t) 0) {
        return lower_ascii(a, in);
    }
    old = uselocale(utf8);          /* of this thread alone */
    out = lower_utf8(a, in);
    uselocale(old);
    return out;
}
