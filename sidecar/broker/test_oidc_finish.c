/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_oidc_finish.c - T-LG1, T-LG3, T-LG6, T-LG10, T-BE3, T-BE4, T-BE6,
 * T-BE7, T-BE10: a provider that lies in any one field signs nobody in.
 */
#include "test_side.h"

#include "base/fault.h"

static struct test_provider  p;
static struct test_side      side;

/*
 * One lie a row. set: merged into the ID token's claims ("!" removes, "@+9"
 * is now + 9); header, response, userinfo: the same there; config: into our
 * settings; query: of the callback (NULL: code=c1). err AB_OK: accepted.
 * detail: a part of what the log says.
 */
static const struct lie {
    const char   *title;
    const char   *set, *header, *response, *userinfo, *config, *query;
    int           flags;
    enum ab_err   err;
    const char   *detail;
} lies[] = {
#define L  .title
#define REPLY(d)  .err = AB_E_IDP_REPLY, .detail = d
    { L = "an honest provider" },
    { L = "without userinfo", .config = "{\"userInfoUrl\":\"!\"}" },
    { L = "userinfo switched off", .config = "{\"disableUserInfo\":\"true\"}" },

    /* issuer */
    { L = "iss missing", .set = "{\"iss\":\"!\"}", .err = AB_E_IDP_ISSUER, .detail = "iss" },
    { L = "iss of another", .set = "{\"iss\":\"https://evil.example\"}", .err = AB_E_IDP_ISSUER },
    { L = "iss empty", .set = "{\"iss\":\"\"}", .err = AB_E_IDP_ISSUER },
    { L = "iss a number", .set = "{\"iss\":1}", .err = AB_E_IDP_ISSUER },
    { L = "iss a list", .set = "{\"iss\":[\"x\"]}", .err = AB_E_IDP_ISSUER },
    { L = "iss null", .set = "{\"iss\":null}", .err = AB_E_IDP_ISSUER },
    { L = "iss other than the configured", .config = "{\"issuer\":\"https://a.example\"}", .err = AB_E_IDP_ISSUER },
    { L = "iss prefix of the configured", .config = "{\"issuer\":\"http://127.0.0.1:1/realm\"}", .err = AB_E_IDP_ISSUER },

    /* subject */
    { L = "sub missing", .set = "{\"sub\":\"!\"}", REPLY("sub") },
    { L = "sub empty", .set = "{\"sub\":\"\"}", REPLY("sub") },
    { L = "sub a number", .set = "{\"sub\":1}", REPLY("sub") },
    { L = "sub a list", .set = "{\"sub\":[\"sub-1\"]}", REPLY("sub") },
    { L = "sub null", .set = "{\"sub\":null}", REPLY("sub") },
    { L = "sub with a line break", .set = "{\"sub\":\"a\\nb\"}", REPLY("sub") },
    { L = "sub not ASCII", .set = "{\"sub\":\"s\\u00fcb\"}", REPLY("sub") },

    /* audience */
    { L = "aud missing", .set = "{\"aud\":\"!\"}", REPLY("aud") },
    { L = "aud of another", .set = "{\"aud\":\"other\"}", REPLY("aud") },
    { L = "aud in other case", .set = "{\"aud\":\"CID\"}", REPLY("aud") },
    { L = "aud with us as a prefix", .set = "{\"aud\":\"cid2\"}", REPLY("aud") },
    { L = "aud with blanks", .set = "{\"aud\":\"x cid\"}", REPLY("aud") },
    { L = "aud empty list", .set = "{\"aud\":[]}", REPLY("aud") },
    { L = "aud list without us", .set = "{\"aud\":[\"a\",\"b\"],\"azp\":\"cid\"}", REPLY("aud") },
    { L = "aud list with a number", .set = "{\"aud\":[\"cid\",1],\"azp\":\"cid\"}", REPLY("aud") },
    { L = "aud an object", .set = "{\"aud\":{\"cid\":1}}", REPLY("aud") },
    { L = "aud a number", .set = "{\"aud\":7}", REPLY("aud") },
    { L = "aud list of us alone", .set = "{\"aud\":[\"cid\"]}" },
    { L = "aud list with azp", .set = "{\"aud\":[\"x\",\"cid\"],\"azp\":\"cid\"}" },
    { L = "aud list without azp", .set = "{\"aud\":[\"x\",\"cid\"]}", REPLY("azp missing") },
    { L = "azp of another", .set = "{\"azp\":\"x\"}", REPLY("azp") },
    { L = "azp a list", .set = "{\"azp\":[\"cid\"]}", REPLY("azp") },
    { L = "azp null", .set = "{\"azp\":null}", REPLY("azp") },

    /* times */
    { L = "exp missing", .set = "{\"exp\":\"!\"}", REPLY("exp") },
    { L = "exp over", .set = "{\"exp\":\"@-1\"}", REPLY("exp") },
    { L = "exp now", .set = "{\"exp\":\"@+0\"}", REPLY("exp") },
    { L = "exp as text", .set = "{\"exp\":\"9999999999\"}", REPLY("exp") },
    { L = "exp zero", .set = "{\"exp\":0}", REPLY("exp") },
    { L = "exp null", .set = "{\"exp\":null}", REPLY("exp") },
    { L = "exp infinite", .set = "{\"exp\":1e300}", REPLY("exp") },
    { L = "exp negative", .set = "{\"exp\":-1}", REPLY("exp") },
    { L = "exp boolean", .set = "{\"exp\":true}", REPLY("exp") },
    { L = "exp in 2^53", .set = "{\"exp\":9007199254740991}" },
    { L = "nbf ahead", .set = "{\"nbf\":\"@+60\"}", REPLY("nbf") },
    { L = "nbf in the skew", .set = "{\"nbf\":\"@+4\"}" },
    { L = "nbf ahead, allowed", .set = "{\"nbf\":\"@+60\"}", .config = "{\"allowedClockSkew\":\"90\"}" },
    { L = "nbf as text", .set = "{\"nbf\":\"1\"}", REPLY("nbf") },
    { L = "iat missing", .set = "{\"iat\":\"!\"}", REPLY("iat") },
    { L = "iat ahead", .set = "{\"iat\":\"@+60\"}", REPLY("iat") },
    { L = "iat a day ahead under the largest skew", .set = "{\"iat\":\"@+86400\"}", .config = "{\"allowedClockSkew\":\"99999\"}", REPLY("iat") },
    { L = "iat as text", .set = "{\"iat\":\"1\"}", REPLY("iat") },
    { L = "iat old", .set = "{\"iat\":\"@-86400\"}" },
    { L = "auth_time ahead", .set = "{\"auth_time\":\"@+600\"}", REPLY("auth_time") },
    { L = "auth_time as text", .set = "{\"auth_time\":\"1\"}", REPLY("auth_time") },
    { L = "auth_time", .set = "{\"auth_time\":\"@-10\"}" },

    /* nonce and hashes */
    { L = "nonce missing", .set = "{\"nonce\":\"!\"}", REPLY("nonce missing") },
    { L = "nonce of another", .set = "{\"nonce\":\"nonce-2\"}", .err = AB_E_TOKEN_NONCE },
    { L = "nonce longer", .set = "{\"nonce\":\"nonce-12\"}", .err = AB_E_TOKEN_NONCE },
    { L = "nonce empty", .set = "{\"nonce\":\"\"}", .err = AB_E_TOKEN_NONCE },
    { L = "nonce a list", .set = "{\"nonce\":[\"nonce-1\"]}", .err = AB_E_TOKEN_NONCE },
    { L = "at_hash wrong", .set = "{\"at_hash\":\"AAAAAAAAAAAAAAAAAAAAAA\"}", REPLY("at_hash") },
    { L = "at_hash empty", .set = "{\"at_hash\":\"\"}", REPLY("at_hash") },
    { L = "at_hash a number", .set = "{\"at_hash\":1}", REPLY("at_hash") },
    { L = "c_hash wrong", .set = "{\"c_hash\":\"AAAAAAAAAAAAAAAAAAAAAA\"}", REPLY("c_hash") },
    { L = "events of a logout token", .set = "{\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}}", REPLY("events") },
    { L = "an access token of Keycloak", .set = "{\"typ\":\"Bearer\"}", REPLY("typ") },
    { L = "a refresh token of Keycloak", .set = "{\"typ\":\"Refresh\"}", REPLY("typ") },
    { L = "typ ID", .set = "{\"typ\":\"ID\"}" },

    /* header and signature */
    { L = "alg none", .header = "{\"alg\":\"none\"}", .flags = TP_NO_SIG, REPLY("token_alg") },
    { L = "alg None", .header = "{\"alg\":\"None\"}", .flags = TP_NO_SIG, REPLY("token_alg") },
    { L = "alg nOnE with a signature", .header = "{\"alg\":\"nOnE\"}", REPLY("token_alg") },
    { L = "alg missing", .header = "{\"alg\":\"!\"}", REPLY("token_alg") },
    { L = "alg empty", .header = "{\"alg\":\"\"}", REPLY("token_alg") },
    { L = "alg a list", .header = "{\"alg\":[\"RS256\"]}", REPLY("token_alg") },
    { L = "HS256 under the public key", .header = "{\"alg\":\"HS256\"}", .flags = TP_HS_PUBLIC, REPLY("token_alg") },
    { L = "HS256 under the client secret", .header = "{\"alg\":\"HS256\"}", .flags = TP_HS_SECRET, REPLY("token_alg") },
    { L = "RS256 with an HMAC in place", .flags = TP_HS_PUBLIC, REPLY("token_signature") },
    { L = "ES256 claimed, RSA key", .header = "{\"alg\":\"ES256\"}", REPLY("token_key") },
    { L = "signature flipped", .flags = TP_BAD_SIG, REPLY("token_signature") },
    { L = "signature empty", .flags = TP_NO_SIG, REPLY("token_") },
    { L = "an alien key under our kid", .flags = TP_ALIEN_KEY, REPLY("token_signature") },
    { L = "an alien key under its kid", .header = "{\"kid\":\"alien\"}", .flags = TP_ALIEN_KEY, REPLY("token_key") },
    { L = "unknown kid", .header = "{\"kid\":\"who\"}", REPLY("token_key") },
    { L = "kid as a path", .header = "{\"kid\":\"../../etc/passwd\"}", REPLY("token_key") },
    { L = "kid as SQL", .header = "{\"kid\":\"x' OR '1'='1\"}", REPLY("token_key") },
    { L = "kid a number", .header = "{\"kid\":1}", REPLY("token_format") },
    { L = "no kid", .header = "{\"kid\":\"!\"}" },
    { L = "jku is not followed", .header = "{\"kid\":\"alien\",\"jku\":\"http://127.0.0.1:1/jwks\"}", .flags = TP_ALIEN_KEY, REPLY("token_key") },
    { L = "x5u is not followed", .header = "{\"kid\":\"alien\",\"x5u\":\"http://127.0.0.1:1/c\"}", .flags = TP_ALIEN_KEY, REPLY("token_key") },
    { L = "jwk in the header", .header = "{\"jwk\":{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}}", .flags = TP_ALIEN_KEY, REPLY("token_signature") },
    { L = "crit", .header = "{\"crit\":[\"exp\"],\"exp\":1}", REPLY("token_format") },
    { L = "b64", .header = "{\"b64\":false}", REPLY("token_format") },
    { L = "zip", .header = "{\"zip\":\"DEF\",\"enc\":\"A128GCM\"}", .flags = TP_FIVE_PARTS, REPLY("token_format") },
    { L = "header typ at+jwt", .header = "{\"typ\":\"at+jwt\"}", REPLY("header typ") },
    { L = "header typ logout+jwt", .header = "{\"typ\":\"logout+jwt\"}", REPLY("header typ") },
    { L = "no header typ", .header = "{\"typ\":\"!\"}" },
    { L = "sub twice", .flags = TP_TWICE, REPLY("claims") },
    { L = "NUL in a claim", .flags = TP_NUL, REPLY("claims") },
    { L = "payload an array", .flags = TP_ARRAY, REPLY("claims") },
    { L = "a byte behind the payload", .flags = TP_TRAILING, REPLY("claims") },
    { L = "a claim 5000 deep", .flags = TP_DEEP, REPLY("claims") },
    { L = "ES256", .header = "{\"alg\":\"ES256\",\"kid\":\"ec\"}" },
    { L = "EdDSA", .header = "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}" },
    { L = "PS256", .header = "{\"alg\":\"PS256\"}" },
    { L = "RS512", .header = "{\"alg\":\"RS512\"}" },

    /* token response */
    { L = "token_type missing", .response = "{\"token_type\":\"!\"}", REPLY("token_type") },
    { L = "token_type mac", .response = "{\"token_type\":\"mac\"}", REPLY("token_type") },
    { L = "token_type DPoP", .response = "{\"token_type\":\"DPoP\"}", REPLY("token_type") },
    { L = "token_type a list", .response = "{\"token_type\":[\"Bearer\"]}", REPLY("token_type") },
    { L = "token_type bearer", .response = "{\"token_type\":\"bearer\"}" },
    { L = "access_token missing", .response = "{\"access_token\":\"!\"}", REPLY("access_token") },
    { L = "access_token empty", .response = "{\"access_token\":\"\"}", REPLY("access_token") },
    { L = "access_token with a line break", .response = "{\"access_token\":\"a\\r\\nX: y\"}", REPLY("access_token") },
    { L = "id_token missing", .response = "{\"no_id_token\":1}", REPLY("id_token") },
    { L = "id_token empty", .response = "{\"id_token\":\"\"}", REPLY("id_token") },
    { L = "id_token nonsense", .response = "{\"id_token\":\"abc\"}", REPLY("id_token") },
    { L = "id_token of two parts", .response = "{\"id_token\":\"e30.e30\"}", REPLY("id_token") },
    { L = "an error beside the tokens", .response = "{\"error\":\"x\"}", REPLY("error") },
    { L = "expires_in negative", .response = "{\"expires_in\":-1}", REPLY("expires_in") },
    { L = "expires_in an object", .response = "{\"expires_in\":{}}", REPLY("expires_in") },
    { L = "expires_in as text", .response = "{\"expires_in\":\"300\"}" },
    { L = "session_state a number", .response = "{\"session_state\":1}", REPLY("session_state") },

    /* userinfo */
    { L = "userinfo of another", .userinfo = "{\"sub\":\"sub-2\"}", .err = AB_E_IDP_SUBJECT },
    { L = "userinfo without sub", .userinfo = "{\"sub\":\"!\"}", .err = AB_E_IDP_SUBJECT },
    { L = "userinfo sub a number", .set = "{\"sub\":\"1\"}", .userinfo = "{\"sub\":1}", .err = AB_E_IDP_SUBJECT },
    { L = "userinfo sub null", .userinfo = "{\"sub\":null}", .err = AB_E_IDP_SUBJECT },
    { L = "userinfo e-mail with two @", .userinfo = "{\"email\":\"a@evil.example@company.com\"}", REPLY("email") },
    { L = "userinfo e-mail without @", .userinfo = "{\"email\":\"ann\"}", REPLY("email") },
    { L = "userinfo e-mail with a blank", .userinfo = "{\"email\":\"a b@c.example\"}", REPLY("email") },
    { L = "userinfo e-mail a list", .userinfo = "{\"email\":[\"a@b.example\"]}", REPLY("email") },
    { L = "userinfo name an object", .userinfo = "{\"given_name\":{}}", REPLY("given_name") },
    { L = "userinfo user name with a NUL in sight", .userinfo = "{\"preferred_username\":\"a\\tb\"}", REPLY("preferred_username") },
    { L = "e-mail verified by a number", .set = "{\"email_verified\":1}", REPLY("email_verified") },
    { L = "e-mail verified by a word", .set = "{\"email_verified\":\"yes\"}", REPLY("email_verified") },
    { L = "e-mail verified as text", .set = "{\"email_verified\":\"true\"}" },

    /* RFC 9207 */
    { L = "iss parameter of another", .query = "code=c1&iss=https%3A%2F%2Fevil.example", .err = AB_E_IDP_ISSUER, .detail = "iss parameter" },
    { L = "iss parameter empty", .query = "code=c1&iss=", .err = AB_E_IDP_ISSUER },
    { L = "iss parameter twice", .query = "code=c1&iss=a&iss=b", .err = AB_E_IDP_ISSUER },
    { L = "code twice", .query = "code=c1&code=c2", .err = AB_E_IDP_PARAMS },

    /* settings */
    { L = "no issuer configured, no discovery", .config = "{\"issuer\":\"!\"}", .err = AB_E_IDP_CONFIG },
    { L = "validateSignature off, good", .config = "{\"validateSignature\":\"false\"}" },
    { L = "validateSignature off, bad", .config = "{\"validateSignature\":\"false\"}", .flags = TP_BAD_SIG, REPLY("token_signature") },
    { L = "validateSignature off, no keys, discovery's", .config = "{\"validateSignature\":\"false\",\"jwksUrl\":\"!\"}" },
    { L = "validateSignature off, no keys, unsigned", .config = "{\"validateSignature\":\"false\",\"jwksUrl\":\"!\"}", .header = "{\"alg\":\"none\"}", .flags = TP_NO_SIG, REPLY("token_alg") },
    { L = "private_key_jwt never sends the secret", .config = "{\"clientAuthMethod\":\"private_key_jwt\"}", .err = AB_E_IDP_CONFIG },
    { L = "a vault is no secret", .config = "{\"clientSecret\":\"${vault.x}\"}", .err = AB_E_IDP_CONFIG },
    { L = "https demanded of a realm with ssl all", .config = "{\"tokenUrl\":\"ftp://127.0.0.1/\"}", .err = AB_E_IDP_CONFIG },
    { L = "essential claim missing", .config = "{\"filteredByClaim\":\"true\",\"claimFilterName\":\"dept\",\"claimFilterValue\":\"it|hr\"}", .err = AB_E_IDP_CLAIM },
    { L = "essential claim differs", .set = "{\"dept\":\"item\"}", .config = "{\"filteredByClaim\":\"true\",\"claimFilterName\":\"dept\",\"claimFilterValue\":\"it|hr\"}", .err = AB_E_IDP_CLAIM },
    { L = "essential claim fits", .set = "{\"dept\":\"hr\"}", .config = "{\"filteredByClaim\":\"true\",\"claimFilterName\":\"dept\",\"claimFilterValue\":\"it|hr\"}" },
    { L = "essential claim in a list", .set = "{\"dept\":[1,\"it\"]}", .config = "{\"filteredByClaim\":\"true\",\"claimFilterName\":\"dept\",\"claimFilterValue\":\"it|hr\"}" },
    { L = "essential claim pattern we cannot read", .set = "{\"dept\":\"1\"}", .config = "{\"filteredByClaim\":\"true\",\"claimFilterName\":\"dept\",\"claimFilterValue\":\"\\\\d+\"}", .err = AB_E_IDP_CONFIG },
    { L = "essential claim in userinfo only", .userinfo = "{\"dept\":\"hr\"}", .config = "{\"filteredByClaim\":\"true\",\"claimFilterName\":\"dept\",\"claimFilterValue\":\"it|hr\"}", .err = AB_E_IDP_CLAIM },
#undef L
};


