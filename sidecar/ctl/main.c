/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - auth-brokerctl: asks a running auth-brokerd at its ctl.sock.
 */
#include "tool_ask.h"
#include "tool_print.h"

#include "base/autofree.h"
#include "base/version.h"

#include <stdbool.h>
#include <string.h>

#define DEFAULT_SOCKET  "/run/auth-broker/ctl.sock"
#define SOCKET_ENV      "AUTH_BROKER_CTL_SOCKET"

/* What the process ends with. */
enum {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,
    EXIT_USAGE = 2,
    EXIT_NO_DAEMON = 3
};

/* name: words of the command line and of the question; operand: argument
 * that may stand without its name, or NULL (it needs the name when it starts
 * with "--", as a SID may); options: the named ones; print: how a person
 * reads its result */
static const struct command {
    const char   *name;
    const char   *operand;
    const char   *options[3];
    void        (*print)(FILE *out, const json_t *result);
    const char   *help;
} commands[] = {
    { "status", NULL, { NULL }, print_status,
      "whether the daemon is ready, its Redis, position and counters" },
    { "session list", NULL, { "realm", "user", NULL }, print_sessions,
      "a user's live sessions (--realm NAME --user NAME-OR-ID)" },
    { "session revoke", "sid", { "realm", "user", NULL }, print_revoked,
      "end a session everywhere (SID), or all of a user "
      "(--realm NAME --user NAME-OR-ID)" },
};

struct invocation {
    const struct command  *command;
    const char            *socket;
    bool                   as_json;
    json_t                *question;
};

static bool read_arguments(int argc, char **argv, struct invocation *in);
static bool read_option(struct invocation *in, const char *name,
    const char *value);
static const struct command *find_command(int argc, char **argv,
    int *ret_words);
static int run(const struct invocation *in);
static int show(const struct invocation *in, const json_t *answer);
static bool complain(const char *what, const char *about);
static void usage(FILE *out);


int
main(int argc, char **argv)
{
    autofree(json_unrefp) json_t  *question = json_object();
    struct invocation              in = { .question = question };
    const char                    *env = getenv(SOCKET_ENV);

    in.socket = env != NULL && env[0] != '\0' ? env : DEFAULT_SOCKET;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("auth-brokerctl " AB_VERSION);
        return EXIT_DONE;
    }
    if (!read_arguments(argc - 1, argv + 1, &in)) {
        return EXIT_USAGE;
    }
    return run(&in);
}


/* Options may stand before and after the command's words. */
static bool
read_arguments(int argc, char **argv, struct invocation *in)
{
    const char  *arg;
    int          i, words;

    for (i = 0; i < argc; i++) {
        arg = argv[i];
        if (strcmp(arg, "--json") == 0) {
            in->as_json = true;
        } else if (strcmp(arg, "--ctl-socket") == 0 && i + 1 < argc) {
            in->socket = argv[++i];
        } else if (in->command == NULL) {
            in->command = find_command(argc - i, argv + i, &words);
            if (in->command == NULL) {
                return complain("unknown command or option", arg);
            }
            i += words - 1;
        } else if (strncmp(arg, "--", 2) != 0) {
            if (!read_option(in, in->command->operand, arg)) {
                return complain("one argument too many", arg);
            }
        } else if (i + 1 == argc || !read_option(in, arg + 2, argv[i + 1])) {
            return complain("unknown, repeated or incomplete option", arg);
        } else {
            i++;
        }
    }
    return in->command != NULL || complain("no command", NULL);
}


static const struct command *
find_command(int argc, char **argv, int *ret_words)
{
    size_t  i, first;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        first = strcspn(commands[i].name, " ");
        if (strlen(argv[0]) != first
            || strncmp(argv[0], commands[i].name, first) != 0)
        {
            continue;
        }
        *ret_words = commands[i].name[first] == '\0' ? 1 : 2;
        if (*ret_words == 1
            || (argc > 1 && strcmp(argv[1], commands[i].name + first + 1)
                            == 0))
        {
            return &commands[i];
        }
    }
    return NULL;
}


/* False when the command has no such argument, or has it already. */
static bool
read_option(struct invocation *in, const char *name, const char *value)
{
    const struct command  *cmd = in->command;
    bool                   known = false;
    size_t                 i;

    if (name != NULL && cmd->operand != NULL) {
        known = strcmp(cmd->operand, name) == 0;
    }
    for (i = 0; name != NULL && cmd->options[i] != NULL; i++) {
        known |= strcmp(cmd->options[i], name) == 0;
    }
    return known && json_object_get(in->question, name) == NULL
           && json_object_set_new(in->question, name, json_string(value))
              == 0;
}


static int
run(const struct invocation *in)
{
    autofree(json_unrefp) json_t  *answer = NULL;
    struct fail                    f = { .code = AB_OK };

    json_object_set_new(in->question, "command",
                        json_string(in->command->name));
    if (tool_ask(&f, in->socket, in->question, &answer) != AB_OK) {
        fprintf(stderr, "auth-brokerctl: %s\n", f.detail);
        return EXIT_NO_DAEMON;
    }
    return show(in, answer);
}


/* A daemon that is not ready answers, and is a failure to a script. */
static int
show(const struct invocation *in, const json_t *answer)
{
    const json_t  *result = json_object_get(answer, "result");
    bool           ok = json_is_true(json_object_get(answer, "ok"));

    if (in->as_json) {
        json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
        putchar('\n');
    } else if (ok) {
        in->command->print(stdout, result);
    } else {
        fputs("auth-brokerctl: ", stderr);
        print_safe(stderr, json_string_value(json_object_get(answer,
                                                             "detail")));
        fputs(" (", stderr);
        print_safe(stderr, json_string_value(json_object_get(answer,
                                                             "reason")));
        fputs(")\n", stderr);
    }
    return ok && !json_is_false(json_object_get(result, "ready"))
           ? EXIT_DONE : EXIT_REFUSED;
}


/* False, for the caller to pass on. */
static bool
complain(const char *what, const char *about)
{
    fprintf(stderr, "auth-brokerctl: %s%s", what, about == NULL ? "" : ": ");
    if (about != NULL) {
        print_safe(stderr, about);
    }
    fputc('\n', stderr);
    usage(stderr);
    return false;
}


static void
usage(FILE *out)
{
    size_t  i;

    fputs("usage: auth-brokerctl [--ctl-socket PATH] [--json] COMMAND\n", out);
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(out, "  %-15s %s\n", commands[i].name, commands[i].help);
    }
    fputs("ends with 0: done, 1: refused or not ready, 2: wrong usage, "
          "3: no daemon\n", out);
}
