/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer.h - which local users may speak at a socket (--edge-uid).
 */
#ifndef CONF_PEER_H
#define CONF_PEER_H

#include "conf/options.h"

#include <sys/types.h>

#define PEER_UIDS_MAX  16

struct peer_list {
    size_t  n;
    uid_t   uids[PEER_UIDS_MAX];
};

/* Numbers and names of --edge-uid; without any: root, the daemon's own user
 * and www-data where that exists. AB_E_OPTION: an unknown name, too many. */
enum ab_err peer_list_parse(struct fail *f, const struct option_list *list,
    struct peer_list *ret_list);
/* Primary group of the first user that is not root; false: none. */
bool peer_list_group(const struct peer_list *list, gid_t *ret_gid);
bool peer_list_has(const struct peer_list *list, uid_t uid);
/* SO_PEERCRED of a connected Unix socket; false when it has none. */
bool peer_uid(int fd, uid_t *ret_uid);

#endif
