/* The whole test framework of the C programs: one line per check, the count at the end.
   Every program prints `ok - sentence` or `not ok - sentence`, and `1..N` as its last line. */
#ifndef DOORKEY_TEST_CHECK_H
#define DOORKEY_TEST_CHECK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doorkey.h"

static int checks_made;
static int checks_failed;

/* The sentence may have arguments, as in printf. */
#define CHECK(condition, ...) check_that((condition) != 0, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5)))
static inline int check_that(int good, const char *file, int line, const char *sentence, ...)
{
    va_list arguments;

    printf(good ? "ok - " : "not ok - ");
    va_start(arguments, sentence);
    vprintf(sentence, arguments);
    va_end(arguments);
    if (!good)
        printf(" (%s:%d)", file, line);
    printf("\n");
    fflush(stdout);
    checks_made++;
    checks_failed += !good;
    return good;
}

/* For what a test needs and does not test. */
static inline void must(int good, const char *what)
{
    if (!good) {
        printf("not ok - cannot go on: %s\n", what);
        exit(1);
    }
}

static inline int finish(void)
{
    printf("1..%d\n", checks_made);
    return checks_failed != 0;
}

static inline const char *variable(const char *name)
{
    const char *value = getenv(name);
    must(value && *value, name);
    return value;
}

static inline int contains(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

static inline int same(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* The status is the one wanted, the error object agrees and its message names the argument. Frees the error. */
static inline int refused(doorkey_status status, doorkey_error **error, doorkey_status wanted, const char *argument)
{
    int good = status == wanted && *error != NULL && doorkey_error_status(*error) == wanted
        && contains(doorkey_error_message(*error), argument);

    if (!good)
        printf("# status %d (%s): %s\n", (int)status, doorkey_status_name((int32_t)status),
               *error ? doorkey_error_message(*error) : "no error object");
    doorkey_error_free(*error);
    *error = NULL;
    return good;
}

/* Says why something that had to work did not. Frees the error. */
static inline int worked(doorkey_status status, doorkey_error **error)
{
    if (status != DOORKEY_STATUS_OK)
        printf("# status %d (%s): %s\n", (int)status, doorkey_status_name((int32_t)status),
               error && *error ? doorkey_error_message(*error) : "no error object");
    if (error) {
        doorkey_error_free(*error);
        *error = NULL;
    }
    return status == DOORKEY_STATUS_OK;
}

#endif
