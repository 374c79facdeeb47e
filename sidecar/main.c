/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - auth-brokerd: options, then Redis, realms, edge, web and ctl, in
 * that order; signals; nothing else.
 */
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/version.h"
#include "broker/jwks.h"
#include "conf/keyring.h"
#include "conf/listen.h"
#include "conf/options.h"
#include "conf/peer.h"
#include "ctl/ctl.h"
#include "edge/edge.h"
#include "model/entity.h"
#include "model/import.h"
#include "model/mark.h"
#include "net/http.h"
#include "server/http.h"
#include "store/private_redis.h"
#include "token/key.h"

#include "ab_uri.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define ENTITIES_MAX    20000
#define WEB_THREADS     64
#define WEB_QUEUE       1024
#define EDGE_THREADS    8
#define THREAD_STACK    (512 * 1024)
#define START_MS        120000      /* a realm's import included */
#define START_ARENA     (512UL * 1024 * 1024)
#define SOCKET_MODE     0660
#define LARGE_BLOCK     (1024 * 1024)

/* Everything that lives as long as the process. */
struct daemon {
    struct options         opt;
    struct keyring         keyring;
    struct peer_list       peers;
    struct private_redis  *redis;
    struct store_conf      store;
    const char            *redis_warning;
    struct app             app;
    struct web_server     *web;
    struct edge           *edge;
    struct ctl            *ctl;
    int64_t                started_s;
};


/* ---- small steps -------------------------------------------------------- */

/* jansson 2.14 writes behind its buffer when an allocation fails inside its
 * parser; a process that ends is started again, one with a broken heap goes
 * on. */
static void *
json_alloc(size_t n)
{
    void  *p = malloc(n);

    if (p == NULL) {
        abort();
    }
    return p;
}


/* Signals are taken by sigtimedwait() in run(); all threads block them. */
static void
block_signals(sigset_t *ret_set)
{
    sigemptyset(ret_set);
    sigaddset(ret_set, SIGTERM);
    sigaddset(ret_set, SIGINT);
    sigaddset(ret_set, SIGCHLD);
    sigaddset(ret_set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, ret_set, NULL);
    signal(SIGPIPE, SIG_IGN);
}


/* Key file, secrets in memory: not for other users, not in core files. */
static void
harden(void)
{
    struct rlimit  none = { 0, 0 };

    umask(0027);
    setrlimit(RLIMIT_CORE, &none);
}


/* glibc's default of 8 MiB a thread is address space only, but workers of
 * ours never need it. */
static void
small_stacks(void)
{
    pthread_attr_t  attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK);
    pthread_setattr_default_np(&attr);
    pthread_attr_destroy(&attr);
}


/* A password takes 7 MiB for some milliseconds. Left to itself glibc learns to
 * keep such blocks, for each of its heaps; with the limit set they go back. */
static void
small_heap(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
}


static enum ab_err
load_keys(struct daemon *d, struct fail *f)
{
    char  path[4096];

    if (mkdir(d->opt.state_dir, 0700) != 0 && errno != EEXIST) {
        return fail(f, AB_E_OPTION, "--state-dir %s: %s", d->opt.state_dir,
                    strerror(errno));
    }
    snprintf(path, sizeof(path), "%s/keys", d->opt.state_dir);
    return keyring_load(f, d->opt.key_file != NULL ? d->opt.key_file : path,
                        &d->keyring);
}


static enum ab_err
start_redis(struct daemon *d, struct fail *f)
{
    enum ab_err  e = AB_OK;

    d->store.keyring = &d->keyring;
    if (d->opt.redis != NULL) {
        d->store.url = d->opt.redis;
        return AB_OK;
    }
    e = private_redis_start(f, d->opt.state_dir, d->opt.redis_fsync,
                            &d->redis);
    if (e == AB_OK) {
        d->store.url = (char *) (uintptr_t) private_redis_url(d->redis);
    }
    return e;
}


