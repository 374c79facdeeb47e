/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_directives.c - one function a directive: check its
 * words and store them. What only merging can tell is judged in conf.c.
 */
#include "ngx_http_auth_broker_directives.h"
#include "ngx_http_auth_broker_zone.h"


#define NAME_MAX_LEN   255          /* realm, client, header name */
#define ZONE_MIN       (1024 * 1024)
#define FRESH_MAX_S    3600


void
ngx_http_auth_broker_conf_place(ngx_conf_t *cf,
    ngx_http_auth_broker_where_t *where)
{
    where->file = cf->conf_file->file.name;
    where->line = cf->conf_file->line;
}


/* A location's directive: note where it stands. */
ngx_http_auth_broker_loc_conf_t *
ngx_http_auth_broker_conf_here(ngx_conf_t *cf, void *conf)
{
    ngx_http_auth_broker_loc_conf_t  *lcf = conf;

    place(cf, &lcf->where);
    return lcf;
}


char *
ngx_http_auth_broker_conf_refuse(ngx_conf_t *cf, const char *what,
    ngx_str_t *value)
{
    ngx_str_t  *words = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s \"%V\" in \"%V\"", what,
                       value, &words[0]);
    return NGX_CONF_ERROR;
}


/* Printable ASCII that needs no quoting in a header and is no variable. */
ngx_uint_t
ngx_http_auth_broker_plain_name(ngx_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (s->data[i] <= 0x20 || s->data[i] >= 0x7f
            || ngx_strchr("\"\\$", s->data[i]) != NULL)
        {
            return 0;
        }
    }
    return s->len > 0 && s->len <= NAME_MAX_LEN;
}


/* The http level belongs to no server. */
static char *
note_location(ngx_conf_t *cf, ngx_http_auth_broker_loc_conf_t *lcf)
{
    ngx_http_auth_broker_loc_conf_t  **slot;
    ngx_http_auth_broker_srv_conf_t   *scf;

    if (cf->cmd_type == NGX_HTTP_MAIN_CONF) {
        return NGX_CONF_OK;
    }
    scf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_auth_broker_module);
    slot = ngx_array_push(&scf->locations);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }
    *slot = lcf;
    return NGX_CONF_OK;
}


/* auth_broker REALM [client=NAME] | off */
char *
ngx_http_auth_broker_set_broker(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                         *v = cf->args->elts;
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_http_auth_broker_loc_conf_t   *lcf;

    (void) cmd;
    lcf = here(cf, conf);
    if (lcf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }
    if (v[1].len == 3 && ngx_strncmp(v[1].data, "off", 3) == 0) {
        lcf->enable = 0;
        return cf->args->nelts == 2 ? NGX_CONF_OK
                                    : refuse(cf, "invalid parameter", &v[2]);
    }
    if (!is_plain_name(&v[1])) {
        return refuse(cf, "invalid realm name", &v[1]);
    }
    lcf->enable = 1;
    lcf->realm = v[1];

    if (cf->args->nelts == 3) {
        if (v[2].len < 7 || ngx_strncmp(v[2].data, "client=", 7) != 0) {
            return refuse(cf, "invalid parameter", &v[2]);
        }
        lcf->client.data = v[2].data + 7;
        lcf->client.len = v[2].len - 7;
        if (!is_plain_name(&lcf->client)) {
            return refuse(cf, "invalid client name", &lcf->client);
        }
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_auth_broker_module);
    if (mcf->where.line == 0) {
        place(cf, &mcf->where);
    }
    mcf->enabled = 1;
    return note_location(cf, lcf);
}


/* auth_broker_socket unix:PATH …, repeatable */
char *
ngx_http_auth_broker_set_socket(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_url_t                          u;
    ngx_str_t                         *v = cf->args->elts;
    ngx_addr_t                        *addr;
    ngx_uint_t                         i;
    ngx_http_auth_broker_main_conf_t  *mcf = conf;

    (void) cmd;
    for (i = 1; i < cf->args->nelts; i++) {
        if (v[i].len < 6 || ngx_strncmp(v[i].data, "unix:", 5) != 0
            || v[i].data[5] != '/')
        {
            return refuse(cf, "not \"unix:\" and an absolute path:", &v[i]);
        }
        ngx_memzero(&u, sizeof(ngx_url_t));
        u.url = v[i];
        if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in \"%V\" of "
                               "\"auth_broker_socket\"",
                               u.err ? u.err : "no memory", &u.url);
            return NGX_CONF_ERROR;
        }
        addr = ngx_array_push(&mcf->sockets);
        if (addr == NULL) {
            return NGX_CONF_ERROR;
        }
        *addr = u.addrs[0];
    }
    return NGX_CONF_OK;
}


