/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metric.c - counters and gauges with fixed names.
 */
#include "metric.h"

#include <stdatomic.h>

/* text: name in the output; kind: its TYPE word; help: its HELP text */
static const struct {
    const char  *text;
    const char  *kind;
    const char  *help;
} rows[METRIC_N] = {
#define COUNTER  "counter"
#define GAUGE    "gauge"
#define METRIC(name, text, kind, help)  { text, kind, help },
#include "base/metric.def"
#undef METRIC
};

static _Atomic int64_t  values[METRIC_N];


void
metric_add(enum metric m, int64_t n)
{
    atomic_fetch_add_explicit(&values[m], n, memory_order_relaxed);
}


void
metric_set(enum metric m, int64_t v)
{
    atomic_store_explicit(&values[m], v, memory_order_relaxed);
}


int64_t
metric_get(enum metric m)
{
    return atomic_load_explicit(&values[m], memory_order_relaxed);
}


void
metric_write(struct ab_buf *out)
{
    size_t  i;

    for (i = 0; i < METRIC_N; i++) {
        ab_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s ", rows[i].text,
                    rows[i].help, rows[i].text, rows[i].kind, rows[i].text);
        ab_buf_add_dec(out, metric_get((enum metric) i));
        ab_buf_add_byte(out, '\n');
    }
}
