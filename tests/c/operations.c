/* Operations: polled, waited for, cancelled by another thread, taken once, freed at any time. */
#include <pthread.h>

#include "control.h"

#define RESOURCE "https://vault.localhost"
#define HOLD_TOKEN "{\"endpoint\":\"token\",\"hold\":true}"
#define UNTIL_DONE UINT32_MAX

static doorkey_error *error;
static doorkey_client *client;

/* An operation whose request is held by the emulator: it stays unfinished until release_held. */
static doorkey_operation *held(void)
{
    doorkey_operation *operation = NULL;

    doorkey_clear_token_cache();
    fault(HOLD_TOKEN);
    must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error), &error), "start");
    wait_until_held(1);
    return operation;
}

static void waiting(void)
{
    doorkey_token *token = NULL;
    doorkey_operation *operation = held();

    CHECK(doorkey_operation_wait(operation, 0) == DOORKEY_STATUS_PENDING, "polling unfinished work says so");
    CHECK(doorkey_operation_wait(operation, 20) == DOORKEY_STATUS_PENDING, "so does waiting a little");
    release_held();
    CHECK(doorkey_operation_wait(operation, UNTIL_DONE) == DOORKEY_STATUS_OK, "waiting ends when the work does");
    CHECK(doorkey_operation_wait(operation, 0) == DOORKEY_STATUS_OK, "finished stays finished");
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error) && token, "the token is there");
    CHECK(doorkey_operation_wait(operation, 0) == DOORKEY_STATUS_OK, "also after it was taken");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
}

