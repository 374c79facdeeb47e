/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.h - makes the n-th allocation or store call fail, in tests.
 *
 * Costs one load of an integer when off. Arenas go through fault_malloc(),
 * jansson too once fault_install() ran; the store asks fault_store() before
 * each question.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

void *fault_malloc(size_t n);
/* Route jansson's allocations through fault_malloc. */
void fault_install(void);
/* The n-th allocation from now (0 = next) gives NULL; -1: off. */
void fault_alloc_at(long n);
/* The n-th store call from now fails; -1: off. */
void fault_store_at(long n);
bool fault_store(void);
/* Whether the fault armed last was met. */
bool fault_was_hit(void);

#endif
