/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_set_rules.c - the directive auth_broker_require.
 */
#include "ngx_http_auth_broker_directives.h"


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
