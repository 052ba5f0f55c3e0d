/* Nothing stays behind: after a secret and a token are freed, the process's memory holds no copy of either.
   How the memory is looked through is in memory.h. */
#include "control.h"
#include "memory.h"

static void after_a_secret(void)
{
    doorkey_error *error = NULL;
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(doorkey_client_new(NULL, &client, &error), &error), "client");
    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "operation");
    must(worked(doorkey_operation_take_secret(operation, &secret, &error), &error), "secret");
    struct needle needle = hide(doorkey_secret_value(secret), doorkey_secret_length(secret));
    CHECK(copies_of(&needle) >= 1, "the scan finds a value that is there");
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    int left = copies_left(&needle);
    CHECK(left == 0, "a freed secret and client leave no copy of the value behind (%d left)", left);
}

static void after_an_operation_that_nobody_took(void)
{
    doorkey_error *error = NULL;
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(doorkey_client_new(NULL, &client, &error), &error), "client");
    must(worked(get_secret("demo", "MyTestSecret", &secret, &error), &error), "secret");
    struct needle needle = hide(doorkey_secret_value(secret), doorkey_secret_length(secret));
    int held = copies_of(&needle);
    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "operation");
    must(doorkey_operation_wait(operation, UINT32_MAX) == DOORKEY_STATUS_OK, "the operation ends");
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    int left = INT32_MAX;
    for (int tries = 0; tries < 1000 && left > held; tries++) {
        left = copies_of(&needle);
        sched_yield();
    }
    CHECK(left <= held, "a result that nobody took is wiped with its operation (%d left of %d)", left, held);
    doorkey_secret_free(secret);
}

static void after_a_token(void)
{
    doorkey_error *error = NULL;
    doorkey_token *token = NULL;

    must(worked(get_token("https://vault.localhost", &token, &error), &error), "token");
    /* The end of a token is its signature, which nothing else contains. */
    size_t length = doorkey_token_length(token);
    struct needle needle = hide(doorkey_token_value(token) + length - 32, 32);
    CHECK(copies_of(&needle) >= 1, "the scan finds a token that is there");
    doorkey_token_free(token);
    CHECK(copies_of(&needle) >= 1, "a freed token is still in the cache");
    doorkey_clear_token_cache();
    int left = copies_left(&needle);
    CHECK(left == 0, "with the cache cleared no copy is left (%d left)", left);
}

int main(void)
{
    if (watched_by_valgrind()) {
        printf("# not scanned under valgrind, whose own memory holds copies\n");
        return finish();
    }
    after_a_token();
    after_a_secret();
    after_an_operation_that_nobody_took();
    return finish();
}