/* What stands in for --hostname at the edge when there is none. */
static char *
base_url(const struct options *opt)
{
    char    *url = NULL;
    size_t   len;

    if (opt->hostname == NULL) {
        return asprintf(&url, "http://%s", opt->web_listen != NULL
                        ? opt->web_listen : "localhost") < 0 ? NULL : url;
    }
    url = strdup(opt->hostname);
    len = url == NULL ? 0 : strlen(url);
    if (len > 0 && url[len - 1] == '/') {
        url[len - 1] = '\0';
    }
    return url;
}


static enum ab_err
make_app(struct daemon *d, struct fail *f)
{
    struct app     *app = &d->app;
    struct ab_uri   uri;

    app->opt = &d->opt;
    app->keyring = &d->keyring;
    app->base_url = base_url(&d->opt);
    app->has_hostname = d->opt.hostname != NULL;
    if (app->base_url == NULL) {
        return fail(f, AB_E_NOMEM, "base URL");
    }
    if (ab_uri_parse(ab_slice_str(app->base_url), &uri) != AB_OK
        || uri.query.p != NULL || uri.fragment.p != NULL || uri.path.len > 0)
    {
        return fail(f, AB_E_OPTION, "--hostname %s is no http(s) URL of a "
                    "host", app->base_url);
    }
    app->is_https = uri.is_https;
    app->cache = entity_cache_new(ENTITIES_MAX);
    app->jwks = jwks_cache_new();
    if (app->cache == NULL || app->jwks == NULL) {
        return fail(f, AB_E_NOMEM, "application");
    }
    return http_client_new(f, app, &app->http);
}


/* ---- realms ------------------------------------------------------------- */

/* Daemons that run already learn of a realm by the stream. Its keys are made
 * before: whoever has to tell of the keys of many realms has a few seconds
 * for it. Each realm has the whole time of a start. */
static void
announce(struct ctx *c, const char *name)
{
    const struct realm  *realm;
    json_t              *keys = NULL;

    c->deadline_ms = clock_mono_ms() + START_MS;
    if (realm_by_name(c, name, &realm) != AB_OK
        || realm_jwks(c, realm, &keys) != AB_OK
        || mark_realm_epoch(c, realm->id) != AB_OK)
    {
        log_fail("import_unannounced", &c->f, "srealm", name, NULL);
        fail_clear(&c->f);
    }
    json_decref(keys);
}


static void
seen_realm(void *arg, const struct import_result *r)
{
    struct ctx  *c = arg;

    if (c != NULL && !r->is_skipped) {
        announce(c, r->realm);
    }
    log_event(AB_LOG_INFO, r->is_skipped ? "import_skipped" : "imported",
              "srealm", r->realm, "iusers", (int64_t) r->n_users, "iclients",
              (int64_t) r->n_clients, "iidps", (int64_t) r->n_idps, NULL);
    if (r->n_masked > 0) {
        log_event(AB_LOG_WARN, "import_masked_secrets", "srealm", r->realm,
                  "icount", (int64_t) r->n_masked, NULL);
    }
}


/* AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD or the first line of …_FILE. */
static char *
admin_password(struct ctx *c)
{
    const char  *text = getenv("AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD");
    const char  *path = getenv("AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD_FILE");
    char         line[1024];
    FILE        *in;

    if (text != NULL) {
        return arena_str(c->a, text);
    }
    in = path == NULL ? NULL : fopen(path, "re");
    if (in == NULL) {
        return NULL;
    }
    text = fgets(line, sizeof(line), in);
    fclose(in);
    line[strcspn(line, "\r\n")] = '\0';
    return text == NULL ? NULL : arena_str(c->a, line);
}


static enum ab_err
load_realms(struct daemon *d, struct ctx *c)
{
    bool         made = false;
    enum ab_err  e;

    e = import_master(c, getenv("AUTH_BROKER_BOOTSTRAP_ADMIN_USERNAME"),
                      admin_password(c), &made);
    if (e == AB_OK && made) {
        log_event(AB_LOG_INFO, "administrator_made", "srealm", "master",
                  NULL);
    }
    if (e == AB_OK && d->opt.import_realm != NULL) {
        e = import_folder(c, d->opt.import_realm, false, seen_realm, c);
    }
    return e;
}


