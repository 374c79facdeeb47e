/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_directives.c - one function a directive: check its
 * words and store them. What only merging can tell is judged in conf.c.
 */
#include "ngx_http_auth_broker_directives.h"
#include "ngx_http_auth_broker_fields.h"
#include "ngx_http_auth_broker_intake.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_time.h"
#include "ab_uri.h"


#define NAME_MAX_LEN   255          /* realm, client, header name */
#define ZONE_MIN       (1024 * 1024)
#define FRESH_MAX_S    3600


/* Headers that NGINX reads or writes itself, or that carry credentials. */
static const ngx_str_t  reserved_headers[] = {
    ngx_string("host"), ngx_string("connection"), ngx_string("cookie"),
    ngx_string("authorization"), ngx_string("content-length"),
    ngx_string("content-type"), ngx_string("transfer-encoding"),
    ngx_string("upgrade"), ngx_string("te"), ngx_string("trailer"),
    ngx_string("expect"), ngx_string("range"), ngx_string("via"),
    ngx_string("keep-alive"), ngx_string("proxy-authorization"),
    ngx_string("x-forwarded-for"), ngx_string("x-real-ip"),
    ngx_string("accept-encoding"), ngx_string("if-modified-since"),
    ngx_string("if-none-match"), ngx_string("origin"),
};


static void
place(ngx_conf_t *cf, ngx_http_auth_broker_where_t *where)
{
    where->file = cf->conf_file->file.name;
    where->line = cf->conf_file->line;
}


/* A location's directive: note where it stands. */
static ngx_http_auth_broker_loc_conf_t *
here(ngx_conf_t *cf, void *conf)
{
    ngx_http_auth_broker_loc_conf_t  *lcf = conf;

    place(cf, &lcf->where);
    return lcf;
}


static char *
refuse(ngx_conf_t *cf, const char *what, ngx_str_t *value)
{
    ngx_str_t  *words = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s \"%V\" in \"%V\"", what,
                       value, &words[0]);
    return NGX_CONF_ERROR;
}


/* Printable ASCII that needs no quoting in a header and is no variable. */
static ngx_uint_t
is_plain_name(ngx_str_t *s)
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


static char *
require_variable(ngx_conf_t *cf, ngx_http_auth_broker_rule_t *rule,
    ngx_str_t *word)
{
    ngx_http_compile_complex_value_t  ccv;

    rule->variable = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (rule->variable == NULL) {
        return NGX_CONF_ERROR;
    }
    ngx_memzero(&ccv, sizeof(ccv));
    ccv.cf = cf;
    ccv.value = word;
    ccv.complex_value = rule->variable;
    rule->rule.word = ab_slice(word->data, word->len);
    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


static char *
require_word(ngx_conf_t *cf, ngx_http_auth_broker_loc_conf_t *lcf,
    ngx_str_t *word)
{
    const char                   *why;
    ngx_http_auth_broker_rule_t  *rule;

    if (lcf->rules == NULL) {
        lcf->rules = ngx_array_create(cf->pool, 4, sizeof(*rule));
    }
    rule = lcf->rules == NULL ? NULL : ngx_array_push(lcf->rules);
    if (rule == NULL) {
        return NGX_CONF_ERROR;
    }
    ngx_memzero(rule, sizeof(*rule));
    if (word->data[0] == '$') {
        return require_variable(cf, rule, word);
    }
    if (ngx_strchr(word->data, '$') != NULL) {
        return refuse(cf, "a rule's value takes no variable:", word);
    }
    if (ab_rule_parse(ab_slice(word->data, word->len), &rule->rule, &why)
        != AB_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "rule \"%V\" in \"auth_broker_require\": %s",
                           word, why);
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}


/* auth_broker_require [reset] [RULE…] [error=403] */
char *
ngx_http_auth_broker_set_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *v = cf->args->elts;
    ngx_uint_t                        i, rules;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    (void) cmd;
    rules = 0;
    lcf = here(cf, conf);
    for (i = 1; i < cf->args->nelts; i++) {
        if (v[i].len == 5 && ngx_strncmp(v[i].data, "reset", 5) == 0) {
            if (i != 1 || lcf->rules != NULL) {
                return refuse(cf, "must come before every rule:", &v[i]);
            }
            lcf->rules_reset = 1;
            rules++;
            continue;
        }
        if (v[i].len >= 6 && ngx_strncmp(v[i].data, "error=", 6) == 0) {
            if (v[i].len != 9 || ngx_strncmp(v[i].data + 6, "403", 3) != 0) {
                return refuse(cf, "only error=403 is known, not", &v[i]);
            }
            continue;
        }
        if (v[i].len == 0 || require_word(cf, lcf, &v[i]) != NGX_CONF_OK) {
            return v[i].len == 0 ? refuse(cf, "empty rule", &v[i])
                                 : NGX_CONF_ERROR;
        }
        rules++;
    }
    return rules > 0 ? NGX_CONF_OK : "has no rule";
}