static void
every_lie_is_found_out(void **state)
{
    struct brokered  b;
    enum ab_err      err;
    size_t           i;

    (void) state;
    for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        const struct lie  *l = &lies[i];

        tp_reset(&p);
        tp_patch(p.claims, l->set);
        tp_patch(p.header, l->header);
        tp_patch(p.response, l->response);
        tp_patch(p.userinfo, l->userinfo);
        p.flags = l->flags;
        side_config(&side, &p, l->config);
        side_forget(&side);
        side_renew(&side);
        err = side_finish(&side, l->query != NULL ? l->query : "code=c1",
                          &b);
        if (err != l->err || (err != AB_OK && side.c.f.code != err)
            || (l->detail != NULL
                && strstr(side.c.f.detail, l->detail) == NULL))
        {
            fail_msg("row %zu (%s): %s: %s", i, l->title, ab_err_reason(err),
                     side.c.f.detail);
        }
    }
}


/* Whole answers that are no answer. */
static const struct {
    const char   *title;
    int           status;
    const char   *type, *body;
    enum ab_err   err;
} answers[] = {
    { "status 400", 400, "application/json", "{\"error\":\"invalid_grant\"}", AB_E_IDP_ERROR },
    { "status 500", 500, "text/html", "oops", AB_E_IDP_ERROR },
    { "status 302", 302, "application/json", "{}", AB_E_IDP_ERROR },
    { "status 201", 201, "application/json", "{}", AB_E_IDP_ERROR },
    { "HTML", 200, "text/html", "<html>", AB_E_IDP_REPLY },
    { "no type", 200, "", "{}", AB_E_IDP_REPLY },
    { "empty", 200, "application/json", "", AB_E_IDP_REPLY },
    { "a list", 200, "application/json", "[]", AB_E_IDP_REPLY },
    { "a text", 200, "application/json", "\"x\"", AB_E_IDP_REPLY },
    { "cut", 200, "application/json", "{\"access_token\":\"a", AB_E_IDP_REPLY },
    { "twice", 200, "application/json", "{\"token_type\":\"Bearer\",\"token_type\":\"Bearer\"}", AB_E_IDP_REPLY },
    { "trailing", 200, "application/json", "{} {}", AB_E_IDP_REPLY },
    { "not UTF-8", 200, "application/json", "{\"a\":\"\xff\"}", AB_E_IDP_REPLY },
};


