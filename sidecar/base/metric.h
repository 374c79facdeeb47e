/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metric.h - counters and gauges with fixed names (metric.def).
 *
 * METRIC(NAME, text_name, kind, help) with kind COUNTER or GAUGE. No labels
 * from outside, ever.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "ab_buf.h"

#include <stdint.h>

enum metric {
#define METRIC(name, text, kind, help)  METRIC_##name,
#include "base/metric.def"
#undef METRIC
    METRIC_N
};

void metric_add(enum metric m, int64_t n);
void metric_set(enum metric m, int64_t v);
int64_t metric_get(enum metric m);
/* Prometheus text format. */
void metric_write(struct ab_buf *out);

#endif
