/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_wire.c - tests of ab_wire.
 */
#include "ab_wire.h"
#include "test_rows.h"

#include <stdlib.h>


static void
frames_go_round(void **state)
{
    struct ab_buf    b;
    struct ab_frame  f;
    size_t           at, used, i;

    (void) state;
    ab_buf_init(&b, 1000);
    at = ab_frame_begin(&b, AB_MSG_SESSION_GET | AB_WIRE_ANSWER,
                        0x1122334455667788);
    ab_wire_add(&b, AB_TAG_SID, AB_S("sid"));
    ab_wire_add_u64(&b, AB_TAG_EXPIRY, 0x0102030405060708);
    assert_true(ab_frame_end(&b, at));
    /* The bytes, little-endian, written out once. */
    assert_int_equal(b.len, 39);
    assert_memory_equal(b.p, "\x17\0\0\0\x02\x80\0\0"
                             "\x88\x77\x66\x55\x44\x33\x22\x11"
                             "\x81\0\3\0\0\0sid"
                             "\4\0\x8\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01",
                        39);
    for (i = 0; i < b.len; i++) {
        used = 1;
        CHECK_ROW(i, ab_frame_read(ab_slice(b.p, i), 1000, &f, &used)
                     == AB_E_STORE_ABSENT && used == 0);
    }
    ab_buf_add_str(&b, "next");
    assert_int_equal(ab_frame_read(ab_buf_slice(&b), 23, &f, &used), AB_OK);
    assert_int_equal(used, 39);
    assert_int_equal(f.type, AB_MSG_SESSION_GET | AB_WIRE_ANSWER);
    assert_true(f.id == 0x1122334455667788);
    assert_int_equal(ab_wire_check(f.payload), AB_OK);
    assert_true(ab_slice_eq_str(ab_wire_get(f.payload, AB_TAG_SID), "sid"));
    assert_true(ab_wire_get_u64(f.payload, AB_TAG_EXPIRY)
                == 0x0102030405060708);
    assert_null(ab_wire_get(f.payload, AB_TAG_KEY).p);
    assert_int_equal(ab_wire_get_u64(f.payload, AB_TAG_TIME), 0);
    assert_int_equal(ab_frame_read(ab_buf_slice(&b), 22, &f, &used),
                     AB_E_TOO_LARGE);
    ab_buf_clear(&b);
}


static void
bad_frames_are_refused(void **state)
{
    static const struct {
        struct ab_slice  head;
        enum ab_err      want;
    } rows[] = {
        { S("\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0"), AB_OK },
        { S("\0\0\0\0\1\x80\0\0\1\0\0\0\0\0\0\0"), AB_OK },
        { S("\0\0\0\0\x21\0\0\0\0\0\0\0\0\0\0\0"), AB_OK },
        /* flags */
        { S("\0\0\0\0\1\0\1\0\1\0\0\0\0\0\0\0"), AB_E_FORMAT },
        /* unknown types */
        { S("\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"), AB_E_FORMAT },
        { S("\0\0\0\0\x63\0\0\0\1\0\0\0\0\0\0\0"), AB_E_FORMAT },
        { S("\0\0\0\0\1\x40\0\0\1\0\0\0\0\0\0\0"), AB_E_FORMAT },
        /* a push with an id, an answer to a push */
        { S("\0\0\0\0\x21\0\0\0\1\0\0\0\0\0\0\0"), AB_E_FORMAT },
        { S("\0\0\0\0\x21\x80\0\0\0\0\0\0\0\0\0\0"), AB_E_FORMAT },
        /* lengths */
        { S("\xff\xff\xff\xff\1\0\0\0\1\0\0\0\0\0\0\0"),
          AB_E_TOO_LARGE },
        { S("\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0"), AB_E_STORE_ABSENT },
    };
    struct ab_frame  f;
    size_t           i, used;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_frame_read(rows[i].head, AB_MAX_FRAME_DOWN, &f, &used)
                     == rows[i].want);
    }
}