static void
a_token_endpoint_must_answer_json(void **state)
{
    struct brokered  b;
    size_t           i;

    (void) state;
    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        tp_reset(&p);
        p.token_status = answers[i].status;
        p.token_type = answers[i].type;
        p.raw_response = answers[i].body;
        side_config(&side, &p, NULL);
        side_renew(&side);
        if (side_finish(&side, "code=c1", &b) != answers[i].err) {
            fail_msg("row %zu (%s): %s", i, answers[i].title,
                     side.c.f.detail);
        }
    }
}


static const struct {
    const char   *title;
    int           status;
    const char   *type, *body;
    int           flags;
    const char   *patch;
    enum ab_err   err;
} userinfos[] = {
    { "JSON", 200, "application/json", NULL, 0, NULL, AB_OK },
    { "signed", 200, "application/jwt", NULL, TP_USERINFO_JWT, NULL, AB_OK },
    { "signed, with iss and aud", 200, "application/jwt", NULL, TP_USERINFO_JWT, "{\"aud\":\"cid\"}", AB_OK },
    { "bad signature", 200, "application/jwt", NULL, TP_USERINFO_JWT | TP_USERINFO_BAD, NULL, AB_E_IDP_REPLY },
    { "JSON called a JWT", 200, "application/jwt", NULL, 0, NULL, AB_E_IDP_REPLY },
    { "a JWT called JSON", 200, "application/json", NULL, TP_USERINFO_JWT, NULL, AB_E_IDP_REPLY },
    { "for another", 200, "application/jwt", NULL, TP_USERINFO_JWT, "{\"aud\":\"x\"}", AB_E_IDP_REPLY },
    { "from another", 200, "application/jwt", NULL, TP_USERINFO_JWT, "{\"iss\":\"x\"}", AB_E_IDP_REPLY },
    { "signed, over", 200, "application/jwt", NULL, TP_USERINFO_JWT, "{\"exp\":1}", AB_E_IDP_REPLY },
    { "signed, of another sub", 200, "application/jwt", NULL, TP_USERINFO_JWT, "{\"sub\":\"x\"}", AB_E_IDP_SUBJECT },
    { "401", 401, "application/json", "{}", 0, NULL, AB_E_IDP_REPLY },
    { "204", 204, "application/json", "", 0, NULL, AB_E_IDP_REPLY },
    { "HTML", 200, "text/html", "<html>", 0, NULL, AB_E_IDP_REPLY },
    { "a list", 200, "application/json", "[]", 0, NULL, AB_E_IDP_REPLY },
    { "sub twice", 200, "application/json", "{\"sub\":\"sub-2\",\"sub\":\"sub-1\"}", 0, NULL, AB_E_IDP_REPLY },
    { "NUL", 200, "application/json", "{\"sub\":\"sub-1\\u0000x\"}", 0, NULL, AB_E_IDP_REPLY },
};


