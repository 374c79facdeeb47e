/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_module.c - the ACCESS module: command table, contexts
 * and the one handler whose place among the others matters.
 *
 * It runs after access, auth_basic and auth_request (config orders it), so
 * that `satisfy any` asks for a login only when all of them have refused.
 */
#include "ngx_http_auth_broker_access.h"
#include "ngx_http_auth_broker_ask.h"
#include "ngx_http_auth_broker_directives.h"
#include "ngx_http_auth_broker_vars.h"


#define EVERYWHERE  (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF)


static ngx_int_t init(ngx_conf_t *cf);


static ngx_conf_enum_t  accepts[] = {
    { ngx_string("session"), NGX_HTTP_AUTH_BROKER_SESSION },
    { ngx_string("bearer"),  NGX_HTTP_AUTH_BROKER_BEARER },
    { ngx_string("both"),    NGX_HTTP_AUTH_BROKER_BOTH },
    { ngx_null_string, 0 }
};

static ngx_conf_enum_t  modes[] = {
    { ngx_string("require"),  NGX_HTTP_AUTH_BROKER_REQUIRE },
    { ngx_string("optional"), NGX_HTTP_AUTH_BROKER_OPTIONAL },
    { ngx_null_string, 0 }
};

static ngx_conf_enum_t  unauthenticated[] = {
    { ngx_string("auto"),     NGX_HTTP_AUTH_BROKER_AUTO },
    { ngx_string("redirect"), NGX_HTTP_AUTH_BROKER_REDIRECT },
    { ngx_string("401"),      NGX_HTTP_AUTH_BROKER_401 },
    { ngx_string("pass"),     NGX_HTTP_AUTH_BROKER_ANON },
    { ngx_null_string, 0 }
};


#define AT(member)  NGX_HTTP_LOC_CONF_OFFSET,                                 \
    offsetof(ngx_http_auth_broker_loc_conf_t, member)
#define LOC    NGX_HTTP_LOC_CONF_OFFSET, 0, NULL
#define SRV    NGX_HTTP_SRV_CONF_OFFSET, 0, NULL

/* name, contexts and arguments, setter, where it is stored, words */
static ngx_command_t  commands[] = {
    { ngx_string("auth_broker"),
      EVERYWHERE|NGX_HTTP_LMT_CONF|NGX_CONF_TAKE12,
      ngx_http_auth_broker_set_broker, LOC },
    { ngx_string("auth_broker_socket"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_auth_broker_set_socket, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },
    { ngx_string("auth_broker_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_zone, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },
    { ngx_string("auth_broker_require"),
      EVERYWHERE|NGX_HTTP_LMT_CONF|NGX_CONF_1MORE,
      ngx_http_auth_broker_set_require, LOC },
    { ngx_string("auth_broker_pass"),
      EVERYWHERE|NGX_CONF_1MORE,
      ngx_http_auth_broker_set_pass, LOC },
    { ngx_string("auth_broker_header"),
      EVERYWHERE|NGX_CONF_TAKE2,
      ngx_http_auth_broker_set_header, LOC },
    { ngx_string("auth_broker_accept"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_enum, AT(accept), accepts },
    { ngx_string("auth_broker_mode"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_enum, AT(mode), modes },
    { ngx_string("auth_broker_unauthenticated"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_enum, AT(unauthenticated), unauthenticated },
    { ngx_string("auth_broker_audience"),
      EVERYWHERE|NGX_CONF_1MORE,
      ngx_http_auth_broker_set_names, AT(audiences), NULL },
    { ngx_string("auth_broker_issuer"),
      EVERYWHERE|NGX_CONF_1MORE,
      ngx_http_auth_broker_set_names, AT(issuers), NULL },
    { ngx_string("auth_broker_idp_hint"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_text, AT(idp_hint), NULL },
    { ngx_string("auth_broker_idp_hint_arg"),
      EVERYWHERE|NGX_CONF_FLAG,
      ngx_http_auth_broker_set_flag, AT(idp_hint_arg), NULL },
    { ngx_string("auth_broker_login_hint"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_text, AT(login_hint), NULL },
    { ngx_string("auth_broker_prompt"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_text, AT(prompt), NULL },
    { ngx_string("auth_broker_shared_cache"),
      EVERYWHERE|NGX_CONF_FLAG,
      ngx_http_auth_broker_set_flag, AT(shared_cache), NULL },
    { ngx_string("auth_broker_fresh"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_fresh, AT(fresh), NULL },
    { ngx_string("auth_broker_timeout"),
      EVERYWHERE|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_timeout, AT(timeout), NULL },
    { ngx_string("auth_broker_origin"),
      NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_origin, SRV },
    { ngx_string("auth_broker_cookie"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_cookie, SRV },
    { ngx_string("auth_broker_logged_out"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_auth_broker_set_logged_out, SRV },
    ngx_null_command
};


static ngx_http_module_t  context = {
    ngx_http_auth_broker_vars_add,          /* preconfiguration */
    init,                                   /* postconfiguration */
    ngx_http_auth_broker_create_main_conf,
    ngx_http_auth_broker_init_main_conf,
    ngx_http_auth_broker_create_srv_conf,
    ngx_http_auth_broker_merge_srv_conf,
    ngx_http_auth_broker_create_loc_conf,
    ngx_http_auth_broker_merge_loc_conf
};


ngx_module_t  ngx_http_auth_broker_module = {
    NGX_MODULE_V1,
    &context,
    commands,
    NGX_HTTP_MODULE,
    NULL,                                   /* init master */
    NULL,                                   /* init module */
    ngx_http_auth_broker_conn_init,         /* init process */
    NULL,                                   /* init thread */
    NULL,                                   /* exit thread */
    ngx_http_auth_broker_conn_exit,         /* exit process */
    NULL,                                   /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    if (ngx_http_auth_broker_conf_finish(cf) != NGX_OK) {
        return NGX_ERROR;
    }
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }
    *h = ngx_http_auth_broker_access_handler;
    return NGX_OK;
}
