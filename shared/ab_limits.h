/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_limits.h - every limit of the tree, in one list.
 *
 * Bytes unless the name says otherwise (_S seconds, _MS milliseconds, _N a
 * count). A limit is inclusive: a value of exactly that size passes.
 */
#ifndef AB_LIMITS_H
#define AB_LIMITS_H

/* cookies and headers */
#define AB_MAX_COOKIE_VALUE      4096
#define AB_MAX_COOKIE_HEADER     (64 * 1024)
#define AB_MAX_BEARER            (16 * 1024)
#define AB_MAX_IDENTITY_HEADER   8192       /* one X-Auth-… value */

/* addresses */
#define AB_MAX_URI               8192
#define AB_MAX_HOST              253
#define AB_MAX_RETURN_PATH       1000       /* inside the sealed state */
#define AB_MAX_STATE             4096       /* sealed state, base64url */
#define AB_MAX_IDP_HINT          64

/* forms and queries */
#define AB_MAX_FORM              (64 * 1024)
#define AB_MAX_PARAMS_N          100
#define AB_MAX_PARAM             4000       /* Keycloak: longer is absent */
#define AB_MAX_LOGIN_HINT        255
#define AB_MAX_LANGUAGES         255        /* Accept-Language; longer ones do not count */

/* JOSE */
#define AB_MAX_JWT               (16 * 1024)
#define AB_MAX_JWT_HEADER        2048
#define AB_MAX_JSON              (1024 * 1024)
#define AB_MAX_JSON_DEPTH        32
#define AB_MAX_JWKS              (256 * 1024)
#define AB_MAX_JWKS_KEYS_N       64
#define AB_MAX_KID               256
#define AB_SKEW_S                5          /* on nbf and iat; none on exp */

/* identity */
#define AB_MAX_IDENTITY          (48 * 1024)
#define AB_MAX_IDENTITY_LIST_N   1000       /* roles, groups */
#define AB_MAX_IDENTITY_TEXT     2048       /* one name, e-mail, group … */

/* wire */
#define AB_WIRE_HEADER           16
#define AB_MAX_FRAME_UP          (256 * 1024)
#define AB_MAX_FRAME_DOWN        (1024 * 1024)
#define AB_MAX_INFLIGHT_N        4096       /* questions per worker */
#define AB_MAX_UNSENT            (8 * 1024 * 1024)

/* lifetimes and timers */
#define AB_ATTEMPT_TTL_S         600        /* a sealed login attempt */
#define AB_HANDLE_TTL_S          60         /* a logout handle */
#define AB_AUTH_FIRST_TTL_S      300        /* auth session, no answer yet */
#define AB_TOMB_X_TTL_S          300        /* what stays after a logout */
#define AB_FRESH_S               30
#define AB_TOUCH_EVERY_S         60
#define AB_ASK_TIMEOUT_MS        5000
#define AB_LOGIN_TIMEOUT_MS      15000
#define AB_BAD_BEARER_TTL_S      10

/* marks */
#define AB_MAX_MARKS_N           100000
#define AB_MARK_KEEP_S           36000      /* a JWT older than this is asked */

/* sessions */
#define AB_MAX_EDGE_PER_SESSION_N     200
#define AB_MAX_CLIENTS_PER_SESSION_N  200
#define AB_MAX_CODES_PER_SESSION_N    32
#define AB_MAX_TABS_N                 300
#define AB_MAX_UNANSWERED_N           30000 /* roots and tabs, per realm and daemon */
#define AB_MAX_TAB                    (64 * 1024)
#define AB_MAX_SESSION_HASH           (512 * 1024)

/* outbound HTTP */
#define AB_MAX_HTTP_REPLY        (1024 * 1024)
#define AB_MAX_HTTP_HEADERS      (64 * 1024)
#define AB_HTTP_TIMEOUT_MS       10000      /* one call, all of it */
#define AB_MAX_IDP_REPLY         (128 * 1024)   /* token, userinfo, discovery */
#define AB_IDP_TIMEOUT_MS        10000      /* all calls of one login */
#define AB_MAX_IDP_CALLS_N       24         /* logins waiting for one provider */
#define AB_MAX_IDP_CALLS_ALL_N   40         /* … for all; below the web pool's threads */
#define AB_MAX_IDP_TEXT          255        /* subject, name, e-mail … of it */
#define AB_MAX_SKEW_S            300        /* allowedClockSkew beyond is cut */

/* inbound HTTP at web.sock */
#define AB_MAX_WEB_BODY          AB_MAX_FORM
#define AB_WEB_DEADLINE_MS       15000

/* realm files */
#define AB_MAX_REALM_FILE        (64 * 1024 * 1024)

#endif