static void
userinfo_is_checked_as_strictly(void **state)
{
    struct brokered  b;
    size_t           i;

    (void) state;
    for (i = 0; i < sizeof(userinfos) / sizeof(userinfos[0]); i++) {
        tp_reset(&p);
        p.userinfo_status = userinfos[i].status;
        p.userinfo_type = userinfos[i].type;
        p.raw_userinfo = userinfos[i].body;
        p.flags = userinfos[i].flags;
        tp_patch(p.userinfo, userinfos[i].patch);
        side_config(&side, &p, NULL);
        side_renew(&side);
        if (side_finish(&side, "code=c1", &b) != userinfos[i].err) {
            fail_msg("row %zu (%s): %s", i, userinfos[i].title,
                     side.c.f.detail);
        }
    }
}


/* at_hash of RFC-conforming providers passes, with each hash. */
static void
a_right_at_hash_passes(void **state)
{
    static const char *const  algs[][2] = {
        { "RS256", "rsa" }, { "RS384", "rsa" }, { "RS512", "rsa" },
        { "ES256", "ec" }, { "PS256", "rsa" }, { "EdDSA", "ed" },
    };
    struct brokered  b;
    unsigned char    hash[64];
    size_t           i, n;
    char             text[64];

    (void) state;
    for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
        tp_reset(&p);
        EVP_Q_digest(NULL, strstr(algs[i][0], "256") ? "SHA256"
                     : strstr(algs[i][0], "384") ? "SHA384" : "SHA512",
                     NULL, "at-1", 4, hash, &n);
        tp_b64(text, hash, n / 2);
        json_object_set_new(p.claims, "at_hash", json_string(text));
        json_object_set_new(p.header, "alg", json_string(algs[i][0]));
        json_object_set_new(p.header, "kid", json_string(algs[i][1]));
        side_config(&side, &p, NULL);
        side_renew(&side);
        if (side_finish(&side, "code=c1", &b) != AB_OK) {
            fail_msg("row %zu: %s: %s", i, algs[i][0], side.c.f.detail);
        }
    }
}