/* Checks of the store, then realms: one ctx for the whole start. */
static enum ab_err
prepare_store(struct daemon *d, struct fail *f)
{
    struct ctx   c = { .app = &d->app, .base = d->app.base_url };
    int64_t      now_ms;
    enum ab_err  e = AB_E_NOMEM;

    c.a = arena_new(START_ARENA);
    c.store = store_new(&d->store);
    c.deadline_ms = clock_mono_ms() + START_MS;
    if (c.a != NULL && c.store != NULL) {
        e = store_check(&c, d->redis != NULL, &d->redis_warning);
    }
    if (e == AB_OK) {
        e = store_time_ms(&c, &now_ms);
    }
    if (e == AB_OK) {
        e = load_realms(d, &c);
    }
    if (e != AB_OK) {
        *f = c.f;
        f->code = e;
    }
    store_free(c.store);
    arena_free(c.a);
    return e;
}


/* ---- servers ------------------------------------------------------------ */

static enum ab_err
start_edge(struct daemon *d, struct fail *f)
{
    struct edge_conf  conf = { &d->app, &d->store, &d->peers, EDGE_THREADS };
    int               fd;
    enum ab_err       e = edge_start(f, &conf, &d->edge);

    if (e == AB_OK) {
        e = listen_unix(f, d->opt.edge_socket, SOCKET_MODE, &d->peers, &fd);
    }
    return e == AB_OK ? edge_listen(f, d->edge, fd) : e;
}


static enum ab_err
start_web(struct daemon *d, struct fail *f)
{
    struct web_conf  conf = { &d->app, &d->store, &d->peers, WEB_THREADS,
                              WEB_QUEUE };
    int              fd;
    enum ab_err      e = web_start(f, &conf, &d->web);

    if (e == AB_OK) {
        e = listen_unix(f, d->opt.web_socket, SOCKET_MODE, &d->peers, &fd);
    }
    if (e == AB_OK) {
        e = web_listen(f, d->web, fd, true);
    }
    if (e == AB_OK && d->opt.web_listen != NULL) {
        e = listen_loopback(f, d->opt.web_listen, &fd);
        e = e == AB_OK ? web_listen(f, d->web, fd, false) : e;
    }
    return e;
}


static void
ctl_facts(void *arg, struct ctl_facts *ret_facts)
{
    struct daemon       *d = arg;
    struct edge_status   s;

    edge_status(d->edge, &s);
    memcpy(ret_facts->position, s.position, sizeof(ret_facts->position));
    ret_facts->is_confirmed = s.is_confirmed;
    ret_facts->confirmed_ago_ms = s.confirmed_ago_ms;
    ret_facts->n_workers = s.n_workers;
    ret_facts->redis_pid = d->redis == NULL
                           ? 0 : (int) private_redis_pid(d->redis);
    ret_facts->redis_warning = d->redis_warning;
    ret_facts->started_s = d->started_s;
}


static enum ab_err
start_ctl(struct daemon *d, struct fail *f)
{
    struct ctl_conf  conf = { &d->app, &d->store, ctl_facts, d };
    int              fd;
    enum ab_err      e;

    e = listen_unix(f, d->opt.ctl_socket, 0600, NULL, &fd);
    return e == AB_OK ? ctl_start(f, &conf, fd, &d->ctl) : e;
}


static enum ab_err
start(struct daemon *d, struct fail *f)
{
    enum ab_err  e = load_keys(d, f);

    if (e == AB_OK) {
        e = peer_list_parse(f, &d->opt.edge_uid, &d->peers);
    }
    if (e == AB_OK) {
        e = start_redis(d, f);
    }
    if (e == AB_OK) {
        e = make_app(d, f);
    }
    if (e == AB_OK) {
        e = prepare_store(d, f);
    }
    if (e == AB_OK) {
        e = start_edge(d, f);
    }
    if (e == AB_OK) {
        e = start_web(d, f);
    }
    return e == AB_OK ? start_ctl(d, f) : e;
}


