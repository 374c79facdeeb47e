/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * private_redis.c - the daemon's own redis-server, a child process.
 *
 * Everything it is told stands on its command line: no file of the machine's
 * own Redis is read, no port is opened. The lock on the folder is inherited,
 * so it lasts until the last process that may write the file has ended.
 */
#include "private_redis.h"
#include "redis.h"
#include "reply.h"

#include "base/autofree.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS        10000
#define LOADING_MS      600000      /* a large file takes its time to read */
#define LOCK_MS         12000       /* a predecessor may still be writing */
#define STOP_MS         10000
#define POLL_US         2000
#define STEADY_MS       10000       /* alive that long: back-off starts over */
#define BACKOFF_MIN_MS  200
#define BACKOFF_MAX_MS  5000
#define TAIL_BYTES      240
#define LOCK_FD         3           /* in the child */
#define ARGS_MAX        40

struct private_redis {
    char      dir[PATH_MAX];        /* STATE_DIR/redis, absolute */
    char      log[PATH_MAX + 16];
    char      socket[108];          /* sun_path */
    char      url[128];
    char      exe[PATH_MAX];
    char      fsync[16];
    int       lock_fd;
    pid_t     pid;                  /* 0: not running */
    int64_t   started_ms;
    int64_t   backoff_ms;
    int64_t   next_ms;              /* of the next start */
};

enum health { HEALTH_NONE, HEALTH_LOADING, HEALTH_FINE };

static enum ab_err prepare(struct fail *f, const char *state_dir,
    struct private_redis *r);
static enum ab_err make_folder(struct fail *f, const char *path, bool check);
static bool find_server(char *out, size_t size);
static enum ab_err take_lock(struct fail *f, struct private_redis *r);
static bool spawn(struct private_redis *r);
static void run_child(const struct private_redis *r, char *const *argv,
    pid_t parent) __attribute__((noreturn));
static enum ab_err wait_until_up(struct fail *f, struct private_redis *r);
static enum health ask_health(const struct private_redis *r);
static enum ab_err not_up(struct fail *f, const struct private_redis *r);


enum ab_err
private_redis_start(struct fail *f, const char *state_dir, const char *fsync,
    struct private_redis **ret_r)
{
    struct private_redis  *r = calloc(1, sizeof(*r));
    enum ab_err            e;

    if (r == NULL) {
        return fail(f, AB_E_NOMEM, "out of memory");
    }
    r->lock_fd = -1;
    snprintf(r->fsync, sizeof(r->fsync), "%s", fsync);
    e = prepare(f, state_dir, r);
    if (e == AB_OK) {
        e = take_lock(f, r);
    }
    if (e == AB_OK && !spawn(r)) {
        e = fail(f, AB_E_STORE_DOWN, "fork: %s", strerror(errno));
    }
    if (e == AB_OK) {
        e = wait_until_up(f, r);
    }
    if (e != AB_OK) {
        private_redis_stop(r);
        return e;
    }
    *ret_r = r;
    return AB_OK;
}


static enum ab_err
prepare(struct fail *f, const char *state_dir, struct private_redis *r)
{
    char         root[PATH_MAX];
    enum ab_err  e = make_folder(f, state_dir, false);
    int          n;

    if (e != AB_OK) {
        return e;
    }
    if (realpath(state_dir, root) == NULL
        || snprintf(r->dir, sizeof(r->dir), "%s/redis", root)
           >= (int) sizeof(r->dir))
    {
        return fail(f, AB_E_OPTION, "%s: %s", state_dir, strerror(errno));
    }
    n = snprintf(r->socket, sizeof(r->socket), "%s/redis.sock", r->dir);
    if (n >= (int) sizeof(r->socket)) {
        return fail(f, AB_E_OPTION, "state folder: the socket in it would "
                    "have a path of %d bytes, the system takes at most %zu: "
                    "choose a shorter --state-dir", n, sizeof(r->socket) - 1);
    }
    snprintf(r->url, sizeof(r->url), "unix:%s", r->socket);
    snprintf(r->log, sizeof(r->log), "%s/redis.log", r->dir);
    if (!find_server(r->exe, sizeof(r->exe))) {
        return fail(f, AB_E_STORE_DOWN, "neither redis-server nor "
                    "valkey-server is installed");
    }
    return make_folder(f, r->dir, true);
}


