/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_base.c - faults, clocks, random ids and metrics.
 */
#include "test_rows.h"
#include "clock.h"
#include "fail.h"
#include "fault.h"
#include "metric.h"
#include "random.h"

#include "ab_base64.h"

#include <jansson.h>


static void
the_first_fault_stays(void **state)
{
    struct fail  f = { .code = AB_OK };
    char         large[1000];

    (void) state;
    assert_int_equal(fail(&f, AB_E_JSON, "line %d", 7), AB_E_JSON);
    assert_int_equal(fail(&f, AB_E_NOMEM, "later"), AB_E_NOMEM);
    assert_int_equal(f.code, AB_E_JSON);
    assert_string_equal(f.detail, "line 7");
    fail_clear(&f);
    assert_int_equal(f.code, AB_OK);
    assert_string_equal(f.detail, "");
    memset(large, 'x', sizeof(large));
    fail(&f, AB_E_URI, "%.*s", (int) sizeof(large), large);
    assert_int_equal(strlen(f.detail), sizeof(f.detail) - 1);
}


static void
clocks_agree_and_take_an_offset(void **state)
{
    int64_t  before = clock_now_ms(), mono = clock_mono_ms();

    (void) state;
    clock_set_offset_ms(5000);
    assert_true(clock_now_ms() - before >= 5000);
    assert_true(clock_now_ms() - before < 6000);
    assert_int_equal(clock_offset_ms(), 5000);
    clock_set_offset_ms(0);
    assert_true(llabs(clock_now_s() - before / 1000) <= 1);
    assert_true(clock_mono_ms() >= mono);
    assert_int_equal(clock_left_ms(mono - 1), 0);
    assert_int_equal(clock_left_ms(INT64_MIN), 0);
    assert_true(clock_left_ms(clock_mono_ms() + 1000) > 900);
}


static void
random_text_has_its_length_and_differs(void **state)
{
    static const size_t  rows[] = { 0, 1, 8, 18, 32, 48, 49, 96, 100 };
    char                 a[200], b[200];
    uint8_t              raw[128];
    size_t               i, len;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        random_text(a, rows[i]);
        random_text(b, rows[i]);
        CHECK_ROW(i, strlen(a) == AB_B64URL_LEN(rows[i]));
        CHECK_ROW(i, rows[i] < 8 || strcmp(a, b) != 0);
        CHECK_ROW(i, ab_b64url_decode(raw, sizeof(raw), ab_slice_str(a), &len)
                     == AB_OK && len == rows[i]);
    }
}


static void
uuids_are_version_4(void **state)
{
    char    id[37], last[37] = "";
    size_t  i;

    (void) state;
    for (i = 0; i < 1000; i++) {
        random_uuid(id);
        CHECK_ROW(i, strlen(id) == 36 && strcmp(id, last) != 0);
        CHECK_ROW(i, id[8] == '-' && id[13] == '-' && id[18] == '-'
                     && id[23] == '-' && id[14] == '4'
                     && strchr("89ab", id[19]) != NULL);
        CHECK_ROW(i, strspn(id, "0123456789abcdef-") == 36);
        strcpy(last, id);
    }
}


static void
metrics_are_written_as_prometheus_reads_them(void **state)
{
    struct ab_buf  b;

    (void) state;
    metric_add(METRIC_LOGINS, 2);
    metric_add(METRIC_LOGINS, 1);
    metric_set(METRIC_EDGE_CONNECTIONS, -4);
    assert_int_equal(metric_get(METRIC_LOGINS), 3);
    ab_buf_init(&b, 65536);
    metric_write(&b);
    ab_buf_add_byte(&b, '\0');
    assert_false(b.failed);
    assert_non_null(strstr(b.p, "# TYPE auth_broker_logins_total counter\n"
                                "auth_broker_logins_total 3\n"));
    assert_non_null(strstr(b.p, "# TYPE auth_broker_edge_connections gauge\n"
                                "auth_broker_edge_connections -4\n"));
    ab_buf_clear(&b);
}


static void
a_fault_is_met_once(void **state)
{
    json_t  *v;

    (void) state;
    fault_install();
    fault_alloc_at(0);
    v = json_object();
    assert_null(v);
    assert_true(fault_was_hit());
    v = json_object();
    assert_non_null(v);
    json_decref(v);
    fault_store_at(1);
    assert_false(fault_was_hit());
    assert_false(fault_store());
    assert_true(fault_store());
    assert_false(fault_store());
    assert_true(fault_was_hit());
    fault_store_at(-1);
    assert_false(fault_store());
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("the first fault stays, cut to its room", the_first_fault_stays),
        TEST("clocks agree and take an offset",
             clocks_agree_and_take_an_offset),
        TEST("random text has its length and differs",
             random_text_has_its_length_and_differs),
        TEST("uuids are version 4", uuids_are_version_4),
        TEST("metrics are written as Prometheus reads them",
             metrics_are_written_as_prometheus_reads_them),
        TEST("an armed fault is met once", a_fault_is_met_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