/* Newest first; each of them takes NULL. */
static void
stop(struct daemon *d)
{
    ctl_stop(d->ctl);
    web_stop(d->web);
    edge_stop(d->edge);
    jwks_cache_free(d->app.jwks);
    http_client_free(d->app.http);
    entity_cache_free(d->app.cache);
    if (d->redis != NULL) {
        private_redis_stop(d->redis);
    }
    free((char *) (uintptr_t) d->app.base_url);
    keyring_clear(&d->keyring);
    options_clear(&d->opt);
}


static void
run(struct daemon *d, const sigset_t *signals)
{
    const struct timespec  second = { 1, 0 };
    int                    sig;

    log_event(AB_LOG_INFO, "ready", "sversion", AB_VERSION, "sbase",
              d->app.base_url, NULL);
    if (d->redis_warning != NULL) {
        log_event(AB_LOG_WARN, "redis", "swarning", d->redis_warning, NULL);
    }
    sd_notify(0, "READY=1");
    for ( ;; ) {
        sig = sigtimedwait(signals, NULL, &second);
        if (sig == SIGTERM || sig == SIGINT) {
            break;
        }
        if (d->redis != NULL && private_redis_tend(d->redis)) {
            log_event(AB_LOG_WARN, "redis_restarted", NULL);
        }
    }
    sd_notify(0, "STOPPING=1");
    log_event(AB_LOG_INFO, "stopping", NULL);
}


/* --check: everything that can be looked at without a Redis. */
static enum ab_err
check(struct daemon *d, struct fail *f)
{
    struct ctx   c = { .app = &d->app };
    enum ab_err  e = AB_OK;

    if (d->opt.key_file != NULL && access(d->opt.key_file, F_OK) == 0) {
        e = keyring_load(f, d->opt.key_file, &d->keyring);
    }
    if (e == AB_OK) {
        e = peer_list_parse(f, &d->opt.edge_uid, &d->peers);
    }
    if (e == AB_OK && d->opt.import_realm != NULL) {
        c.a = arena_new(START_ARENA);
        c.deadline_ms = clock_mono_ms() + START_MS;
        e = c.a == NULL ? AB_E_NOMEM
                        : import_folder(&c, d->opt.import_realm, true,
                                        seen_realm, NULL);
        if (e != AB_OK) {
            *f = c.f;
            f->code = e;
        }
        arena_free(c.a);
    }
    if (e == AB_OK) {
        puts("auth-brokerd: options, keys and realm files are fine");
    }
    return e;
}


static bool
told(const struct options *opt)
{
    if (opt->help) {
        options_print(stdout);
    } else if (opt->version) {
        puts("auth-brokerd " AB_VERSION);
    }
    return opt->help || opt->version;
}


int
main(int argc, char **argv)
{
    static struct daemon  d;
    struct fail           f = { 0 };
    enum ab_level         level;
    sigset_t              signals;
    enum ab_err           e = options_parse(&f, argc, argv, &d.opt);

    if (e != AB_OK) {
        fprintf(stderr, "auth-brokerd: %s\n", f.detail);
        return 2;
    }
    if (told(&d.opt)) {
        return 0;
    }
    if (log_parse_level(d.opt.log_level, &level)) {
        log_set_level(level);
    }
    block_signals(&signals);
    harden();
    small_stacks();
    small_heap();
    json_set_alloc_funcs(json_alloc, free);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    d.started_s = clock_now_s();
    e = d.opt.check ? check(&d, &f) : start(&d, &f);
    if (e != AB_OK) {
        log_fail("start_refused", &f, NULL);
        fprintf(stderr, "auth-brokerd: %s\n", f.detail);
    } else if (!d.opt.check) {
        run(&d, &signals);
    }
    stop(&d);
    return e == AB_OK ? 0 : 1;
}