/* check: the folder must be ours alone, not somebody's symbolic link. */
static enum ab_err
make_folder(struct fail *f, const char *path, bool check)
{
    struct stat  st;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return fail(f, AB_E_OPTION, "%s: %s", path, strerror(errno));
    }
    if (!check) {
        return AB_OK;
    }
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode)
        || st.st_uid != geteuid() || chmod(path, 0700) != 0)
    {
        return fail(f, AB_E_OPTION, "%s: not a folder of the daemon's user",
                    path);
    }
    return AB_OK;
}


/* By hand, as execvp() may not be called between fork and exec of a process
 * that has threads. */
static bool
find_server(char *out, size_t size)
{
    static const char *const  names[] = { "redis-server", "valkey-server" };
    const char               *path = getenv("PATH");
    char                      all[PATH_MAX], *dir, *rest;
    size_t                    i;

    for (i = 0; i < 2; i++) {
        snprintf(all, sizeof(all), "%s:/usr/local/bin:/usr/bin:/usr/sbin",
                 path == NULL ? "/bin" : path);
        for (dir = strtok_r(all, ":", &rest); dir != NULL;
             dir = strtok_r(NULL, ":", &rest))
        {
            if (snprintf(out, size, "%s/%s", dir, names[i]) < (int) size
                && dir[0] == '/' && access(out, X_OK) == 0)
            {
                return true;
            }
        }
    }
    return false;
}


