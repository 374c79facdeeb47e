/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_return_path.c - whether a path surely stays on the origin it is on.
 *
 * The path is walked as NGINX reads it, decoded once, so that what is
 * refused here is what would be reached. Browsers resolve "." and ".."
 * before they ask, so a path with such a segment has no honest use; it could
 * lead under the reserved prefix by a detour (T-RD1, T-RD2, T-RD9).
 */
#include "ab_uri.h"
#include "ab_limits.h"

/* Segments that must not occur: `anywhere`, or only as the first one. */
static const struct {
    const char  *name;
    bool         anywhere;
} refused[] = {
    { ".",     true  },
    { "..",    true  },
    { ".auth", false },
};

#define SEGMENT_MAX  8      /* longer than every row above */

/* A segment being collected; what is past SEGMENT_MAX only counts. */
struct segment {
    char    text[SEGMENT_MAX];
    size_t  len;
    bool    is_first;       /* no other segment with a byte came before */
};


static bool
segment_ok(const struct segment *s)
{
    struct ab_slice  text = ab_slice(s->text, s->len);
    size_t           i;

    if (s->len > SEGMENT_MAX) {
        return true;
    }
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if ((refused[i].anywhere || s->is_first)
            && ab_slice_eq_str(text, refused[i].name))
        {
            return false;
        }
    }
    return true;
}


/* The next decoded byte; -1 at a bad sequence or a byte no path may have. */
static int
next_byte(struct ab_slice path, size_t *pos)
{
    int  c = (uint8_t) path.p[*pos];

    if (c == '%') {
        c = ab_uri_hex(path, *pos);
        *pos += 2;
        if (c < 0x20 || c == 0x7f) {
            return -1;
        }
    } else if (c == '\\') {
        return -1;
    }
    *pos += 1;
    return c;
}


/* True when each segment may occur. */
static bool
segments_ok(struct ab_slice path)
{
    struct segment  s = { .is_first = true };
    size_t          pos = 0;
    int             c;

    while (pos < path.len) {
        c = next_byte(path, &pos);
        if (c < 0) {
            return false;
        }
        if (c != '/') {
            if (s.len < SEGMENT_MAX) {
                s.text[s.len] = (char) c;
            }
            s.len++;
            continue;
        }
        if (!segment_ok(&s)) {
            return false;
        }
        s.is_first = s.is_first && s.len == 0;
        s.len = 0;
    }
    return segment_ok(&s);
}


/* Nothing a browser would skip or cut: blanks, controls, non-ASCII, '#'. */
static bool
bytes_ok(struct ab_slice s)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < s.len; i++) {
        c = (uint8_t) s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#') {
            return false;
        }
    }
    return true;
}


bool
ab_return_path_ok(struct ab_slice path)
{
    size_t  pos = 1;
    int     second;

    if (path.len == 0 || path.len > AB_MAX_URI || path.p[0] != '/'
        || !bytes_ok(path))
    {
        return false;
    }
    path.len = ab_slice_find(path, '?');
    if (path.len > 1) {
        second = next_byte(path, &pos);
        if (second <= 0x20 || second == '/' || second == '\\') {
            return false;
        }
    }
    return segments_ok(path);
}