static void taking(void)
{
    doorkey_token *token = NULL;
    doorkey_secret *secret = NULL;
    doorkey_secret_list *list = NULL;
    doorkey_blob *blob = NULL;
    doorkey_operation *operation = NULL;

    must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error), &error), "start");
    CHECK(refused(doorkey_operation_take_secret(operation, &secret, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a token"),
          "a token's operation has no secret");
    CHECK(refused(doorkey_operation_take_list(operation, &list, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a token"),
          "and no list");
    CHECK(refused(doorkey_operation_take_blob(operation, &blob, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a token"),
          "and no blob");
    CHECK(refused(doorkey_operation_take_none(operation, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a token"),
          "and not nothing");
    CHECK(!secret && !list && !blob, "nothing came out of any of them");
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error), "and still has its token");
    doorkey_token_free(token);
    CHECK(refused(doorkey_operation_take_token(operation, &token, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation")
              && token == NULL,
          "a result is taken once");
    doorkey_operation_free(operation);
}

/* Each kind of work says what it is one for. */
static void taking_something_else(void)
{
    static const char *const names[] = {"MyTestSecret"};
    doorkey_token *token = NULL;
    doorkey_secret *secret = NULL;
    doorkey_operation *operation = NULL;
    doorkey_pager *pager = NULL;

    must(worked(doorkey_client_get_secret(client, "demo", names[0], NULL, NULL, &operation, &error), &error), "start");
    CHECK(refused(doorkey_operation_take_token(operation, &token, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a secret"),
          "a secret's operation has no token");
    doorkey_operation_free(operation);
    must(worked(doorkey_client_get_secrets(client, "demo", names, 1, NULL, &operation, &error), &error), "start");
    CHECK(refused(doorkey_operation_take_secret(operation, &secret, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a list"),
          "that of many secrets has no single one");
    doorkey_operation_free(operation);
    must(worked(doorkey_client_list_secrets(client, "demo", NULL, &pager, &error), &error), "start");
    must(worked(doorkey_pager_next(pager, &operation, &error), &error), "start");
    CHECK(refused(doorkey_operation_take_secret(operation, &secret, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a list"),
          "nor has a page's");
    doorkey_operation_free(operation);
    doorkey_pager_free(pager);
    must(worked(doorkey_client_backup_secret(client, "demo", names[0], NULL, &operation, &error), &error), "start");
    CHECK(refused(doorkey_operation_take_secret(operation, &secret, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "operation: is one for a blob"),
          "and a backup's has a blob");
    doorkey_operation_free(operation);
    CHECK(!token && !secret, "nothing came out of any of them");
}

struct turn {
    doorkey_operation *operation;
    doorkey_status status;
};

static void *take_in_a_thread(void *argument)
{
    struct turn *turn = argument;
    doorkey_token *token = NULL;

    turn->status = doorkey_operation_take_token(turn->operation, &token, NULL);
    doorkey_token_free(token);
    return NULL;
}

static void *cancel_in_a_thread(void *argument)
{
    doorkey_operation_cancel(argument);
    return NULL;
}

static void cancelling(void)
{
    pthread_t taker, canceller;
    struct turn turn = {held(), DOORKEY_STATUS_OK};

    must(pthread_create(&taker, NULL, take_in_a_thread, &turn) == 0, "thread");
    must(pthread_create(&canceller, NULL, cancel_in_a_thread, turn.operation) == 0, "thread");
    CHECK(doorkey_operation_wait(turn.operation, UNTIL_DONE) == DOORKEY_STATUS_OK, "a cancel ends a wait");
    pthread_join(taker, NULL);
    pthread_join(canceller, NULL);
    CHECK(turn.status == DOORKEY_STATUS_CANCELLED, "and a take in another thread, as CANCELLED");
    doorkey_operation_cancel(turn.operation);
    doorkey_operation_cancel(turn.operation);
    CHECK(doorkey_operation_wait(turn.operation, 0) == DOORKEY_STATUS_OK, "cancelling again changes nothing");
    release_held();
    doorkey_operation_free(turn.operation);

    doorkey_token *token = NULL;
    doorkey_operation *operation = NULL;
    must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error), &error), "start");
    must(doorkey_operation_wait(operation, UNTIL_DONE) == DOORKEY_STATUS_OK, "finish");
    doorkey_operation_cancel(operation);
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error), "a cancel that is late is no cancel");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
}

static void freeing(void)
{
    doorkey_operation *operation = held();

    doorkey_operation_free(operation);
    release_held();
    CHECK(1, "an operation may be freed while its work is under way");

    doorkey_client *short_lived = NULL;
    doorkey_token *token = NULL;
    must(doorkey_client_new(NULL, &short_lived, NULL) == DOORKEY_STATUS_OK, "client");
    doorkey_clear_token_cache();
    fault(HOLD_TOKEN);
    must(worked(doorkey_client_get_token(short_lived, RESOURCE, NULL, &operation, &error), &error), "start");
    wait_until_held(1);
    doorkey_client_free(short_lived);
    release_held();
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error), "an operation outlives its client");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
}

static void deadline(void)
{
    doorkey_options *options = NULL;
    doorkey_client *impatient = NULL;
    doorkey_operation *operation = NULL;
    doorkey_token *token = NULL;

    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_options_set_timeout_ms(options, 50) == DOORKEY_STATUS_OK, "timeout");
    must(worked(doorkey_client_new(options, &impatient, &error), &error), "client");
    doorkey_clear_token_cache();
    fault(HOLD_TOKEN);
    must(worked(doorkey_client_get_token(impatient, RESOURCE, NULL, &operation, &error), &error), "start");
    CHECK(doorkey_operation_wait(operation, UNTIL_DONE) == DOORKEY_STATUS_OK, "an operation ends at its deadline");
    CHECK(refused(doorkey_operation_take_token(operation, &token, &error), &error, DOORKEY_STATUS_TIMEOUT, ""),
          "as TIMEOUT");
    /* On a slow machine the request never got as far as being held, and must not leave that to the next one. */
    no_faults();
    release_held();
    doorkey_operation_free(operation);
    doorkey_client_free(impatient);
    doorkey_options_free(options);
}

#define MANY 32

static void single_flight(void)
{
    doorkey_operation *operations[MANY];
    int good = 1;
    long requests = counted("token");

    doorkey_clear_token_cache();
    fault(HOLD_TOKEN);
    for (int at = 0; at < MANY; at++)
        must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operations[at], &error), &error), "start");
    wait_until_held(1);
    release_held();
    for (int at = 0; at < MANY; at++) {
        doorkey_token *token = NULL;
        good &= worked(doorkey_operation_take_token(operations[at], &token, &error), &error);
        doorkey_token_free(token);
        doorkey_operation_free(operations[at]);
    }
    CHECK(good, "%d operations at once all get their token", MANY);
    CHECK(counted("token") == requests + 1, "with one request");
}

int main(void)
{
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");
    waiting();
    taking();
    taking_something_else();
    cancelling();
    freeing();
    deadline();
    single_flight();
    doorkey_client_free(client);
    return finish();
}
