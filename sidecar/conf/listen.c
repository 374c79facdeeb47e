/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listen.c - make a listening socket.
 */
#include "listen.h"

#include "ab_time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_FLAGS  (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define BACKLOG       1024


static enum ab_err
unix_address(struct fail *f, const char *path, struct sockaddr_un *ret_addr)
{
    size_t  len = strlen(path);

    memset(ret_addr, 0, sizeof(*ret_addr));
    ret_addr->sun_family = AF_UNIX;
    if (len == 0 || len >= sizeof(ret_addr->sun_path)) {
        return fail(f, AB_E_OPTION, "socket path \"%s\" is empty or longer "
                    "than %zu bytes", path, sizeof(ret_addr->sun_path) - 1);
    }
    memcpy(ret_addr->sun_path, path, len);
    return AB_OK;
}


/* Root's sockets are for the workers' group; anybody else's for his own. */
static void
give_group(const char *path, const struct peer_list *peers)
{
    gid_t  gid;

    if (geteuid() == 0 && peers != NULL && peer_list_group(peers, &gid)) {
        /* When it fails, workers cannot connect and say so. */
        (void) !chown(path, (uid_t) -1, gid);
    }
}


/* The folder a socket stands in is made when it is missing; the parents of
 * it are the operator's. */
static void
make_folder(const char *path, const struct peer_list *peers)
{
    char         dir[sizeof(((struct sockaddr_un *) 0)->sun_path)];
    const char  *slash = strrchr(path, '/');

    if (slash == NULL || slash == path) {
        return;
    }
    snprintf(dir, sizeof(dir), "%.*s", (int) (slash - path), path);
    if (mkdir(dir, 0750) == 0) {
        give_group(dir, peers);
    }
}


static bool
somebody_listens(const struct sockaddr_un *addr)
{
    int   fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    bool  answers;

    if (fd < 0) {
        return true;
    }
    answers = connect(fd, (const struct sockaddr *) addr, sizeof(*addr)) == 0
              || errno == EAGAIN;
    close(fd);
    return answers;
}


static int
bind_unix(const struct sockaddr_un *addr, mode_t mode)
{
    int     fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    mode_t  old = umask(0777 & ~mode);
    int     bad;

    bad = fd < 0
          || bind(fd, (const struct sockaddr *) addr, sizeof(*addr)) != 0
          || listen(fd, BACKLOG) != 0;
    umask(old);
    if (bad && fd >= 0) {
        close(fd);
    }
    return bad ? -1 : fd;
}


enum ab_err
listen_unix(struct fail *f, const char *path, mode_t mode,
    const struct peer_list *peers, int *ret_fd)
{
    struct sockaddr_un  addr;
    struct stat         st;
    int                 fd;
    enum ab_err         e = unix_address(f, path, &addr);

    if (e != AB_OK) {
        return e;
    }
    make_folder(path, peers);
    if (lstat(path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode) || somebody_listens(&addr)) {
            return fail(f, AB_E_OPTION, "%s is in use", path);
        }
        unlink(path);
    }
    fd = bind_unix(&addr, mode);
    if (fd < 0) {
        return fail(f, AB_E_OPTION, "cannot listen at %s: %s", path,
                    strerror(errno));
    }
    give_group(path, peers);
    *ret_fd = fd;
    return AB_OK;
}


/* "127.0.0.1:8080" or "[::1]:8080". */
static bool
loopback_address(const char *text, struct sockaddr_storage *ret_addr,
    socklen_t *ret_len)
{
    struct sockaddr_in   *in4 = (struct sockaddr_in *) ret_addr;
    struct sockaddr_in6  *in6 = (struct sockaddr_in6 *) ret_addr;
    const char           *colon = strrchr(text, ':');
    uint64_t              port;
    char                  host[64];

    memset(ret_addr, 0, sizeof(*ret_addr));
    if (colon == NULL
        || ab_parse_u64(ab_slice_str(colon + 1), &port) != AB_OK
        || port == 0 || port > 65535)
    {
        return false;
    }
    snprintf(host, sizeof(host), "%.*s", (int) (colon - text), text);
    if (strcmp(host, "[::1]") == 0) {
        in6->sin6_family = AF_INET6;
        in6->sin6_addr = in6addr_loopback;
        in6->sin6_port = htons((uint16_t) port);
        *ret_len = sizeof(*in6);
        return true;
    }
    in4->sin_family = AF_INET;
    in4->sin_port = htons((uint16_t) port);
    *ret_len = sizeof(*in4);
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1"
                     : host, &in4->sin_addr) == 1
           && (ntohl(in4->sin_addr.s_addr) >> 24) == 127;
}


enum ab_err
listen_loopback(struct fail *f, const char *addr_port, int *ret_fd)
{
    struct sockaddr_storage  addr;
    socklen_t                len;
    int                      fd, one = 1;

    if (!loopback_address(addr_port, &addr, &len)) {
        return fail(f, AB_E_OPTION, "--web-listen: \"%s\" is no loopback "
                    "address and port", addr_port);
    }
    fd = socket(addr.ss_family, SOCKET_FLAGS, 0);
    if (fd >= 0
        && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0
        && bind(fd, (struct sockaddr *) &addr, len) == 0
        && listen(fd, BACKLOG) == 0)
    {
        *ret_fd = fd;
        return AB_OK;
    }
    if (fd >= 0) {
        close(fd);
    }
    return fail(f, AB_E_OPTION, "cannot listen at %s: %s", addr_port,
                strerror(errno));
}