static void
a_failed_frame_is_taken_back(void **state)
{
    struct ab_buf    b;
    struct ab_frame  f;
    size_t           at, used;

    (void) state;
    ab_buf_init(&b, 50);
    at = ab_frame_begin(&b, AB_MSG_TOUCH, 1);
    ab_wire_add(&b, AB_TAG_SID, AB_S("one"));
    assert_true(ab_frame_end(&b, at));
    at = ab_frame_begin(&b, AB_MSG_TOUCH, 2);
    ab_wire_add(&b, AB_TAG_SID, AB_S("too long for the rest"));
    assert_false(ab_frame_end(&b, at));
    assert_int_equal(ab_frame_read(ab_buf_slice(&b), 50, &f, &used), AB_OK);
    assert_int_equal(used, b.len);
    /* A failure from before the frame is not forgotten. */
    b.failed = true;
    at = ab_frame_begin(&b, AB_MSG_TOUCH, 3);
    assert_false(ab_frame_end(&b, at));
    assert_true(b.failed);
    assert_int_equal(used, b.len);
    ab_buf_clear(&b);
}


#define K32  "abcdefghijklmnopabcdefghijklmnop"

static const struct {
    struct ab_slice  in;
    enum ab_err      want;
} payloads[] = {
    { S(""), AB_OK },
    { S("\1\0\x8\0\0\0\0\0\0\0\0\0\0\0"), AB_OK },          /* STATUS */
    { S("\2\0\x20\0\0\0" K32), AB_OK },                      /* KEY */
    { S("\xe7\x03\2\0\0\0xx\xe7\x03\0\0\0\0"), AB_OK },     /* unknown */
    { S("\x87\0\1\0\0\0a\x87\0\1\0\0\0b"), AB_OK },         /* ROLE * 2 */
    { S("\x20\0\0\0\0\0\x20\0\0\0\0\0"), AB_OK },           /* NESTS * 2 */
    { S("\x9\0\6\0\0\0\x9\0\0\0\0\0"), AB_OK },             /* NEST in NEST */
    { S("\1"), AB_E_FORMAT },
    { S("\1\0\x8\0\0"), AB_E_FORMAT },
    { S("\1\0\x8\0\0\0\0\0\0\0\0\0\0"), AB_E_FORMAT },      /* cut */
    { S("\1\0\x7\0\0\0\0\0\0\0\0\0\0"), AB_E_FORMAT },      /* 7 bytes */
    { S("\2\0\x1f\0\0\0" K32), AB_E_FORMAT },               /* 31 bytes */
    { S("\x81\0\xff\xff\xff\xff"), AB_E_FORMAT },
    { S("\x81\0\0\0\0\0\x81\0\0\0\0\0"), AB_E_FORMAT },     /* SID * 2 */
    { S("\x9\0\0\0\0\0\x9\0\0\0\0\0"), AB_E_FORMAT },       /* NEST * 2 */
    { S("\x9\0\1\0\0\0x"), AB_E_FORMAT },                    /* inside */
    { S("\x9\0\xc\0\0\0\x9\0\6\0\0\0\x9\0\0\0\0\0"), AB_E_FORMAT },
};


static void
payloads_are_checked(void **state)
{
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(payloads); i++) {
        CHECK_ROW(i, ab_wire_check(payloads[i].in) == payloads[i].want);
    }
}


static void
nests_go_round(void **state)
{
    struct ab_slice  v, whole;
    struct ab_buf    b;
    size_t           pos = 0, i, at;
    char             name[2] = "0";

    (void) state;
    ab_buf_init(&b, 1000);
    for (i = 0; i < 3; i++) {
        at = ab_wire_nest(&b, AB_TAG_SERVER);
        name[0] = (char) ('0' + i);
        ab_wire_add(&b, AB_TAG_REALM, ab_slice_str(name));
        ab_wire_add(&b, AB_TAG_CLIENT, AB_S(""));
        ab_wire_nest_end(&b, at);
        ab_wire_add(&b, AB_TAG_ROLE, AB_S("between"));
    }
    whole = ab_buf_slice(&b);
    assert_int_equal(ab_wire_check(whole), AB_OK);
    assert_null(ab_wire_get(whole, AB_TAG_REALM).p);     /* only inside */
    for (i = 0; i < 3; i++) {
        assert_true(ab_wire_each(whole, AB_TAG_SERVER, &pos, &v));
        name[0] = (char) ('0' + i);
        CHECK_ROW(i, ab_slice_eq_str(ab_wire_get(v, AB_TAG_REALM), name));
        CHECK_ROW(i, ab_wire_get(v, AB_TAG_CLIENT).p != NULL);
    }
    assert_false(ab_wire_each(whole, AB_TAG_SERVER, &pos, &v));
    assert_false(ab_wire_each(whole, AB_TAG_SERVER, &pos, &v));
    ab_buf_clear(&b);

    ab_buf_init(&b, 8);
    at = ab_wire_nest(&b, AB_TAG_SERVER);
    ab_wire_add(&b, AB_TAG_REALM, AB_S("x"));
    ab_wire_nest_end(&b, at);
    assert_true(b.failed);
    ab_buf_clear(&b);
}


