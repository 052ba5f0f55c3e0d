/* Completion callbacks: exactly once, never on the caller's stack, on a thread that must not block on the library. */
#include <pthread.h>

#include "control.h"

#define RESOURCE "https://vault.localhost"

static doorkey_error *error;
static doorkey_client *client;

/* What a callback leaves for the thread that waits for it. */
struct seen {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;
    int32_t status;
    pthread_t thread;
    /* For callbacks that call back into the library. */
    doorkey_operation *operation;
    doorkey_operation *unfinished;
    doorkey_status waited;
    doorkey_status taken;
};

static void prepare(struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    pthread_mutex_init(&seen->lock, NULL);
    pthread_cond_init(&seen->changed, NULL);
}

static void note(void *user_data, int32_t status)
{
    struct seen *seen = user_data;

    pthread_mutex_lock(&seen->lock);
    seen->calls++;
    seen->status = status;
    seen->thread = pthread_self();
    pthread_cond_signal(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
}

static void wait_for_call(struct seen *seen)
{
    pthread_mutex_lock(&seen->lock);
    while (seen->calls == 0)
        pthread_cond_wait(&seen->changed, &seen->lock);
    pthread_mutex_unlock(&seen->lock);
}

/* Callbacks run one after the other on one thread: once a later one has run, an earlier one cannot come again. */
static void let_callbacks_drain(void)
{
    struct seen last;
    doorkey_operation *operation = NULL;

    prepare(&last);
    must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error), &error), "start");
    must(doorkey_operation_on_complete(operation, &last, note) == DOORKEY_STATUS_OK, "register");
    wait_for_call(&last);
    doorkey_operation_free(operation);
}

static doorkey_operation *held(void)
{
    doorkey_operation *operation = NULL;

    doorkey_clear_token_cache();
    fault("{\"endpoint\":\"token\",\"hold\":true}");
    must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error), &error), "start");
    wait_until_held(1);
    return operation;
}

static void when_the_work_is_done(void)
{
    struct seen seen;
    doorkey_operation *operation = held();

    prepare(&seen);
    CHECK(doorkey_operation_on_complete(operation, &seen, note) == DOORKEY_STATUS_OK, "a callback is registered");
    CHECK(doorkey_operation_on_complete(operation, &seen, note) == DOORKEY_STATUS_INVALID_ARGUMENT,
          "a second one is refused");
    release_held();
    wait_for_call(&seen);
    let_callbacks_drain();
    CHECK(seen.calls == 1, "it is called once");
    CHECK(seen.status == DOORKEY_STATUS_OK, "with the outcome");
    CHECK(!pthread_equal(seen.thread, pthread_self()), "on another thread");
    doorkey_operation_free(operation);
}

static void when_it_was_done_before(void)
{
    struct seen seen;
    doorkey_operation *operation = NULL;

    prepare(&seen);
    must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error), &error), "start");
    must(doorkey_operation_wait(operation, UINT32_MAX) == DOORKEY_STATUS_OK, "finish");
    /* Held by us: a callback on our stack would wait for itself for ever. */
    pthread_mutex_lock(&seen.lock);
    CHECK(doorkey_operation_on_complete(operation, &seen, note) == DOORKEY_STATUS_OK,
          "registering on finished work returns before the callback has run");
    pthread_mutex_unlock(&seen.lock);
    wait_for_call(&seen);
    CHECK(!pthread_equal(seen.thread, pthread_self()), "and the callback comes on another thread all the same");
    doorkey_operation_free(operation);
}

static void when_it_is_cancelled_or_freed(void)
{
    struct seen seen;
    doorkey_operation *operation = held();

    prepare(&seen);
    must(doorkey_operation_on_complete(operation, &seen, note) == DOORKEY_STATUS_OK, "register");
    doorkey_operation_cancel(operation);
    wait_for_call(&seen);
    let_callbacks_drain();
    CHECK(seen.calls == 1 && seen.status == DOORKEY_STATUS_CANCELLED, "a cancel calls it once, with CANCELLED");
    doorkey_operation_free(operation);
    release_held();

    operation = held();
    prepare(&seen);
    must(doorkey_operation_on_complete(operation, &seen, note) == DOORKEY_STATUS_OK, "register");
    doorkey_operation_free(operation);
    wait_for_call(&seen);
    let_callbacks_drain();
    CHECK(seen.calls == 1 && seen.status == DOORKEY_STATUS_CANCELLED, "so does freeing the operation");
    release_held();
}

static void take_and_try_to_block(void *user_data, int32_t status)
{
    struct seen *seen = user_data;
    doorkey_token *token = NULL;
    doorkey_token *none = NULL;

    seen->taken = doorkey_operation_take_token(seen->operation, &token, NULL);
    doorkey_token_free(token);
    seen->waited = doorkey_operation_wait(seen->unfinished, 1000);
    if (seen->waited == DOORKEY_STATUS_REENTRANT)
        seen->waited = doorkey_operation_take_token(seen->unfinished, &none, NULL);
    doorkey_token_free(none);
    note(user_data, status);
}

static void calling_back_into_the_library(void)
{
    struct seen seen;

    prepare(&seen);
    doorkey_clear_token_cache();
    must(worked(doorkey_client_get_token(client, "https://management.azure.com/", NULL, &seen.operation, &error),
                &error),
         "start");
    must(doorkey_operation_wait(seen.operation, UINT32_MAX) == DOORKEY_STATUS_OK, "finish");
    seen.unfinished = held();
    must(doorkey_operation_on_complete(seen.operation, &seen, take_and_try_to_block) == DOORKEY_STATUS_OK, "register");
    wait_for_call(&seen);
    CHECK(seen.taken == DOORKEY_STATUS_OK, "a callback may take the result");
    CHECK(seen.waited == DOORKEY_STATUS_REENTRANT, "a callback that would block is told so and does not hang");
    CHECK(doorkey_operation_wait(seen.unfinished, 0) == DOORKEY_STATUS_PENDING, "the other work goes on");
    release_held();
    CHECK(doorkey_operation_wait(seen.unfinished, UINT32_MAX) == DOORKEY_STATUS_OK, "and is finished in its time");
    doorkey_operation_free(seen.operation);
    doorkey_operation_free(seen.unfinished);
}

int main(void)
{
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");
    when_the_work_is_done();
    when_it_was_done_before();
    when_it_is_cancelled_or_freed();
    calling_back_into_the_library();
    doorkey_client_free(client);
    return finish();
}
