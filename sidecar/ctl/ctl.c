/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl.c - the loop of ctl.sock.
 *
 * One thread waits on the listener and a few connections; a question is
 * answered before the next one is read. Operators are few: when all places
 * are taken, the connection that was silent longest gives way.
 */
#include "ctl.h"
#include "ctl_commands.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/peer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLACES_N      8
#define QUESTION_MAX  16384
#define SEND_S        2

struct place {
    int            fd;          /* -1: free */
    uid_t          uid;
    int64_t        used_ms;
    struct ab_buf  in;
};

struct ctl {
    struct ctl_conf   conf;
    struct store     *store;
    pthread_t         thread;
    int               listener;
    int               stop;     /* eventfd: readable once it is to end */
    struct place      places[PLACES_N];
};

static bool start_thread(struct ctl *ctl);
static void *loop(void *arg);
static void take_connection(struct ctl *ctl);
static bool may_speak(int fd, uid_t *ret_uid);
static struct place *free_place(struct ctl *ctl);
static void leave(struct place *p);
static void hear(struct ctl *ctl, struct place *p);
static bool answer_lines(struct ctl *ctl, struct place *p);
static bool say(int fd, const char *text);
static void ctl_free(struct ctl *ctl);


enum ab_err
ctl_start(struct fail *f, const struct ctl_conf *conf, int fd,
    struct ctl **ret_ctl)
{
    struct ctl  *ctl = calloc(1, sizeof(*ctl));
    size_t       i;

    if (ctl == NULL) {
        close(fd);
        return fail(f, AB_E_NOMEM, "out of memory");
    }
    ctl->conf = *conf;
    ctl->listener = fd;
    for (i = 0; i < PLACES_N; i++) {
        ctl->places[i].fd = -1;
    }
    ctl->store = store_new(conf->store);
    ctl->stop = eventfd(0, EFD_CLOEXEC);
    if (ctl->store == NULL || ctl->stop < 0 || !start_thread(ctl)) {
        ctl_free(ctl);
        return fail(f, AB_E_NOMEM, "ctl.sock: %s", strerror(errno));
    }
    *ret_ctl = ctl;
    return AB_OK;
}


static bool
start_thread(struct ctl *ctl)
{
    sigset_t  all, old;
    int       rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&ctl->thread, NULL, loop, ctl);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0;
}


void
ctl_stop(struct ctl *ctl)
{
    uint64_t  one = 1;

    if (ctl == NULL) {
        return;
    }
    if (write(ctl->stop, &one, sizeof(one)) == (ssize_t) sizeof(one)) {
        pthread_join(ctl->thread, NULL);
        ctl_free(ctl);
    }
}


static void
ctl_free(struct ctl *ctl)
{
    size_t  i;

    for (i = 0; i < PLACES_N; i++) {
        leave(&ctl->places[i]);
    }
    store_free(ctl->store);
    close(ctl->listener);
    if (ctl->stop >= 0) {
        close(ctl->stop);
    }
    free(ctl);
}


static void *
loop(void *arg)
{
    struct ctl     *ctl = arg;
    struct pollfd   polls[PLACES_N + 2];
    size_t          i;

    pthread_setname_np(pthread_self(), "ctl");
    for ( ;; ) {
        for (i = 0; i < PLACES_N; i++) {
            polls[i] = (struct pollfd) { ctl->places[i].fd, POLLIN, 0 };
        }
        polls[PLACES_N] = (struct pollfd) { ctl->listener, POLLIN, 0 };
        polls[PLACES_N + 1] = (struct pollfd) { ctl->stop, POLLIN, 0 };
        if (poll(polls, PLACES_N + 2, -1) < 0) {
            continue;
        }
        if (polls[PLACES_N + 1].revents != 0) {
            return NULL;
        }
        for (i = 0; i < PLACES_N; i++) {
            if (polls[i].revents != 0) {
                hear(ctl, &ctl->places[i]);
            }
        }
        if (polls[PLACES_N].revents != 0) {
            take_connection(ctl);
        }
    }
}


static void
take_connection(struct ctl *ctl)
{
    struct timeval   limit = { .tv_sec = SEND_S };
    struct place    *p;
    uid_t            uid;
    int              fd = accept4(ctl->listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            usleep(100000);     /* the listener stays readable: do not spin */
        }
        return;
    }
    if (!may_speak(fd, &uid)
        || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0)
    {
        close(fd);
        return;
    }
    p = free_place(ctl);
    p->fd = fd;
    p->uid = uid;
    p->used_ms = clock_mono_ms();
    ab_buf_init(&p->in, QUESTION_MAX);
}


/* The mode of the socket keeps others away; this holds where it was changed. */
static bool
may_speak(int fd, uid_t *ret_uid)
{
    uid_t  uid;

    if (peer_uid(fd, &uid) && (uid == 0 || uid == geteuid())) {
        *ret_uid = uid;
        return true;
    }
    log_event(AB_LOG_WARN, "ctl_refused", NULL);
    return false;
}


static struct place *
free_place(struct ctl *ctl)
{
    struct place  *oldest = &ctl->places[0];
    size_t         i;

    for (i = 0; i < PLACES_N; i++) {
        if (ctl->places[i].fd < 0) {
            return &ctl->places[i];
        }
        if (ctl->places[i].used_ms < oldest->used_ms) {
            oldest = &ctl->places[i];
        }
    }
    leave(oldest);
    return oldest;
}


static void
leave(struct place *p)
{
    if (p->fd >= 0) {
        close(p->fd);
        ab_buf_clear(&p->in);
        p->fd = -1;
    }
}


static void
hear(struct ctl *ctl, struct place *p)
{
    char     mem[4096];
    ssize_t  n = recv(p->fd, mem, sizeof(mem), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        leave(p);
        return;
    }
    p->used_ms = clock_mono_ms();
    ab_buf_add(&p->in, ab_slice(mem, (size_t) n));
    if (p->in.failed) {
        say(p->fd, "{\"ok\":false,\"reason\":\"too_large\","
                   "\"detail\":\"the question is too long\"}");
        leave(p);
    } else if (!answer_lines(ctl, p)) {
        leave(p);
    }
}


static bool
answer_lines(struct ctl *ctl, struct place *p)
{
    struct ab_slice   in = ab_buf_slice(&p->in);
    size_t            end = ab_slice_find(in, '\n');
    char             *answer;
    bool              fine = true;

    while (fine && end < in.len) {
        answer = ctl_answer(&ctl->conf, ctl->store, p->uid,
                            ab_slice(in.p, end));
        fine = answer != NULL && say(p->fd, answer);
        free(answer);
        ab_buf_consume(&p->in, end + 1);
        in = ab_buf_slice(&p->in);
        end = ab_slice_find(in, '\n');
    }
    return fine;
}


static bool
say(int fd, const char *text)
{
    size_t   left = strlen(text);
    ssize_t  n;

    while (left > 0) {
        n = send(fd, text, left, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text += n < 0 ? 0 : n;
        left -= n < 0 ? 0 : (size_t) n;
    }
    return send(fd, "\n", 1, MSG_NOSIGNAL) == 1;
}