static void
max_age_binds_auth_time(void **state)
{
    static const struct {
        const char   *set, *max_age;
        enum ab_err   err;
    } rows[] = {
        { "{\"auth_time\":\"@-100\"}", "200", AB_OK },
        { "{\"auth_time\":\"@-300\"}", "200", AB_E_IDP_REPLY },
        { "{\"auth_time\":\"!\"}",     "200", AB_E_IDP_REPLY },
        { "{\"auth_time\":\"@-100\"}", "0",   AB_E_IDP_REPLY },
        { "{\"auth_time\":\"@+0\"}",   "0",   AB_OK },
        { "{\"auth_time\":\"!\"}",     NULL,  AB_OK },
    };
    struct brokered  b;
    size_t           i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tp_reset(&p);
        tp_patch(p.claims, rows[i].set);
        side_config(&side, &p, "{\"passMaxAge\":\"true\"}");
        side_renew(&side);
        if (rows[i].max_age != NULL) {
            json_object_set_new(side.tab.client_notes, "max_age",
                                json_string(rows[i].max_age));
        }
        if (side_finish(&side, "code=c1", &b) != rows[i].err) {
            fail_msg("row %zu: %s", i, side.c.f.detail);
        }
    }
}


static void
a_disabled_nonce_is_neither_sent_nor_missed(void **state)
{
    struct brokered  b;

    (void) state;
    tp_reset(&p);
    tp_patch(p.claims, "{\"nonce\":\"!\"}");
    side_config(&side, &p, "{\"disableNonce\":\"true\"}");
    side_renew(&side);
    json_object_clear(side.tab.client_notes);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_OK);
    /* one that comes all the same is of another flow */
    tp_patch(p.claims, "{\"nonce\":\"nonce-1\"}");
    side_renew(&side);
    json_object_clear(side.tab.client_notes);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_TOKEN_NONCE);
    /* and without the setting a login without nonce goes nowhere */
    side_config(&side, &p, NULL);
    side_renew(&side);
    json_object_clear(side.tab.client_notes);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_IDP_STATE);
}


