/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_directives.h - the directives' setters, rows of the
 * command table.
 */
#ifndef NGX_HTTP_AUTH_BROKER_DIRECTIVES_H
#define NGX_HTTP_AUTH_BROKER_DIRECTIVES_H

#include "ngx_http_auth_broker_conf.h"

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
