/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_main.c - replays corpus files through a fuzz target, without clang.
 *
 * usage: fuzz_x FILE...; exits 0 when every file ran. No file is an error:
 * an empty corpus proves nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static int
replay(const char *name)
{
    FILE     *f = fopen(name, "rb");
    uint8_t  *mem = malloc(4 * 1024 * 1024);
    size_t    len;

    if (f == NULL || mem == NULL) {
        perror(name);
        return 1;
    }
    len = fread(mem, 1, 4 * 1024 * 1024, f);
    fclose(f);
    LLVMFuzzerTestOneInput(mem, len);
    free(mem);
    return 0;
}


int
main(int argc, char **argv)
{
    int  i, bad = 0;

    for (i = 1; i < argc; i++) {
        bad |= replay(argv[i]);
    }
    return argc < 2 ? 2 : bad;
}
