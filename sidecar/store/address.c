/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.c - a host name's addresses, found without blocking who asks.
 */
#include "address.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
    int   fd;                   /* the thread's end */
    char  host[];
};

static bool start(struct question *q);
static void *resolve_main(void *arg);
static void resolve(const char *host, struct address_list *list);


int
address_ask(const char *host)
{
    size_t            len = strlen(host) + 1;
    struct question  *q = malloc(sizeof(*q) + len);
    int               fds[2];

    if (q == NULL
        || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
    {
        free(q);
        return -1;
    }
    q->fd = fds[1];
    memcpy(q->host, host, len);
    if (!start(q)) {
        close(fds[0]);
        close(fds[1]);
        free(q);
        return -1;
    }
    return fds[0];
}


/* Detached: nobody waits for a resolver that hangs. */
static bool
start(struct question *q)
{
    pthread_attr_t  attr;
    pthread_t       thread;
    sigset_t        all, old;
    int             rc;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&thread, &attr, resolve_main, q);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return rc == 0;
}


static void *
resolve_main(void *arg)
{
    struct question      *q = arg;
    struct address_list   list = { .n = 0 };
    ssize_t               sent;

    resolve(q->host, &list);
    sent = send(q->fd, &list, sizeof(list), MSG_NOSIGNAL);
    (void) sent;                /* the asker may have gone */
    close(q->fd);
    free(q);
    return NULL;
}


static void
resolve(const char *host, struct address_list *list)
{
    struct addrinfo   hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM
    };
    struct addrinfo  *all = NULL, *ai;

    if (getaddrinfo(host, NULL, &hints, &all) != 0) {
        return;
    }
    for (ai = all; ai != NULL && list->n < ADDRESS_N; ai = ai->ai_next) {
        if (getnameinfo(ai->ai_addr, ai->ai_addrlen, list->ip[list->n],
                        sizeof(list->ip[0]), NULL, 0, NI_NUMERICHOST) == 0)
        {
            list->n++;
        }
    }
    freeaddrinfo(all);
}


bool
address_take(int fd, struct address_list *ret_list)
{
    struct address_list  list;
    ssize_t              n = recv(fd, &list, sizeof(list), 0);

    close(fd);
    if (n != (ssize_t) sizeof(list) || list.n == 0) {
        return false;
    }
    *ret_list = list;
    return true;
}