static void
the_iss_parameter_is_demanded_when_advertised(void **state)
{
    struct brokered  b;
    char             query[256];

    (void) state;
    tp_reset(&p);
    tp_patch(p.discovery, "{\"authorization_response_iss_parameter_supported"
             "\":true}");
    side_config(&side, &p, "{\"authorizationUrl\":\"!\",\"tokenUrl\":\"!\"}");
    side_forget(&side);
    side_renew(&side);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_IDP_ISSUER);
    side_renew(&side);
    snprintf(query, sizeof(query), "code=c1&iss=http%%3A%%2F%%2F127.0.0.1%%3A"
             "%d", p.server.port);
    assert_int_equal(side_finish(&side, query, &b), AB_OK);
}


static void
the_token_request_authenticates_as_configured(void **state)
{
    static const struct {
        const char  *config;
        const char  *has;       /* in the request */
        const char  *has_not;
    } rows[] = {
        { NULL, "client_id=cid&client_secret=s3cret", "Authorization" },
        { "{\"clientAuthMethod\":\"client_secret_post\"}", "client_secret=s3cret", "Authorization" },
        { "{\"clientAuthMethod\":\"magic\"}", "client_secret=s3cret", "Authorization" },
        { "{\"clientAuthMethod\":\"client_secret_basic\"}", "Authorization: Basic Y2lkOnMzY3JldA==\r\n", "client_secret" },
        /* "a b&c:d" form-encoded is a+b%26c%3Ad */
        { "{\"clientAuthMethod\":\"client_secret_basic\",\"clientSecret\":\"a b&c:d\"}", "Authorization: Basic Y2lkOmErYiUyNmMlM0Fk\r\n", "client_secret" },
        { "{\"clientAuthMethod\":\"client_secret_basic_unencoded\",\"clientSecret\":\"a b&c:d\"}", "Authorization: Basic Y2lkOmEgYiZjOmQ=\r\n", "client_secret" },
        { "{\"clientSecret\":\"!\"}", "client_id=cid", "client_secret" },
        { NULL, "grant_type=authorization_code&code=c1&redirect_uri=https%3A%2F%2Fid.example.com%2Frealms%2Facme%2Fbroker%2Fup%2Fendpoint", "code_verifier" },
        { NULL, "Content-Type: application/x-www-form-urlencoded", "client_session_state" },
    };
    struct brokered  b;
    size_t           i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tp_reset(&p);
        side_config(&side, &p, rows[i].config);
        side_renew(&side);
        if (side_finish(&side, "code=c1", &b) != AB_OK
            || strstr(p.token_request, rows[i].has) == NULL
            || strstr(p.token_request, rows[i].has_not) != NULL)
        {
            fail_msg("row %zu: %s\n%s", i, side.c.f.detail, p.token_request);
        }
        assert_non_null(strstr(p.userinfo_request,
                               "Authorization: Bearer at-1\r\n"));
    }
}


