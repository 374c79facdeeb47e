/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hints.c - cookies that only spare typing.
 */
#include "hints.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "ab_utf8.h"

#define NAME_COOKIE    "KEYCLOAK_REMEMBER_ME"
#define NAME_PREFIX    "username:"
#define NAME_AGE_S     31536000
#define LOCALE_COOKIE  "KEYCLOAK_LOCALE"
#define LOCALE_MAX     35           /* RFC 5646 section 4.4.1 */


static const char *
name_cookie(struct req *r)
{
    const char  *list[1];

    return req_cookies(r, NAME_COOKIE, list, 1) == 1 ? list[0] : NULL;
}


const char *
hint_username(struct req *r)
{
    const char     *value = name_cookie(r);
    struct ab_buf   b;
    char            mem[AB_MAX_LOGIN_HINT + 1];

    if (value == NULL
        || strncmp(value, NAME_PREFIX, sizeof(NAME_PREFIX) - 1) != 0)
    {
        return NULL;
    }
    ab_buf_init_fixed(&b, mem, sizeof(mem));
    value += sizeof(NAME_PREFIX) - 1;
    if (ab_uri_unescape(&b, ab_slice_str(value)) != AB_OK || b.failed
        || memchr(mem, '\0', b.len) != NULL
        || !ab_is_utf8(ab_buf_slice(&b)))
    {
        return NULL;
    }
    return arena_dup(r->c.a, ab_buf_slice(&b));
}


/* A name too long to be read back is not remembered. */
static enum ab_err
set_username(struct req *r, const struct realm *realm, const char *name)
{
    struct ab_buf  b;
    char           mem[3 * AB_MAX_LOGIN_HINT + sizeof(NAME_PREFIX)];
    const char    *value;

    if (strlen(name) > AB_MAX_LOGIN_HINT) {
        return AB_OK;
    }
    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_buf_add_str(&b, NAME_PREFIX);
    ab_uri_add_escaped(&b, ab_slice_str(name));
    value = b.failed ? NULL : arena_dup(r->c.a, ab_buf_slice(&b));
    return browser_set(r, realm, NAME_COOKIE, value, true, NAME_AGE_S);
}


enum ab_err
hint_set_username(struct req *r, const struct realm *realm,
    const struct user *user, bool remember)
{
    if (remember) {
        return set_username(r, realm, user->username);
    }
    hint_clear_username(r, realm);
    return AB_OK;
}


void
hint_clear_username(struct req *r, const struct realm *realm)
{
    if (name_cookie(r) != NULL) {
        browser_clear(r, realm, NAME_COOKIE);
    }
}


enum ab_err
hint_set_locale(struct req *r, const struct realm *realm,
    const struct user *user)
{
    const char  *locale = user_attribute(user, "locale");

    /* what an attribute holds is anybody's text: only a language tag goes */
    if (locale == NULL || *locale == '\0' || strlen(locale) > LOCALE_MAX
        || locale[strspn(locale, "abcdefghijklmnopqrstuvwxyz-_"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] != '\0')
    {
        return AB_OK;
    }
    return browser_set(r, realm, LOCALE_COOKIE, locale, true, -1);
}
