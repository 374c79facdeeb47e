/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_private_redis.c - the child process: start, lock, restart, end.
 */
#include "store_fixture.h"
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define WAIT_MS  8000


static void
a_second_daemon_is_kept_out(void **state)
{
    struct store_fixture    fx;
    struct fail             f = { .code = AB_OK };
    struct private_redis   *second = NULL;
    int64_t                 start;

    (void) state;
    fixture_start(&fx);
    start = clock_mono_ms();
    assert_int_equal(private_redis_start(&f, fx.dir, "everysec", &second),
                     AB_E_STORE_DOWN);
    assert_null(second);
    assert_non_null(strstr(f.detail, "in use"));
    assert_true(clock_mono_ms() - start < 20000);
    fixture_stop(&fx);
}


static void
what_is_stored_outlives_a_stop(void **state)
{
    struct store_fixture  fx;
    struct ab_slice       got;
    struct fail           f = { .code = AB_OK };

    (void) state;
    fixture_start(&fx);
    assert_int_equal(store_set(&fx.c, key1(&fx.c, KEY_SESSION_X, "s"),
                               AB_S("v"), 0), AB_OK);
    private_redis_stop(fx.redis);
    assert_int_equal(private_redis_start(&f, fx.dir, "always", &fx.redis),
                     AB_OK);
    fixture_renew(&fx);
    assert_int_equal(store_get(&fx.c, key1(&fx.c, KEY_SESSION_X, "s"), &got),
                     AB_OK);
    assert_true(ab_slice_eq_str(got, "v"));
    fixture_stop(&fx);
}


/* Restarted at once, then later and later. */
static void
restarts_back_off(void **state)
{
    struct store_fixture  fx;
    int64_t               died, took[3];
    size_t                i;

    (void) state;
    fixture_start(&fx);
    for (i = 0; i < 3; i++) {
        assert_false(private_redis_tend(fx.redis));
        kill(private_redis_pid(fx.redis), SIGKILL);
        died = clock_mono_ms();
        while (!private_redis_tend(fx.redis)) {
            CHECK_ROW(i, clock_mono_ms() - died < WAIT_MS);
            usleep(1000);
        }
        took[i] = clock_mono_ms() - died;
    }
    assert_true(took[0] < 150);
    assert_true(took[1] >= 190 && took[1] < 390);
    assert_true(took[2] >= 390);
    fixture_stop(&fx);
}


static bool
is_gone(pid_t pid)
{
    int64_t  end = clock_mono_ms() + WAIT_MS;

    while (kill(pid, 0) == 0 || errno != ESRCH) {
        if (clock_left_ms(end) == 0) {
            return false;
        }
        usleep(1000);
    }
    return true;
}


/* A daemon that is killed takes its Redis along, and the next one starts on
 * the same folder. */
static void
it_ends_with_its_daemon(void **state)
{
    struct store_fixture  fx;
    struct fail           f = { .code = AB_OK };
    int                   fds[2];
    pid_t                 daemon, redis;

    (void) state;
    fixture_folder(&fx);
    assert_int_equal(pipe(fds), 0);
    daemon = fork();
    if (daemon == 0) {
        if (private_redis_start(&f, fx.dir, "everysec", &fx.redis) != AB_OK) {
            _exit(1);
        }
        redis = private_redis_pid(fx.redis);
        if (write(fds[1], &redis, sizeof(redis)) != sizeof(redis)) {
            _exit(1);
        }
        pause();
        _exit(0);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &redis, sizeof(redis)), sizeof(redis));
    close(fds[0]);
    kill(daemon, SIGKILL);
    waitpid(daemon, NULL, 0);
    assert_int_equal(private_redis_start(&f, fx.dir, "everysec", &fx.redis),
                     AB_OK);
    assert_true(is_gone(redis));
    private_redis_stop(fx.redis);
    nftw(fx.dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}


static void
bad_folders_are_told(void **state)
{
    struct store_fixture    fx;
    struct private_redis   *r = NULL;
    struct fail             f = { .code = AB_OK };
    char                    path[256];

    (void) state;
    fixture_folder(&fx);
    snprintf(path, sizeof(path), "%s/%0100d", fx.dir, 0);
    assert_int_equal(private_redis_start(&f, path, "everysec", &r),
                     AB_E_OPTION);
    assert_non_null(strstr(f.detail, "--state-dir"));
    fail_clear(&f);
    assert_int_equal(private_redis_start(&f, "/nonexistent/a", "everysec",
                                         &r), AB_E_OPTION);
    /* a link in place of the folder leads elsewhere */
    fail_clear(&f);
    snprintf(path, sizeof(path), "%s/redis", fx.dir);
    assert_int_equal(symlink("/tmp", path), 0);
    assert_int_equal(private_redis_start(&f, fx.dir, "everysec", &r),
                     AB_E_OPTION);
    assert_null(r);
    nftw(fx.dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}


static void
a_redis_that_does_not_start_is_told(void **state)
{
    struct store_fixture    fx;
    struct private_redis   *r = NULL;
    struct fail             f = { .code = AB_OK };

    (void) state;
    fixture_folder(&fx);
    assert_int_equal(private_redis_start(&f, fx.dir, "sometimes", &r),
                     AB_E_STORE_DOWN);
    assert_non_null(strstr(f.detail, "appendfsync"));
    nftw(fx.dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}


/* A server in its place tells what it was given. */
static void
nothing_of_the_daemon_is_handed_on(void **state)
{
    struct store_fixture    fx;
    struct private_redis   *r = NULL;
    struct fail             f = { .code = AB_OK };
    char                    path[128], *before = strdup(getenv("PATH"));
    FILE                   *file;
    int                     secret = open("/etc/passwd", O_RDONLY);

    (void) state;
    assert_true(secret > 0);
    fixture_folder(&fx);
    snprintf(path, sizeof(path), "%s/redis-server", fx.dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\nenv | grep -c BOOTSTRAP\n"
                  "ls -l /proc/$$/fd | grep -c passwd\necho told\nexit 1\n");
    fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
    setenv("PATH", fx.dir, 1);
    setenv("AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD", "pw", 1);
    assert_int_equal(private_redis_start(&f, fx.dir, "everysec", &r),
                     AB_E_STORE_DOWN);
    setenv("PATH", before, 1);
    unsetenv("AUTH_BROKER_BOOTSTRAP_ADMIN_PASSWORD");
    assert_non_null(strstr(f.detail, "0 0 told"));
    close(secret);
    free(before);
    nftw(fx.dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}


static void
its_socket_is_the_daemons_alone(void **state)
{
    struct store_fixture  fx;
    struct stat           st;

    (void) state;
    fixture_start(&fx);
    assert_int_equal(stat(private_redis_url(fx.redis) + 5, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
    fixture_stop(&fx);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a second daemon on the folder is kept out",
             a_second_daemon_is_kept_out),
        TEST("what is stored outlives a stop", what_is_stored_outlives_a_stop),
        TEST("restarts back off", restarts_back_off),
        TEST("it ends with its daemon, and the next one takes over",
             it_ends_with_its_daemon),
        TEST("a long path, a missing folder, a link are told",
             bad_folders_are_told),
        TEST("a Redis that does not start is told with its last words",
             a_redis_that_does_not_start_is_told),
        TEST("neither environment nor open files are handed on",
             nothing_of_the_daemon_is_handed_on),
        TEST("its socket is the daemon's alone",
             its_socket_is_the_daemons_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