static ngx_http_auth_broker_header_t *
header_add(ngx_conf_t *cf, ngx_http_auth_broker_loc_conf_t *lcf,
    const ngx_str_t *name)
{
    ngx_uint_t                        i;
    ngx_http_auth_broker_header_t    *h;
    ngx_http_auth_broker_main_conf_t *mcf;

    if (lcf->headers == NULL) {
        lcf->headers = ngx_array_create(cf->pool, 4, sizeof(*h));
        if (lcf->headers == NULL) {
            return NULL;
        }
    }
    h = lcf->headers->elts;
    for (i = 0; i < lcf->headers->nelts; i++) {
        if (h[i].name.len == name->len
            && ngx_strncasecmp(h[i].name.data, name->data, name->len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "header \"%V\" is set twice", name);
            return NULL;
        }
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_auth_broker_module);
    h = ngx_array_push(lcf->headers);
    if (h == NULL
        || ngx_http_auth_broker_strip_add(cf, mcf, name) != NGX_OK)
    {
        return NULL;
    }
    ngx_memzero(h, sizeof(*h));
    h->name = *name;
    h->lowcase.len = name->len;
    h->lowcase.data = ngx_pnalloc(cf->pool, name->len);
    if (h->lowcase.data == NULL) {
        return NULL;
    }
    h->hash = ngx_hash_strlow(h->lowcase.data, name->data, name->len);
    return h;
}


/* auth_broker_pass [reset] FIELD… */
char *
ngx_http_auth_broker_set_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_int_t                         row;
    ngx_str_t                        *v = cf->args->elts;
    ngx_uint_t                        i;
    ngx_http_auth_broker_header_t    *h;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    (void) cmd;
    lcf = here(cf, conf);
    for (i = 1; i < cf->args->nelts; i++) {
        if (v[i].len == 5 && ngx_strncmp(v[i].data, "reset", 5) == 0) {
            if (i != 1 || lcf->headers != NULL) {
                return refuse(cf, "must come before every header:", &v[i]);
            }
            lcf->headers_reset = 1;
            continue;
        }
        row = ngx_http_auth_broker_field_find(&v[i]);
        if (row == NGX_ERROR) {
            return refuse(cf, "unknown field", &v[i]);
        }
        h = header_add(cf, lcf, &ngx_http_auth_broker_fields[row].header);
        if (h == NULL) {
            return NGX_CONF_ERROR;
        }
        h->field = row;
    }
    return NGX_CONF_OK;
}


/* A token of RFC 9110 section 5.6.2 without '_', which CGI confuses. */
static ngx_uint_t
is_header_name(ngx_str_t *s)
{
    u_char  c;
    size_t  i;

    for (i = 0; i < s->len; i++) {
        c = s->data[i] | 0x20;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
              || s->data[i] == '-'))
        {
            return 0;
        }
    }
    return s->len > 0 && s->len <= NAME_MAX_LEN && s->data[0] != '-';
}


