/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_fields.c - the table of an identity's fields.
 */
#include "ngx_http_auth_broker_fields.h"


enum {
    KIND_TEXT,          /* at: offset of a slice */
    KIND_USER,          /* user name, else sub */
    KIND_EMAIL,         /* only when verified */
    KIND_NUMBER,        /* at: offset of a uint64_t; 0 is absent */
    KIND_EXPIRY,
    KIND_LIST           /* at: tag */
};

#define TEXT(member)  KIND_TEXT, offsetof(struct ab_identity, member)
#define NUMBER(member)  KIND_NUMBER, offsetof(struct ab_identity, member)


/* word, header upstream, member of /.auth/userinfo, kind and place */
const ngx_http_auth_broker_field_t  ngx_http_auth_broker_fields[] = {
    { ngx_string("user"), ngx_string("X-Auth-User"), ngx_null_string,
      KIND_USER, 0 },
    { ngx_string("sub"), ngx_string("X-Auth-Sub"), ngx_string("sub"),
      TEXT(sub) },
    { ngx_string("username"), ngx_string("X-Auth-Username"),
      ngx_string("preferred_username"), TEXT(username) },
    { ngx_string("email"), ngx_string("X-Auth-Email"), ngx_null_string,
      KIND_EMAIL, 0 },
    { ngx_string("email_unverified"), ngx_string("X-Auth-Email"),
      ngx_string("email"), TEXT(email) },
    { ngx_string("name"), ngx_string("X-Auth-Name"), ngx_string("name"),
      TEXT(name) },
    { ngx_string("roles"), ngx_string("X-Auth-Roles"), ngx_string("roles"),
      KIND_LIST, AB_TAG_ROLE },
    { ngx_string("groups"), ngx_string("X-Auth-Groups"), ngx_string("groups"),
      KIND_LIST, AB_TAG_GROUP },
    { ngx_string("scope"), ngx_string("X-Auth-Scope"), ngx_string("scope"),
      TEXT(scope) },
    { ngx_string("acr"), ngx_string("X-Auth-Acr"), ngx_string("acr"),
      TEXT(acr) },
    { ngx_string("auth_time"), ngx_string("X-Auth-Time"),
      ngx_string("auth_time"), NUMBER(auth_time) },
    { ngx_string("expires"), ngx_string("X-Auth-Expires"), ngx_string("exp"),
      KIND_EXPIRY, 0 },
    { ngx_string("issuer"), ngx_string("X-Auth-Issuer"), ngx_string("iss"),
      TEXT(issuer) },
    { ngx_string("idp"), ngx_string("X-Auth-Idp"),
      ngx_string("identity_provider"), TEXT(idp) },
    { ngx_string("realm"), ngx_string("X-Auth-Realm"), ngx_string("realm"),
      TEXT(realm) },
    { ngx_string("client_id"), ngx_string("X-Auth-Client-Id"),
      ngx_string("client_id"), TEXT(client) },
    { ngx_string("sid"), ngx_string("X-Auth-Sid"), ngx_null_string,
      TEXT(sid) },
    { ngx_string("method"), ngx_string("X-Auth-Method"), ngx_null_string,
      TEXT(method) },
    { ngx_null_string, ngx_null_string, ngx_null_string, 0, 0 }
};


ngx_int_t
ngx_http_auth_broker_field_find(const ngx_str_t *word)
{
    ngx_int_t                            i;
    const ngx_http_auth_broker_field_t  *f;

    for (i = 0; ngx_http_auth_broker_fields[i].word.len > 0; i++) {
        f = &ngx_http_auth_broker_fields[i];
        if (f->word.len == word->len
            && ngx_memcmp(f->word.data, word->data, word->len) == 0)
        {
            return i;
        }
    }
    return NGX_ERROR;
}


ngx_http_auth_broker_field_form_e
ngx_http_auth_broker_field_form(ngx_uint_t row)
{
    switch (ngx_http_auth_broker_fields[row].kind) {
    case KIND_NUMBER:
    case KIND_EXPIRY:
        return NGX_HTTP_AUTH_BROKER_FIELD_NUMBER;
    case KIND_LIST:
        return NGX_HTTP_AUTH_BROKER_FIELD_LIST;
    default:
        return NGX_HTTP_AUTH_BROKER_FIELD_TEXT;
    }
}


static enum ab_err
text_of(struct ab_slice v, ngx_str_t *ret)
{
    size_t  i;

    if (v.len > AB_MAX_IDENTITY_HEADER) {
        return AB_E_HEADER_VALUE;
    }
    for (i = 0; i < v.len; i++) {
        if ((u_char) v.p[i] < 0x20 || v.p[i] == 0x7f) {
            return AB_E_HEADER_VALUE;
        }
    }
    ret->data = (u_char *) v.p;
    ret->len = v.len;
    return AB_OK;
}


static enum ab_err
number_of(ngx_pool_t *pool, uint64_t v, ngx_str_t *ret)
{
    ngx_str_null(ret);
    if (v == 0) {
        return AB_OK;
    }
    ret->data = ngx_pnalloc(pool, NGX_INT64_LEN);
    if (ret->data == NULL) {
        return AB_E_NOMEM;
    }
    ret->len = ngx_sprintf(ret->data, "%uL", v) - ret->data;
    return AB_OK;
}


static enum ab_err
list_of(ngx_pool_t *pool, const struct ab_identity *id, enum ab_wire_tag tag,
    ngx_str_t *ret)
{
    size_t         size;
    enum ab_err    e;
    struct ab_buf  out;

    /* percent-encoding makes three bytes of one at most */
    size = ngx_min(ab_identity_list_size(id, tag) * 3,
                   AB_MAX_IDENTITY_HEADER);
    if (size == 0) {
        return AB_OK;
    }
    ret->data = ngx_pnalloc(pool, size);
    if (ret->data == NULL) {
        return AB_E_NOMEM;
    }
    ab_buf_init_fixed(&out, ret->data, size);
    e = ab_identity_join(id, tag, &out);
    if (e != AB_OK) {
        return e;
    }
    ret->len = out.len;
    return AB_OK;
}


enum ab_err
ngx_http_auth_broker_field_text(ngx_pool_t *pool,
    const ngx_http_auth_broker_rec_t *rec, ngx_uint_t row, ngx_str_t *ret)
{
    const struct ab_identity            *id = &rec->id;
    const ngx_http_auth_broker_field_t  *f;

    ngx_str_null(ret);
    f = &ngx_http_auth_broker_fields[row];
    switch (f->kind) {
    case KIND_USER:
        return text_of(id->username.len > 0 ? id->username : id->sub, ret);
    case KIND_EMAIL:
        return id->email_verified ? text_of(id->email, ret) : AB_OK;
    case KIND_NUMBER:
        return number_of(pool, *(const uint64_t *)
                               ((const u_char *) id + f->at), ret);
    case KIND_EXPIRY:
        return number_of(pool, rec->expiry, ret);
    case KIND_LIST:
        return list_of(pool, id, (enum ab_wire_tag) f->at, ret);
    default:
        return text_of(*(const struct ab_slice *)
                       ((const u_char *) id + f->at), ret);
    }
}
