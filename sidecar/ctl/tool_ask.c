/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_ask.c - one question to a running daemon, from auth-brokerctl.
 */
#include "tool_ask.h"

#include "ab_buf.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_S      15
#define ANSWER_MAX  (16 * 1024 * 1024)

static int connect_to(struct fail *f, const char *path);
static bool send_line(int fd, const json_t *question);
static bool read_line(int fd, struct ab_buf *out);


enum ab_err
tool_ask(struct fail *f, const char *path, const json_t *question,
    json_t **ret_answer)
{
    struct ab_buf   line;
    json_t         *answer = NULL;
    int             fd = connect_to(f, path);
    enum ab_err     e = AB_OK;

    if (fd < 0) {
        return f->code;
    }
    ab_buf_init(&line, ANSWER_MAX);
    if (!send_line(fd, question) || !read_line(fd, &line)) {
        e = fail(f, AB_E_EDGE_DOWN, "%s: no answer", path);
    } else {
        answer = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(answer)) {
            json_decref(answer);
            e = fail(f, AB_E_JSON, "%s: not an answer", path);
        }
    }
    ab_buf_clear(&line);
    close(fd);
    if (e == AB_OK) {
        *ret_answer = answer;
    }
    return e;
}


static int
connect_to(struct fail *f, const char *path)
{
    struct sockaddr_un  a = { .sun_family = AF_UNIX };
    struct timeval      limit = { .tv_sec = WAIT_S };
    int                 fd;

    if (strlen(path) >= sizeof(a.sun_path)) {
        fail(f, AB_E_OPTION, "%s: path too long for a socket", path);
        return -1;
    }
    memcpy(a.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *) &a, sizeof(a)) != 0
        || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0)
    {
        fail(f, AB_E_EDGE_DOWN, "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}


static bool
send_line(int fd, const json_t *question)
{
    char    *text = json_dumps(question, JSON_COMPACT | JSON_ENSURE_ASCII);
    size_t   len = text == NULL ? 0 : strlen(text);
    bool     fine;

    /* Arguments are short: the line fits into the socket's buffer. */
    fine = text != NULL && send(fd, text, len, MSG_NOSIGNAL) == (ssize_t) len
           && send(fd, "\n", 1, MSG_NOSIGNAL) == 1;
    free(text);
    return fine;
}


static bool
read_line(int fd, struct ab_buf *out)
{
    char     mem[16384];
    ssize_t  n;

    while (!out->failed && (n = read(fd, mem, sizeof(mem))) > 0) {
        ab_buf_add(out, ab_slice(mem, (size_t) n));
        if (mem[n - 1] == '\n') {
            return !out->failed;
        }
    }
    return false;
}
