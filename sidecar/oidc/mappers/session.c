/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.c - mappers that read the session and the login, and the one that
 * reads nothing.
 */
#include "mapper.h"

#include "ab_digest.h"
#include "ab_uri.h"
#include "model/auth_session.h"

#include <string.h>


/* Of a session: its notes, and what stands beside them. */
static const char *
note_value(struct mapper_run *m, const char *name)
{
    const struct session  *s = m->in->session;
    const char            *v;

    if (strcmp(name, "AUTH_TIME") == 0) {
        return m->in->auth_time == 0 ? NULL
            : arena_printf(m->c->a, "%lld", (long long) m->in->auth_time);
    }
    v = auth_note(s == NULL ? m->in->notes : s->notes, name);
    if (v != NULL || s == NULL) {
        return v;
    }
    if (strcmp(name, NOTE_IDP) == 0) {
        return s->idp;
    }
    return strcmp(name, NOTE_IDP_IDENTITY) == 0 ? s->idp_username : NULL;
}


enum ab_err
mapper_note(struct mapper_run *m)
{
    const char  *name = mapper_config(m, "user.session.note");
    const char  *value = name == NULL ? NULL : note_value(m, name);

    return mapper_put_texts(m, &value, value != NULL, false);
}


enum ab_err
mapper_sub(struct mapper_run *m)
{
    return mapper_put(m, "sub", json_string(m->in->user->id));
}


/* Host of sectorIdentifierUri, else of the client's first redirect address
 * that is one (OIDC Core section 8.1). */
static struct ab_slice
sector(struct mapper_run *m)
{
    const struct text_list  *list = &m->in->client->redirect_uris;
    const char              *text = mapper_config(m, "sectorIdentifierUri");
    struct ab_uri            uri;
    size_t                   i;

    if (text != NULL && ab_uri_parse(ab_slice_str(text), &uri) == AB_OK) {
        return uri.host;
    }
    for (i = 0; i < list->n; i++) {
        if (ab_uri_parse(ab_slice_str(list->v[i]), &uri) == AB_OK) {
            return uri.host;
        }
    }
    return ab_slice(NULL, 0);
}


/* Another subject at every sector, in the layout of a UUID. */
enum ab_err
mapper_pairwise_sub(struct mapper_run *m)
{
    const char       *salt = mapper_config(m, "pairwiseSubAlgorithmSalt");
    struct ab_slice   parts[] = {
        sector(m), ab_slice_str(m->in->user->id), ab_slice_str(salt)
    };
    uint8_t           h[AB_SHA256_LEN];

    if (!ab_sha256_parts(h, parts, 3)) {
        return ctx_fail(m->c, AB_E_INTERNAL, "digest");
    }
    return mapper_put(m, "sub", json_sprintf(
        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
        "%02x%02x%02x%02x%02x%02x", h[0], h[1], h[2], h[3], h[4], h[5], h[6],
        h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15]));
}


enum ab_err
mapper_acr(struct mapper_run *m)
{
    return m->in->acr == NULL ? AB_OK
                              : mapper_put(m, "acr",
                                           json_string(m->in->acr));
}


/* No authenticator here carries a reference value, so the list is empty. */
enum ab_err
mapper_amr(struct mapper_run *m)
{
    return mapper_put(m, "amr", json_array());
}


/* The two claims that no ordinary mapper may write. */
static enum ab_err
put_direct(struct mapper_run *m, const char *name, const char *value)
{
    if (value == NULL) {
        return AB_OK;
    }
    return json_object_set_new(m->claims, name, json_string(value)) == 0
           ? AB_OK : ctx_nomem(m->c);
}


enum ab_err
mapper_session_state(struct mapper_run *m)
{
    return put_direct(m, "session_state", m->in->session == NULL
                                          ? NULL : m->in->session->sid);
}


enum ab_err
mapper_nonce(struct mapper_run *m)
{
    return put_direct(m, "nonce", m->in->nonce);
}


enum ab_err
mapper_hardcoded_claim(struct mapper_run *m)
{
    const char  *value = mapper_config(m, "claim.value");

    return mapper_put_texts(m, &value, value != NULL, false);
}