/* auth_broker_zone NAME:SIZE */
char *
ngx_http_auth_broker_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    u_char                            *colon;
    ssize_t                            size;
    ngx_str_t                         *v = cf->args->elts, name, text;
    ngx_http_auth_broker_main_conf_t  *mcf = conf;

    (void) cmd;
    if (mcf->meta != NULL) {
        return "is duplicate";
    }
    colon = (u_char *) ngx_strchr(v[1].data, ':');
    if (colon == NULL || colon == v[1].data) {
        return refuse(cf, "not NAME:SIZE:", &v[1]);
    }
    name.data = v[1].data;
    name.len = colon - v[1].data;
    text.data = colon + 1;
    text.len = v[1].data + v[1].len - text.data;
    size = ngx_parse_size(&text);
    if (size == NGX_ERROR) {
        return refuse(cf, "invalid size", &v[1]);
    }
    if (size < ZONE_MIN) {
        return refuse(cf, "less than 1m:", &v[1]);
    }
    if (ngx_http_auth_broker_zone_create(cf, mcf, &name, (size_t) size)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}


/* auth_broker_accept, _mode, _unauthenticated: a word of cmd->post */
char *
ngx_http_auth_broker_set_enum(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    here(cf, conf);
    return ngx_conf_set_enum_slot(cf, cmd, conf);
}


/* auth_broker_idp_hint_arg, _shared_cache: on | off */
char *
ngx_http_auth_broker_set_flag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    here(cf, conf);
    return ngx_conf_set_flag_slot(cf, cmd, conf);
}


/* auth_broker_audience, _issuer: NAME …, repeatable */
char *
ngx_http_auth_broker_set_names(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t    *v = cf->args->elts, *name;
    ngx_uint_t    i, n;
    ngx_array_t **names;

    here(cf, conf);
    names = (ngx_array_t **) ((char *) conf + cmd->offset);
    if (*names == NULL) {
        *names = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (*names == NULL) {
            return NGX_CONF_ERROR;
        }
    }
    for (i = 1; i < cf->args->nelts; i++) {
        if (!is_plain_name(&v[i])) {
            return refuse(cf, "invalid value", &v[i]);
        }
        name = (*names)->elts;
        for (n = 0; n < (*names)->nelts; n++) {
            if (name[n].len == v[i].len
                && ngx_memcmp(name[n].data, v[i].data, v[i].len) == 0)
            {
                return refuse(cf, "repeated value", &v[i]);
            }
        }
        name = ngx_array_push(*names);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }
        *name = v[i];
    }
    return NGX_CONF_OK;
}


/* auth_broker_idp_hint, _login_hint, _prompt: text with variables */
char *
ngx_http_auth_broker_set_text(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    here(cf, conf);
    return ngx_http_set_complex_value_slot(cf, cmd, conf);
}


/* auth_broker_fresh TIME */
char *
ngx_http_auth_broker_set_fresh(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                             *rv;
    ngx_str_t                        *v = cf->args->elts;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    lcf = here(cf, conf);
    rv = ngx_conf_set_sec_slot(cf, cmd, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }
    if (lcf->fresh < 1 || lcf->fresh > FRESH_MAX_S) {
        return refuse(cf, "not between 1s and 1h:", &v[1]);
    }
    return NGX_CONF_OK;
}


/* auth_broker_timeout TIME; a bare number is seconds, as in NGINX */
char *
ngx_http_auth_broker_set_timeout(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    char                             *rv;
    ngx_str_t                        *v = cf->args->elts;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    lcf = here(cf, conf);
    rv = ngx_conf_set_msec_slot(cf, cmd, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }
    if (lcf->timeout < 10 || lcf->timeout > 60000) {
        return refuse(cf, "not between 10ms and 60s:", &v[1]);
    }
    return NGX_CONF_OK;
}
