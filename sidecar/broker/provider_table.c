/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider_table.c - every kind of identity provider there is.
 *
 * A new kind is one file and one row. Columns: provider.h.
 */
#include "provider.h"

#include "oidc.h"

static const struct provider_ops  providers[] = {
    {
        .provider_id = "oidc", .name = "OpenID Connect v1.0",
        .begin = oidc_begin, .finish = oidc_finish, .logout = oidc_logout,
    },
    {
        .provider_id = "keycloak-oidc", .name = "Keycloak OpenID Connect",
        .begin = oidc_begin, .finish = oidc_finish, .logout = oidc_logout,
    },
};


const struct provider_ops *
provider_find(const char *provider_id)
{
    size_t  i;

    for (i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
        if (strcmp(provider_id, providers[i].provider_id) == 0) {
            return &providers[i];
        }
    }
    return NULL;
}