static enum ab_err
take_lock(struct fail *f, struct private_redis *r)
{
    char     path[PATH_MAX + 16];
    int64_t  end = clock_mono_ms() + LOCK_MS;

    snprintf(path, sizeof(path), "%s/lock", r->dir);
    r->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (r->lock_fd < 0) {
        return fail(f, AB_E_STORE_DOWN, "%s: %s", path, strerror(errno));
    }
    while (flock(r->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (clock_left_ms(end) == 0) {
            return fail(f, AB_E_STORE_DOWN, "%s is in use by another daemon "
                        "or its Redis", r->dir);
        }
        usleep(POLL_US);
    }
    return AB_OK;
}


static bool
spawn(struct private_redis *r)
{
    const char *const  args[ARGS_MAX] = {
        r->exe, "--port", "0", "--unixsocket", r->socket,
        "--unixsocketperm", "700", "--dir", r->dir,
        "--appendonly", "yes", "--appendfsync", r->fsync, "--save", "",
        "--maxmemory", "0", "--maxmemory-policy", "noeviction",
        "--daemonize", "no", "--supervised", "no", "--pidfile", "",
        "--logfile", "", "--loglevel", "warning",
        "--always-show-logo", "no", NULL
    };
    pid_t              parent = getpid();

    r->started_ms = clock_mono_ms();
    r->pid = fork();
    if (r->pid == 0) {
        run_child(r, (char *const *) (uintptr_t) args, parent);
    }
    if (r->pid < 0) {
        r->pid = 0;
        return false;
    }
    return true;
}


/*
 * Between fork and exec: async-signal-safe calls only. The environment is
 * not handed on: it may hold the first administrator's password. A session
 * of its own keeps a terminal's Ctrl-C for the daemon, which ends it in
 * order.
 */
static void
run_child(const struct private_redis *r, char *const *argv, pid_t parent)
{
    static char  locale[] = "LC_ALL=C";
    char        *env[] = { locale, NULL };
    sigset_t     none;
    int          log, null;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    umask(077);
    null = open("/dev/null", O_RDONLY);
    log = open(r->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW,
               0600);
    if (null < 0 || log < 0 || dup2(null, STDIN_FILENO) < 0
        || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0
        || (r->lock_fd == LOCK_FD ? fcntl(LOCK_FD, F_SETFD, 0)
                                  : dup2(r->lock_fd, LOCK_FD)) < 0)
    {
        _exit(126);
    }
    close_range(LOCK_FD + 1, ~0U, 0);
    /* The parent may be gone already: then the signal never comes. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent) {
        _exit(126);
    }
    execve(r->exe, argv, env);
    _exit(127);
}


static enum ab_err
wait_until_up(struct fail *f, struct private_redis *r)
{
    int64_t      start = clock_mono_ms(), spent;
    enum health  h;

    for ( ;; ) {
        h = ask_health(r);
        if (h == HEALTH_FINE) {
            return AB_OK;
        }
        if (waitpid(r->pid, NULL, WNOHANG) == r->pid) {
            r->pid = 0;
            return not_up(f, r);
        }
        spent = clock_mono_ms() - start;
        if (spent > (h == HEALTH_LOADING ? LOADING_MS : START_MS)) {
            return not_up(f, r);
        }
        usleep(POLL_US);
    }
}


static enum health
ask_health(const struct private_redis *r)
{
    struct ctx         c = { .deadline_ms = clock_mono_ms() + START_MS };
    struct redis_url   u;
    struct redis      *conn = NULL;
    struct ab_slice    ping[] = { AB_S("PING") };
    enum health        h = HEALTH_NONE;
    autofree(reply_freep) redisReply  *reply = NULL;

    c.a = arena_new(65536);
    if (c.a != NULL && redis_url_parse(&c.f, r->url, &u) == AB_OK
        && redis_open(&c, &u, &conn) == AB_OK
        && redis_ask(conn, &c, ping, 1, 0, &reply) == AB_OK)
    {
        h = reply->type == REDIS_REPLY_STATUS ? HEALTH_FINE : HEALTH_LOADING;
    }
    redis_close(conn);
    arena_free(c.a);
    return h;
}


/* With the end of what Redis wrote to its log. */
static enum ab_err
not_up(struct fail *f, const struct private_redis *r)
{
    char     tail[TAIL_BYTES + 1] = "", *p;
    off_t    size;
    ssize_t  n = 0;
    int      fd = open(r->log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0) {
        size = lseek(fd, 0, SEEK_END);
        n = pread(fd, tail, TAIL_BYTES,
                  size > TAIL_BYTES ? size - TAIL_BYTES : 0);
        close(fd);
    }
    tail[n > 0 ? n : 0] = '\0';
    for (p = tail; *p != '\0'; p++) {
        *p = *p == '\n' ? ' ' : *p;
    }
    return fail(f, AB_E_STORE_DOWN, "redis-server did not come up: %s", tail);
}


const char *
private_redis_url(const struct private_redis *r)
{
    return r->url;
}


pid_t
private_redis_pid(const struct private_redis *r)
{
    return r->pid;
}


/* The first restart comes at once, the next ones later and later. */
bool
private_redis_tend(struct private_redis *r)
{
    int64_t  now = clock_mono_ms();

    if (r->pid > 0) {
        if (waitpid(r->pid, NULL, WNOHANG) == 0) {
            return false;
        }
        r->pid = 0;
        if (now - r->started_ms >= STEADY_MS) {
            r->backoff_ms = 0;
        }
        r->next_ms = now + r->backoff_ms;
        r->backoff_ms = r->backoff_ms * 2 < BACKOFF_MIN_MS ? BACKOFF_MIN_MS
                        : r->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS
                        : r->backoff_ms * 2;
    }
    return now >= r->next_ms && spawn(r);
}


void
private_redis_stop(struct private_redis *r)
{
    int64_t  end = clock_mono_ms() + STOP_MS;

    if (r == NULL) {
        return;
    }
    if (r->pid > 0) {
        kill(r->pid, SIGTERM);
        while (waitpid(r->pid, NULL, WNOHANG) == 0) {
            if (clock_left_ms(end) == 0) {
                kill(r->pid, SIGKILL);
                waitpid(r->pid, NULL, 0);
                break;
            }
            usleep(POLL_US);
        }
    }
    if (r->lock_fd >= 0) {
        close(r->lock_fd);
    }
    free(r);
}
