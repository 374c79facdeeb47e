/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_conf.h - what the configuration says, as structs.
 *
 * Built while NGINX reads its configuration, immutable afterwards. Prefix of
 * every symbol of the module: ngx_http_auth_broker_.
 */
#ifndef NGX_HTTP_AUTH_BROKER_CONF_H
#define NGX_HTTP_AUTH_BROKER_CONF_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ab_rule.h"

extern ngx_module_t  ngx_http_auth_broker_module;       /* ACCESS */
extern ngx_module_t  ngx_http_auth_broker_edge_module;  /* other phases */

#define NGX_HTTP_AUTH_BROKER_PARTS     8    /* shared zones by first hash byte */
#define NGX_HTTP_AUTH_BROKER_PREFIX    "/.auth/"

/* auth_broker_accept */
#define NGX_HTTP_AUTH_BROKER_SESSION   1
#define NGX_HTTP_AUTH_BROKER_BEARER    2
#define NGX_HTTP_AUTH_BROKER_BOTH      3

/* auth_broker_mode */
#define NGX_HTTP_AUTH_BROKER_REQUIRE   1
#define NGX_HTTP_AUTH_BROKER_OPTIONAL  2

/* auth_broker_unauthenticated */
#define NGX_HTTP_AUTH_BROKER_AUTO      1
#define NGX_HTTP_AUTH_BROKER_REDIRECT  2
#define NGX_HTTP_AUTH_BROKER_401       3
#define NGX_HTTP_AUTH_BROKER_ANON      4    /* "pass" */

/* Where a directive stands, for errors found after merging. */
typedef struct {
    ngx_str_t   file;
    ngx_uint_t  line;               /* 0: nowhere yet */
} ngx_http_auth_broker_where_t;

/* One protected server, told to the daemon by HELLO. */
typedef struct {
    ngx_str_t   realm;              /* name */
    ngx_str_t   client;             /* client_id */
    ngx_str_t   origin;             /* "https://wiki.example.com" */
} ngx_http_auth_broker_server_t;

/* What one worker keeps in its own memory (…_worker.h). */
typedef struct ngx_http_auth_broker_worker_s  ngx_http_auth_broker_worker_t;

typedef struct {
    ngx_array_t       sockets;      /* ngx_addr_t, in order of preference */
    ngx_shm_zone_t   *parts[NGX_HTTP_AUTH_BROKER_PARTS];
    ngx_shm_zone_t   *meta;         /* marks, catalogue, keys, position */
    ngx_array_t       strip;        /* ngx_str_t: inbound header names removed,
                                       lower case with '_' turned to '-' */
    ngx_array_t       servers;      /* ngx_http_auth_broker_server_t */
    uint64_t          strip_lengths;    /* bit n & 63: a name of n bytes */
    uint32_t          strip_firsts;     /* bit c & 31: a name starting with c */
    ngx_http_auth_broker_where_t  where;    /* first auth_broker that is on */
    unsigned          enabled:1;    /* some location is protected */
    unsigned          plain_cookies:1;  /* some protected origin is http */
    ngx_http_auth_broker_worker_t  *worker;     /* set in init_process */
} ngx_http_auth_broker_main_conf_t;

typedef struct ngx_http_auth_broker_loc_conf_s
    ngx_http_auth_broker_loc_conf_t;

typedef struct {
    ngx_str_t         origin;       /* auth_broker_origin, or empty */
    ngx_str_t         realm;        /* of the first auth_broker in the server,
                                       for /.auth/ */
    ngx_str_t         client;
    ngx_str_t         logged_out;   /* auth_broker_logged_out, or empty */
    ngx_flag_t        insecure;     /* auth_broker_cookie insecure */
    unsigned          origin_usable:1;  /* origin is https or loopback */
    ngx_array_t       locations;    /* …_loc_conf_t *, with auth_broker on */
    ngx_array_t       names;        /* ngx_str_t: exact ones of server_name;
                                       NGINX's own list is gone at run time */
    ngx_http_auth_broker_loc_conf_t  *page;     /* stands in for /.auth/ */
    ngx_http_auth_broker_where_t      where;
    unsigned          is_protected:1;
} ngx_http_auth_broker_srv_conf_t;

/* One word of auth_broker_require that is a variable or a rule. */
typedef struct {
    struct ab_rule              rule;       /* kind 0: a variable */
    ngx_http_complex_value_t   *variable;
} ngx_http_auth_broker_rule_t;

/* One identity header: name sent upstream and where its value comes from. */
typedef struct {
    ngx_str_t                   name;       /* "X-Auth-User" */
    ngx_str_t                   lowcase;    /* of name */
    ngx_uint_t                  hash;
    ngx_uint_t                  field;      /* row of the header field table */
    ngx_http_complex_value_t   *value;      /* auth_broker_header, else NULL */
} ngx_http_auth_broker_header_t;

struct ngx_http_auth_broker_loc_conf_s {
    ngx_flag_t                  enable;     /* auth_broker … / off */
    ngx_str_t                   realm;
    ngx_str_t                   client;     /* empty: API without a client */
    ngx_uint_t                  accept;
    ngx_uint_t                  mode;
    ngx_uint_t                  unauthenticated;
    ngx_array_t                *audiences;  /* ngx_str_t */
    ngx_array_t                *issuers;    /* ngx_str_t: further names */
    ngx_array_t                *rules;      /* …_rule_t, parent's first */
    ngx_array_t                *headers;    /* …_header_t, parent's first */
    ngx_http_complex_value_t   *idp_hint;
    ngx_http_complex_value_t   *login_hint;
    ngx_http_complex_value_t   *prompt;
    ngx_flag_t                  idp_hint_arg;
    ngx_flag_t                  shared_cache;
    ngx_msec_t                  timeout;    /* of one question */
    time_t                      fresh;      /* seconds */
    ngx_http_auth_broker_where_t  where;    /* our last directive in the
                                               block, else the parent's */
    unsigned                    rules_reset:1;
    unsigned                    headers_reset:1;
    unsigned                    merged:1;
};

/* create and merge; merge has no side effect and only refuses. */
void *ngx_http_auth_broker_create_main_conf(ngx_conf_t *cf);
char *ngx_http_auth_broker_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_auth_broker_create_srv_conf(ngx_conf_t *cf);
char *ngx_http_auth_broker_merge_srv_conf(ngx_conf_t *cf, void *parent,
    void *child);
void *ngx_http_auth_broker_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_auth_broker_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
/* After merging: which servers are protected, and what does not fit. */
ngx_int_t ngx_http_auth_broker_conf_finish(ngx_conf_t *cf);

#endif