static void
positions_are_ordered(void **state)
{
    /* In rising order; the same number is the same place. */
    static const struct {
        const char  *text;
        int          rank;
    } rows[] = {
        { "", 0 }, { "x", 0 }, { "1", 0 }, { "1-", 0 }, { "-1", 0 },
        { "01-1", 0 }, { "1-2-3", 0 }, { "99999999999999999999-0", 0 },
        { "0-1", 1 }, { "1-0", 2 }, { "1-1", 3 }, { "1-10", 4 },
        { "2-0", 5 }, { "10-0", 6 }, { "1700000000000-0", 7 },
        { "18446744073709551615-18446744073709551615", 8 },
    };
    size_t  i, j;
    int     want;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        for (j = 0; j < ROWS(rows); j++) {
            want = (rows[i].rank > rows[j].rank)
                   - (rows[i].rank < rows[j].rank);
            CHECK_ROW(i, ab_position_cmp(ab_slice_str(rows[i].text),
                                         ab_slice_str(rows[j].text)) == want);
        }
    }
}


/* Every row of the tables, as text. */
struct row {
    const char  *name;
    int          number;
};

static const struct row  messages[] = {
#define AB_MSG(name, number, dir)  { #name, number },
#include "ab_wire.def"
#undef AB_MSG
};
static const struct row  tags[] = {
#define AB_TAG(name, number, kind)  { #name, number },
#include "ab_wire.def"
#undef AB_TAG
};


static void
numbers_are_never_reused(void **state)
{
    size_t  i, j;

    (void) state;
    for (i = 0; i < ROWS(tags); i++) {
        CHECK_ROW(i, ab_wire_kind_of((uint16_t) tags[i].number) != 0);
        CHECK_ROW(i, tags[i].number > 0 && tags[i].number < 256);
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, tags[i].number != tags[j].number);
        }
    }
    for (i = 0; i < ROWS(messages); i++) {
        CHECK_ROW(i, messages[i].number < AB_WIRE_ANSWER);
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, messages[i].number != messages[j].number);
        }
    }
    assert_int_equal(ab_wire_kind_of(0), 0);
    assert_int_equal(ab_wire_kind_of(65535), 0);
}


/* The page has a table row "| NAME | number |" for each. */
static void
the_page_names_each(void **state)
{
    char    *page = test_read_page("docs/edge-protocol.md");
    char     want[100];
    size_t   i;

    (void) state;
    for (i = 0; i < ROWS(messages); i++) {
        snprintf(want, sizeof(want), "\n| `%s` | %d |", messages[i].name,
                 messages[i].number);
        CHECK_ROW(i, strstr(page, want) != NULL);
    }
    for (i = 0; i < ROWS(tags); i++) {
        snprintf(want, sizeof(want), "\n| `%s` | %d |", tags[i].name,
                 tags[i].number);
        CHECK_ROW(i, strstr(page, want) != NULL);
    }
    free(page);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a frame read is the frame written", frames_go_round),
        TEST("bad frames are refused", bad_frames_are_refused),
        TEST("a frame that does not fit is taken back",
             a_failed_frame_is_taken_back),
        TEST("payloads are checked against the table", payloads_are_checked),
        TEST("nests are read as written", nests_go_round),
        TEST("positions have one order", positions_are_ordered),
        TEST("no number stands twice in the table", numbers_are_never_reused),
        TEST("docs/edge-protocol.md names each message and tag",
             the_page_names_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
