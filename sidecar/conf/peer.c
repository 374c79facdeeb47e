/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer.c - which local users may speak at a socket.
 */
#include "peer.h"

#include "ab_time.h"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>


static bool
add(struct peer_list *list, uid_t uid)
{
    if (peer_list_has(list, uid)) {
        return true;
    }
    if (list->n == PEER_UIDS_MAX) {
        return false;
    }
    list->uids[list->n++] = uid;
    return true;
}


static bool
add_name(struct peer_list *list, const char *name)
{
    struct passwd   pw, *found = NULL;
    char            mem[4096];
    uint64_t        number;

    if (ab_parse_u64(ab_slice_str(name), &number) == AB_OK) {
        return number < UINT32_MAX && add(list, (uid_t) number);
    }
    if (getpwnam_r(name, &pw, mem, sizeof(mem), &found) != 0
        || found == NULL)
    {
        return false;
    }
    return add(list, pw.pw_uid);
}


enum ab_err
peer_list_parse(struct fail *f, const struct option_list *list,
    struct peer_list *ret_list)
{
    struct peer_list  out = { 0 };
    size_t            i;

    if (list->n == 0) {
        add(&out, 0);
        add(&out, getuid());
        add_name(&out, "www-data");
    }
    for (i = 0; i < list->n; i++) {
        if (!add_name(&out, list->v[i])) {
            return fail(f, AB_E_OPTION, "--edge-uid: no user \"%s\"",
                        list->v[i]);
        }
    }
    *ret_list = out;
    return AB_OK;
}


bool
peer_list_group(const struct peer_list *list, gid_t *ret_gid)
{
    struct passwd   pw, *found = NULL;
    char            mem[4096];
    size_t          i;

    for (i = 0; i < list->n; i++) {
        if (list->uids[i] != 0
            && getpwuid_r(list->uids[i], &pw, mem, sizeof(mem), &found) == 0
            && found != NULL)
        {
            *ret_gid = pw.pw_gid;
            return true;
        }
    }
    return false;
}


bool
peer_list_has(const struct peer_list *list, uid_t uid)
{
    size_t  i;

    for (i = 0; i < list->n; i++) {
        if (list->uids[i] == uid) {
            return true;
        }
    }
    return false;
}


bool
peer_uid(int fd, uid_t *ret_uid)
{
    struct ucred  cred;
    socklen_t     len = sizeof(cred);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0
        || len != sizeof(cred))
    {
        return false;
    }
    *ret_uid = cred.uid;
    return true;
}
