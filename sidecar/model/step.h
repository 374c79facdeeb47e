/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * step.h - one script of ours: arguments in, a word and results out.
 *
 * Our scripts answer a list whose first text is "ok", then results, or one
 * word of refusal. The words of all of them stand in one table here.
 */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

#include "store/script.h"

#define STEP_ARGS_MAX  20

struct step {
    struct ctx       *c;
    size_t            n;
    bool              failed;       /* an argument found no memory */
    struct ab_slice   argv[STEP_ARGS_MAX];
};

static inline struct step
step_new(struct ctx *c)
{
    return (struct step) { .c = c };
}


void step_slice(struct step *s, struct ab_slice v);
/* NULL is the empty text. */
void step_text(struct step *s, const char *v);
void step_num(struct step *s, int64_t v);

/*
 * Run on one key. AB_OK: *ret_reply is a list of exactly results + 1 texts.
 * A refusal becomes its error of the table; it is an answer and is not
 * recorded as a fault.
 */
enum ab_err step_run(struct step *s, enum script script, struct ab_slice key,
    size_t results, const struct reply **ret_reply);
/* The same for ends and grants: what was written is waited for on replicas
 * (store_wait); too few are counted, not refused. */
enum ab_err step_run_durable(struct step *s, enum script script,
    struct ab_slice key, size_t results, const struct reply **ret_reply);

/* The i-th result (1 is the first) as a number; 0 when it is none. */
int64_t step_result(const struct reply *r, size_t i);
/* store_wait() for a key, counted when too few replicas answered. */
enum ab_err step_wait(struct ctx *c, struct ab_slice key);

#endif