static void
a_verifier_is_sent_and_forgotten(void **state)
{
    struct brokered  b;

    (void) state;
    tp_reset(&p);
    side_config(&side, &p, NULL);
    side_renew(&side);
    json_object_set_new(side.tab.client_notes, OIDC_NOTE_VERIFIER,
                        json_string("vvv"));
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_OK);
    assert_non_null(strstr(p.token_request, "&code_verifier=vvv"));
    assert_null(auth_note(side.tab.client_notes, OIDC_NOTE_VERIFIER));
    assert_null(auth_note(side.tab.client_notes, OIDC_NOTE_NONCE));
}


/* What comes out of an honest answer (broker.md section 15). */
static const struct {
    const char  *set, *userinfo, *response, *config;
    const char  *username, *email, *first, *last, *sid;
    int          verified;
} identities[] = {
    { NULL, NULL, NULL, NULL, "ann", "Ann@Up.example", "Ann", "Up", "up.up-sid", 1 },
    { NULL, NULL, NULL, "{\"caseSensitiveOriginalUsername\":\"true\"}", "Ann", "Ann@Up.example", "Ann", "Up", "up.up-sid", 1 },
    { NULL, NULL, "{\"session_state\":\"st\"}", NULL, "ann", "Ann@Up.example", "Ann", "Up", "up.st", 1 },
    { "{\"sid\":\"!\"}", NULL, NULL, NULL, "ann", "Ann@Up.example", "Ann", "Up", NULL, 1 },
    { NULL, "{\"preferred_username\":\"!\"}", NULL, NULL, "ann@up.example", "Ann@Up.example", "Ann", "Up", "up.up-sid", 1 },
    { NULL, "{\"preferred_username\":\"\",\"email\":\"!\"}", NULL, NULL, "sub-1", NULL, "Ann", "Up", "up.up-sid", 1 },
    { NULL, "{\"given_name\":\"!\",\"family_name\":\"!\",\"name\":\"Ann Mary Up\"}", NULL, NULL, "ann", "Ann@Up.example", "Ann Mary", "Up", "up.up-sid", 1 },
    { NULL, "{\"given_name\":\"!\",\"family_name\":\"!\",\"name\":\"Ann\"}", NULL, NULL, "ann", "Ann@Up.example", "Ann", NULL, "up.up-sid", 1 },
    { NULL, "{\"family_name\":\"!\",\"name\":\"X Y\"}", NULL, NULL, "ann", "Ann@Up.example", "Ann", NULL, "up.up-sid", 1 },
    { NULL, "{\"preferred_username\":42}", NULL, NULL, "42", "Ann@Up.example", "Ann", "Up", "up.up-sid", 1 },
    { "{\"email_verified\":false}", NULL, NULL, NULL, "ann", "Ann@Up.example", "Ann", "Up", "up.up-sid", 0 },
    { "{\"email_verified\":\"!\"}", NULL, NULL, NULL, "ann", "Ann@Up.example", "Ann", "Up", "up.up-sid", -1 },
    { "{\"email_verified\":\"!\"}", "{\"email_verified\":true}", NULL, NULL, "ann", "Ann@Up.example", "Ann", "Up", "up.up-sid", 1 },
    /* the ID token speaks of another address: its word does not count */
    { "{\"email\":\"other@up.example\"}", NULL, NULL, NULL, "ann", "Ann@Up.example", "Ann", "Up", "up.up-sid", -1 },
    { "{\"preferred_username\":\"id\"}", NULL, NULL, "{\"disableUserInfo\":\"true\"}", "id", "Ann@Up.example", NULL, NULL, "up.up-sid", 1 },
};


static bool
same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}


static void
an_identity_is_what_the_provider_said(void **state)
{
    struct brokered  b;
    size_t           i;

    (void) state;
    for (i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
        tp_reset(&p);
        tp_patch(p.claims, identities[i].set);
        tp_patch(p.userinfo, identities[i].userinfo);
        tp_patch(p.response, identities[i].response);
        side_config(&side, &p, identities[i].config);
        side_renew(&side);
        if (side_finish(&side, "code=c1", &b) != AB_OK) {
            fail_msg("row %zu: %s", i, side.c.f.detail);
        }
        assert_string_equal(b.alias, "up");
        assert_string_equal(b.idp_id, "idp-1");
        assert_string_equal(b.id, "sub-1");
        assert_string_equal(b.broker_user, "up.sub-1");
        assert_non_null(b.id_token);
        if (!same(b.username, identities[i].username)
            || !same(b.email, identities[i].email)
            || !same(b.first_name, identities[i].first)
            || !same(b.last_name, identities[i].last)
            || !same(b.broker_sid, identities[i].sid)
            || b.email_verified != identities[i].verified)
        {
            fail_msg("row %zu: %s %s %s %s %s %d", i, b.username, b.email,
                     b.first_name, b.last_name, b.broker_sid,
                     b.email_verified);
        }
    }
}