/* auth_broker_header NAME VALUE */
char *
ngx_http_auth_broker_set_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                         *v = cf->args->elts;
    ngx_uint_t                         i;
    ngx_http_auth_broker_header_t     *h;
    ngx_http_compile_complex_value_t   ccv;

    (void) cmd;
    if (!is_header_name(&v[1])) {
        return refuse(cf, "invalid header name", &v[1]);
    }
    for (i = 0; i < sizeof(reserved_headers) / sizeof(ngx_str_t); i++) {
        if (reserved_headers[i].len == v[1].len
            && ngx_strncasecmp(reserved_headers[i].data, v[1].data, v[1].len)
               == 0)
        {
            return refuse(cf, "this header may not be set:", &v[1]);
        }
    }

    h = header_add(cf, here(cf, conf), &v[1]);
    if (h == NULL) {
        return NGX_CONF_ERROR;
    }
    h->value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (h->value == NULL) {
        return NGX_CONF_ERROR;
    }
    ngx_memzero(&ccv, sizeof(ccv));
    ccv.cf = cf;
    ccv.value = &v[2];
    ccv.complex_value = h->value;
    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
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


/* auth_broker_origin URL: scheme, host, port and nothing else */
char *
ngx_http_auth_broker_set_origin(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    u_char                           *p;
    ngx_str_t                        *v = cf->args->elts;
    struct ab_uri                     uri;
    ngx_http_auth_broker_srv_conf_t  *scf = conf;

    (void) cmd;
    if (scf->origin.data != NULL) {
        return "is duplicate";
    }
    if (ab_uri_parse(ab_slice(v[1].data, v[1].len), &uri) != AB_OK
        || uri.has_userinfo || uri.query.p != NULL || uri.fragment.p != NULL
        || uri.path.len > 1 || (uri.path.len == 1 && uri.path.p[0] != '/'))
    {
        return refuse(cf, "not SCHEME://HOST[:PORT]:", &v[1]);
    }

    /* one spelling: lower case, no default port, no '/' */
    scf->origin.data = ngx_pnalloc(cf->pool, uri.host.len + 32);
    if (scf->origin.data == NULL) {
        return NGX_CONF_ERROR;
    }
    p = ngx_sprintf(scf->origin.data, uri.is_https ? "https://" : "http://");
    p = ngx_sprintf(p, uri.is_ipv6 ? "[%*s]" : "%*s", uri.host.len,
                    uri.host.p);
    if (uri.port != (uri.is_https ? 443 : 80)) {
        p = ngx_sprintf(p, ":%ui", (ngx_uint_t) uri.port);
    }
    scf->origin.len = p - scf->origin.data;
    ngx_strlow(scf->origin.data, scf->origin.data, scf->origin.len);
    place(cf, &scf->where);
    return NGX_CONF_OK;
}


/* auth_broker_cookie insecure */
char *
ngx_http_auth_broker_set_cookie(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *v = cf->args->elts;
    ngx_http_auth_broker_srv_conf_t  *scf = conf;

    (void) cmd;
    if (scf->insecure != NGX_CONF_UNSET) {
        return "is duplicate";
    }
    if (v[1].len != 8 || ngx_strncmp(v[1].data, "insecure", 8) != 0) {
        return refuse(cf, "invalid value", &v[1]);
    }
    scf->insecure = 1;
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "\"auth_broker_cookie insecure\" "
                       "sends session cookies unencrypted where the origin "
                       "is http");
    return NGX_CONF_OK;
}


/* auth_broker_logged_out URL | /PATH */
char *
ngx_http_auth_broker_set_logged_out(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *v = cf->args->elts;
    struct ab_uri                     uri;
    struct ab_slice                   in;
    ngx_http_auth_broker_srv_conf_t  *scf = conf;

    (void) cmd;
    if (scf->logged_out.data != NULL) {
        return "is duplicate";
    }
    in = ab_slice(v[1].data, v[1].len);
    if (!ab_return_path_ok(in)
        && (ab_uri_parse(in, &uri) != AB_OK || uri.has_userinfo))
    {
        return refuse(cf, "neither an address nor a path:", &v[1]);
    }
    scf->logged_out = v[1];
    return NGX_CONF_OK;
}
