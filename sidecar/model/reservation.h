/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reservation.h - unique things of users: a link, a user name, an address.
 *
 * A reservation is a key of its own that names a user; it counts only as far
 * as that user's document bears it out (DESIGN section 6, Users). Value:
 * "user id:token:deadline", the deadline in milliseconds of Redis TIME.
 */
#ifndef MODEL_RESERVATION_H
#define MODEL_RESERVATION_H

#include "store/store.h"

#include <jansson.h>

/* An owner that has not finished by then may be overtaken. */
#define RESERVATION_MS  10000

enum claim_kind { CLAIM_LINK, CLAIM_NAME, CLAIM_MAIL };

/* What is to be unique, within a realm. */
struct claim {
    enum claim_kind  kind;
    const char      *realm_id;
    const char      *idp_id;        /* CLAIM_LINK: internalId */
    const char      *text;          /* subject, or name or address as
                                       lower_text() leaves it */
};

/* A reservation that this request holds. */
struct reservation {
    struct claim     claim;
    struct ab_slice  key, value;
    const char      *user_id;
};

/*
 * Reserve for a user. Waits (by c->deadline_ms) for the outcome of an owner
 * under way; takes over from one that is late, or left over from an earlier
 * try under the same user id. AB_E_USER_CLASH: an active user carries it;
 * AB_E_TIMEOUT.
 */
enum ab_err reservation_take(struct ctx *c, const struct claim *claim,
    const char *user_id, struct reservation *ret_r);
/* Still ours? Also renews the deadline. AB_E_CONFLICT when overtaken. */
enum ab_err reservation_confirm(struct ctx *c, struct reservation *r);
/* Give it back, if it is still ours. Faults are not recorded: it runs out by
 * itself. */
void reservation_release(struct ctx *c, const struct reservation *r);
/* Remove a user's reservation of something it no longer carries. */
void reservation_forget(struct ctx *c, const struct claim *claim,
    const char *user_id);

/* Who holds it, in c; AB_E_STORE_ABSENT. Whether that user carries it is for
 * the caller to see. */
enum ab_err reservation_holder(struct ctx *c, const struct claim *claim,
    const char **ret_user_id);
/* Whether a document (and links, NULL: none) bears the claim out. */
bool claim_is_carried(const struct claim *claim, const json_t *doc,
    const json_t *links);

#endif
