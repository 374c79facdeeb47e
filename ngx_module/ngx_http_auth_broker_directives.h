/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_directives.h - the directives' setters, rows of the
 * command table.
 */
#ifndef NGX_HTTP_AUTH_BROKER_DIRECTIVES_H
#define NGX_HTTP_AUTH_BROKER_DIRECTIVES_H

#include "ngx_http_auth_broker_conf.h"

/* Shared by the setters: note where a directive stands; the same for one of
 * a location, which it gives back typed; say what is wrong with a word
 * (NGX_CONF_ERROR); printable ASCII without quotes, blanks and variables. */
void ngx_http_auth_broker_conf_place(ngx_conf_t *cf,
    ngx_http_auth_broker_where_t *where);
ngx_http_auth_broker_loc_conf_t *ngx_http_auth_broker_conf_here(
    ngx_conf_t *cf, void *conf);
char *ngx_http_auth_broker_conf_refuse(ngx_conf_t *cf, const char *what,
    ngx_str_t *value);
ngx_uint_t ngx_http_auth_broker_plain_name(ngx_str_t *s);

/* their short names in the setters' files */
#define place          ngx_http_auth_broker_conf_place
#define here           ngx_http_auth_broker_conf_here
#define refuse         ngx_http_auth_broker_conf_refuse
#define is_plain_name  ngx_http_auth_broker_plain_name

char *ngx_http_auth_broker_set_broker(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_socket(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_pass(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_enum(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_flag(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_names(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_text(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_fresh(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_timeout(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_origin(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_cookie(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_auth_broker_set_logged_out(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

#endif
