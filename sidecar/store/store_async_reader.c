/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_async_reader.c - answers that nobody asked for end the connection.
 *
 * hiredis aborts the process when a reply comes for which no command waits:
 * one spoiled byte in an array's head is enough to have one left over. The
 * reader makes its objects by a table of functions; this one makes none for
 * such a reply, which hiredis takes for a fault of the connection.
 */
#include "store_async_int.h"

#if HIREDIS_MAJOR >= 1
typedef size_t  count_t;
#else
typedef int     count_t;
#endif

static redisReplyObjectFunctions         guarded;
static const redisReplyObjectFunctions  *plain;


static bool
is_asked(const redisReadTask *task)
{
    const redisAsyncContext  *ac = task->privdata;

    return task->parent != NULL || ac->replies.head != NULL;
}


static void *
create_string(const redisReadTask *task, char *p, size_t len)
{
    return is_asked(task) ? plain->createString(task, p, len) : NULL;
}


static void *
create_array(const redisReadTask *task, count_t n)
{
    return is_asked(task) ? plain->createArray(task, n) : NULL;
}


static void *
create_integer(const redisReadTask *task, long long value)
{
    return is_asked(task) ? plain->createInteger(task, value) : NULL;
}


static void *
create_nil(const redisReadTask *task)
{
    return is_asked(task) ? plain->createNil(task) : NULL;
}


/* All contexts share one table; they live on the loop's thread. */
void
async_guard(redisAsyncContext *ac)
{
    if (plain == NULL) {
        plain = ac->c.reader->fn;
        guarded = *plain;
        guarded.createString = create_string;
        guarded.createArray = create_array;
        guarded.createInteger = create_integer;
        guarded.createNil = create_nil;
    }
    ac->c.reader->fn = &guarded;
    ac->c.reader->privdata = ac;
}
