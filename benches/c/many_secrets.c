/* Many secrets, in one call or one by one: what `cargo xtask bench bulk` times, as part of a process that has done
   nothing before. Arguments: "bulk" or "single", how many, and how many at once. The names are s0, s1, and so on.
   Prints the nanoseconds from the first call to the last value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "doorkey.h"

#define NAMES_MAX 4096

static void must(doorkey_status status, const doorkey_error *error)
{
    if (status != DOORKEY_STATUS_OK) {
        fprintf(stderr, "%s\n", error ? doorkey_error_message(error) : doorkey_status_name(status));
        exit(1);
    }
}

static void all_at_once(const doorkey_client *client, const char *const *names, size_t count, const doorkey_call *call)
{
    doorkey_operation *operation = NULL;
    doorkey_secret_list *list = NULL;
    doorkey_error *error = NULL;

    must(doorkey_client_get_secrets(client, "demo", names, count, call, &operation, &error), error);
    must(doorkey_operation_take_list(operation, &list, &error), error);
    for (size_t at = 0; at < count; at++)
        must(doorkey_secret_list_status(list, at), doorkey_secret_list_error(list, at));
    doorkey_secret_list_free(list);
    doorkey_operation_free(operation);
}

static void one_by_one(const doorkey_client *client, const char *const *names, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        doorkey_operation *operation = NULL;
        doorkey_secret *secret = NULL;
        doorkey_error *error = NULL;

        must(doorkey_client_get_secret(client, "demo", names[at], NULL, NULL, &operation, &error), error);
        must(doorkey_operation_take_secret(operation, &secret, &error), error);
        doorkey_secret_free(secret);
        doorkey_operation_free(operation);
    }
}

int main(int count, char **arguments)
{
    static char texts[NAMES_MAX][16];
    static const char *names[NAMES_MAX];
    struct timespec started, ended;
    doorkey_client *client = NULL;
    doorkey_call call = {0};
    doorkey_error *error = NULL;
    int wanted = count == 4 ? atoi(arguments[2]) : 0;

    if (wanted < 1 || wanted > NAMES_MAX) {
        fprintf(stderr, "usage: many_secrets bulk|single COUNT AT_ONCE\n");
        return 2;
    }
    for (int at = 0; at < wanted; at++) {
        snprintf(texts[at], sizeof texts[at], "s%d", at);
        names[at] = texts[at];
    }
    call.struct_size = sizeof call;
    call.concurrency = (uint32_t)atoi(arguments[3]);
    must(doorkey_client_new(NULL, &client, &error), error);
    clock_gettime(CLOCK_MONOTONIC, &started);
    if (strcmp(arguments[1], "bulk") == 0)
        all_at_once(client, names, (size_t)wanted, &call);
    else
        one_by_one(client, names, (size_t)wanted);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%lld\n", (long long)(ended.tv_sec - started.tv_sec) * 1000000000 + ended.tv_nsec - started.tv_nsec);
    doorkey_client_free(client);
    return 0;
}
