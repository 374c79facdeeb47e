/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login_page.h - data of the page with user name and password.
 */
#ifndef FLOW_LOGIN_PAGE_H
#define FLOW_LOGIN_PAGE_H

#include "flow/authenticator.h"

struct login_page {
    const char  *username;          /* to fill in, or NULL */
    const char  *username_error, *password_error;
    const char  *message;           /* NULL: none */
    bool         is_info;           /* of message: no error */
    bool         remember_checked;
};

/* Draws a new session_code, fills s->out with page "login". EXEC_CHALLENGED,
 * or EXEC_FAILED with s->err. */
enum exec_state login_page_show(struct flow_step *s,
    const struct login_page *page);

#endif
