/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option_checks.h - what the value of an option must look like.
 *
 * Each takes one value and returns NULL when it is fine, else a static
 * sentence that says what is wrong.
 */
#ifndef CONF_OPTION_CHECKS_H
#define CONF_OPTION_CHECKS_H

typedef const char *(*option_check)(const char *value);

const char *option_check_redis(const char *value);
const char *option_check_fsync(const char *value);
const char *option_check_socket(const char *value);
/* ADDR:PORT with a loopback address. */
const char *option_check_listen(const char *value);
/* http(s)://HOST[:PORT], no path but "/", no query. */
const char *option_check_hostname(const char *value);
/* An address or a network in CIDR form. */
const char *option_check_network(const char *value);
const char *option_check_level(const char *value);

#endif
