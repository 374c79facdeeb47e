/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_keyring.c - key files: made, read, refused.
 */
#include "test_rows.h"
#include "keyring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define K1  "0011223344556677889900aabbccddeeff00112233445566778899aabbccddee"
#define K2  "ff11223344556677889900aabbccddeeff00112233445566778899aabbccddee"

static char  dir[] = "/tmp/ab-keys-XXXXXX";
static char  path[64];


static void
write_file(const char *text, mode_t mode)
{
    int  fd;

    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}


static void
a_missing_file_is_made_once(void **state)
{
    struct keyring  a, b;
    struct fail     f = { .code = AB_OK };
    struct stat     st;

    (void) state;
    unlink(path);
    assert_int_equal(keyring_load(&f, path, &a), AB_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(keyring_load(&f, path, &b), AB_OK);
    assert_int_equal(a.store.n, 1);
    assert_memory_equal(a.store.keys[0].key, b.store.keys[0].key, 32);
    unlink(path);
    assert_int_equal(keyring_load(&f, path, &b), AB_OK);
    assert_memory_not_equal(a.store.keys[0].key, b.store.keys[0].key, 32);
}


static void
purposes_have_keys_of_their_own(void **state)
{
    struct keyring   k;
    struct fail      f = { .code = AB_OK };
    const uint8_t   *keys[4];
    size_t           i, j;

    (void) state;
    write_file("# two keys\n\n7 " K1 "   # new\n3 " K2, 0600);
    assert_int_equal(keyring_load(&f, path, &k), AB_OK);
    assert_int_equal(k.store.n, 2);
    assert_int_equal(k.n_mac, 2);
    assert_int_equal(k.store.keys[0].id, 7);
    assert_int_equal(k.edge.keys[1].id, 3);
    assert_int_equal(k.mac[1].id, 3);
    keys[0] = k.store.keys[0].key;
    keys[1] = k.edge.keys[0].key;
    keys[2] = k.web.keys[0].key;
    keys[3] = k.mac[0].key;
    for (i = 0; i < 4; i++) {
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, memcmp(keys[i], keys[j], 32) != 0);
        }
    }
    keyring_clear(&k);
    assert_int_equal(k.store.n, 0);
}


static void
malformed_files_are_refused(void **state)
{
    static const char *const  rows[] = {
        "", "\n\n", "# nothing\n", "1\n", K1 "\n", "1 " K1 "0\n",
        "1  " K1 "\n", "1\t" K1 "\n", " 1 " K1 "\n", "0 " K1 "\n",
        "-1 " K1 "\n", "01 " K1 "\n", "4294967296 " K1 "\n",
        "x " K1 "\n", "1 " K1 "\n1 " K2 "\n", "1 " K1 "\r\n",
        "1 g011223344556677889900aabbccddeeff00112233445566778899aabbccddee",
        "1 " K1 "\n2 " K1 "\n3 " K1 "\n4 " K1 "\n5 " K1 "\n6 " K1 "\n7 " K1
        "\n8 " K1 "\n9 " K1 "\n",
    };
    struct keyring  k = { .n_mac = 77 };
    struct fail     f;
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        write_file(rows[i], 0600);
        fail_clear(&f);
        CHECK_ROW(i, keyring_load(&f, path, &k) == AB_E_KEYRING);
        CHECK_ROW(i, strstr(f.detail, path) != NULL && k.n_mac == 77);
        CHECK_ROW(i, strstr(f.detail, "00112233") == NULL);
    }
}


static void
open_modes_and_odd_files_are_refused(void **state)
{
    static const mode_t  rows[] = { 0640, 0604, 0620, 0666, 0610, 0644 };
    struct keyring       k;
    struct fail          f;
    size_t               i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        write_file("1 " K1 "\n", rows[i]);
        fail_clear(&f);
        CHECK_ROW(i, keyring_load(&f, path, &k) == AB_E_KEYRING);
        CHECK_ROW(i, strstr(f.detail, "mode") != NULL);
    }
    write_file("1 " K1 "\n", 0400);
    fail_clear(&f);
    assert_int_equal(keyring_load(&f, path, &k), AB_OK);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(keyring_load(&f, path, &k), AB_E_KEYRING);
    fail_clear(&f);
    assert_int_equal(keyring_load(&f, dir, &k), AB_E_KEYRING);
    fail_clear(&f);
    assert_int_equal(keyring_load(&f, "/nonexistent/keys", &k), AB_E_KEYRING);
}


static int
start(void **state)
{
    (void) state;
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/keys", dir);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    unlink(path);
    return rmdir(dir);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a missing file is made once", a_missing_file_is_made_once),
        TEST("T-SE1: each purpose has keys of its own",
             purposes_have_keys_of_their_own),
        TEST("malformed files are refused, keys never told",
             malformed_files_are_refused),
        TEST("open modes and odd files are refused",
             open_modes_and_odd_files_are_refused),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