/* keycloak-oidc: its form parameter, and the access token is read. */
static void
a_keycloak_shows_its_access_token(void **state)
{
    static const struct {
        const char   *set;
        int           flags;
        enum ab_err   err;
    } rows[] = {
        { "{\"typ\":\"Bearer\",\"azp\":\"x\"}", 0, AB_OK },
        { "{\"sub\":\"!\"}", 0, AB_OK },
        { "{\"sub\":\"sub-2\"}", 0, AB_E_IDP_SUBJECT },
        { "{\"exp\":\"@-1\"}", 0, AB_E_IDP_REPLY },
        { "{\"iss\":\"x\"}", 0, AB_E_IDP_ISSUER },
        { NULL, TP_BAD_SIG, AB_E_IDP_REPLY },
    };
    struct brokered  b;
    json_t          *access;
    char            *jws;
    size_t           i;

    (void) state;
    side.idp.provider_id = "keycloak-oidc";
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tp_reset(&p);
        access = json_deep_copy(p.claims);
        json_object_del(access, "aud");
        tp_patch(access, rows[i].set);
        jws = tp_sign(&p, access, p.header, rows[i].flags);
        json_object_set_new(p.response, "access_token", json_string(jws));
        json_decref(access);
        free(jws);
        side_config(&side, &p, NULL);
        side_renew(&side);
        if (side_finish(&side, "code=c1", &b) != rows[i].err) {
            fail_msg("row %zu: %s", i, side.c.f.detail);
        }
        assert_non_null(strstr(p.token_request,
                               "client_session_state=n%2Fa"));
    }
    /* an opaque one is no Keycloak's */
    tp_reset(&p);
    side_renew(&side);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_IDP_REPLY);
    side.idp.provider_id = "oidc";
}


static void
a_provider_that_is_down_or_slow_is_told_apart(void **state)
{
    struct brokered  b;

    (void) state;
    tp_reset(&p);
    side_config(&side, &p, "{\"tokenUrl\":\"http://127.0.0.1:1/token\"}");
    side_renew(&side);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_IDP_DOWN);
    side_config(&side, &p, NULL);
    side_renew(&side);
    p.delay_ms = 3000;
    side.c.deadline_ms = clock_mono_ms() + 200;
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_IDP_TIMEOUT);
    tp_reset(&p);
    side_config(&side, &p, "{\"jwksUrl\":\"http://127.0.0.1:1/jwks\"}");
    side_forget(&side);
    side_renew(&side);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_IDP_DOWN);
    side_config(&side, &p, "{\"tokenUrl\":\"http://169.254.169.254/t\"}");
    side_renew(&side);
    assert_int_equal(side_finish(&side, "code=c1", &b), AB_E_OUTBOUND);
}


/* Every allocation may fail, at each place: an error, no leak, no crash. */
static void
without_memory_there_is_no_identity(void **state)
{
    struct brokered  b;
    size_t           max, hits = 0;
    enum ab_err      err;

    (void) state;
    tp_reset(&p);
    side_config(&side, &p, NULL);
    for (max = 16; max < 4096 * 1024; max += max / 3 + 16) {
        side_forget(&side);
        side_renew(&side);
        arena_free(side.c.a);
        side.c.a = arena_new(max);
        err = side_finish(&side, "code=c1", &b);
        if (err == AB_OK) {
            hits++;
        } else if (err != AB_E_NOMEM) {
            fail_msg("max %zu: %s: %s", max, ab_err_reason(err),
                     side.c.f.detail);
        }
    }
    assert_true(hits > 0);
}


/* The n-th allocation of any kind, for every n. */
static void
a_failing_allocation_is_an_error(void **state)
{
    struct oidc_settings  s;
    struct oidc_tokens    tokens = { .id_token = AB_S("x") };
    struct oidc_proven    proven = { .tokens = &tokens };
    struct brokered       b;
    enum ab_err           err = AB_OK;
    bool                  hit = true;
    long                  n;

    (void) state;
    fault_install();
    tp_reset(&p);
    side_config(&side, &p, NULL);
    proven.id_token = p.claims;
    proven.userinfo = p.userinfo;
    for (n = 0; hit; n++) {
        side_renew(&side);
        fault_alloc_at(n);
        err = oidc_settings_load(&side.c, &side.realm, &side.idp, &s);
        if (err == AB_OK) {
            err = oidc_identity(&side.c, &s, &proven, &b);
        }
        hit = fault_was_hit();
        fault_alloc_at(-1);
        CHECK_ROW(n, err == (hit ? AB_E_NOMEM : AB_OK));
    }
    assert_true(n > 1);
}


static int
start(void **state)
{
    (void) state;
    tp_start(&p);
    side_start(&side, &p);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    side_stop(&side);
    tp_stop(&p);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_lie_is_found_out),
        cmocka_unit_test(a_token_endpoint_must_answer_json),
        cmocka_unit_test(userinfo_is_checked_as_strictly),
        cmocka_unit_test(a_right_at_hash_passes),
        cmocka_unit_test(max_age_binds_auth_time),
        cmocka_unit_test(a_disabled_nonce_is_neither_sent_nor_missed),
        cmocka_unit_test(the_iss_parameter_is_demanded_when_advertised),
        cmocka_unit_test(the_token_request_authenticates_as_configured),
        cmocka_unit_test(a_verifier_is_sent_and_forgotten),
        cmocka_unit_test(an_identity_is_what_the_provider_said),
        cmocka_unit_test(a_keycloak_shows_its_access_token),
        cmocka_unit_test(a_provider_that_is_down_or_slow_is_told_apart),
        cmocka_unit_test(without_memory_there_is_no_identity),
        cmocka_unit_test(a_failing_allocation_is_an_error),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
