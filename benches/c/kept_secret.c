/* A secret that the client keeps, got and freed again and again: what `cargo xtask bench kept` times.
   Arguments: calls per round, and rounds. Prints the nanoseconds of every round. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "doorkey.h"

static doorkey_client *client;

static void must(doorkey_status status, doorkey_error *error)
{
    if (status != DOORKEY_STATUS_OK) {
        fprintf(stderr, "%s\n", error ? doorkey_error_message(error) : doorkey_status_name(status));
        exit(1);
    }
}

static void one_secret(const doorkey_call *call)
{
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;
    doorkey_error *error = NULL;

    must(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, call, &operation, &error), error);
    must(doorkey_operation_take_secret(operation, &secret, &error), error);
    doorkey_operation_free(operation);
    doorkey_secret_free(secret);
}

int main(int count, char **arguments)
{
    doorkey_call call = {0};
    doorkey_error *error = NULL;
    long calls = count == 3 ? atol(arguments[1]) : 0;
    int rounds = count == 3 ? atoi(arguments[2]) : 0;

    if (calls < 1 || rounds < 1) {
        fprintf(stderr, "usage: kept_secret CALLS ROUNDS\n");
        return 2;
    }
    call.struct_size = sizeof call;
    call.max_age_ms = 3600 * 1000;
    must(doorkey_client_new(NULL, &client, &error), error);
    /* The only one that is asked for: from here on the client keeps it. */
    one_secret(&call);
    while (rounds-- > 0) {
        struct timespec started, ended;

        clock_gettime(CLOCK_MONOTONIC, &started);
        for (long at = 0; at < calls; at++)
            one_secret(&call);
        clock_gettime(CLOCK_MONOTONIC, &ended);
        printf("%lld\n", (long long)(ended.tv_sec - started.tv_sec) * 1000000000 + ended.tv_nsec - started.tv_nsec);
    }
    doorkey_client_free(client);
    return 0;
}
