/* What an operation comes to, for tests that are about something else than taking: waits, takes and frees. */
#ifndef DOORKEY_TEST_TAKING_H
#define DOORKEY_TEST_TAKING_H

#include "check.h"

/* For calls that begin something a test needs: `error` is the file's own. */
#define BEGIN(call) must(worked((call), &error), #call)

static inline doorkey_status secret_of(doorkey_operation **operation, doorkey_secret **secret, doorkey_error **why)
{
    doorkey_status status = doorkey_operation_take_secret(*operation, secret, why);

    doorkey_operation_free(*operation);
    *operation = NULL;
    return status;
}

static inline doorkey_status list_of(doorkey_operation **operation, doorkey_secret_list **list, doorkey_error **why)
{
    doorkey_status status = doorkey_operation_take_list(*operation, list, why);

    doorkey_operation_free(*operation);
    *operation = NULL;
    return status;
}

/* The same for what must work. */
static inline doorkey_secret *taken_secret(doorkey_operation **operation)
{
    doorkey_error *why = NULL;
    doorkey_secret *secret = NULL;

    must(worked(secret_of(operation, &secret, &why), &why), "a secret");
    return secret;
}

static inline doorkey_secret_list *taken_list(doorkey_operation **operation)
{
    doorkey_error *why = NULL;
    doorkey_secret_list *list = NULL;

    must(worked(list_of(operation, &list, &why), &why), "a list");
    return list;
}

static inline doorkey_blob *taken_blob(doorkey_operation **operation)
{
    doorkey_error *why = NULL;
    doorkey_blob *blob = NULL;

    must(worked(doorkey_operation_take_blob(*operation, &blob, &why), &why), "a blob");
    doorkey_operation_free(*operation);
    *operation = NULL;
    return blob;
}

static inline doorkey_secret_list *next_page(const doorkey_pager *pager)
{
    doorkey_error *why = NULL;
    doorkey_operation *operation = NULL;

    must(worked(doorkey_pager_next(pager, &operation, &why), &why), "the next page begins");
    return taken_list(&operation);
}

/* How an operation ended, whatever it was to bring. */
static inline doorkey_status outcome(doorkey_operation **operation, doorkey_error **why)
{
    doorkey_secret *secret = NULL;
    doorkey_status status = secret_of(operation, &secret, why);

    doorkey_secret_free(secret);
    return status;
}

/* The latest version of a secret of the vault "demo". */
static inline doorkey_secret *latest(const doorkey_client *client, const char *name)
{
    doorkey_error *why = NULL;
    doorkey_operation *operation = NULL;

    must(worked(doorkey_client_get_secret(client, "demo", name, NULL, NULL, &operation, &why), &why), name);
    return taken_secret(&operation);
}

static inline doorkey_client *client_that_does_not_retry(void)
{
    doorkey_options *options = NULL;
    doorkey_client *client = NULL;

    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_options_set_retries_max(options, 0) == DOORKEY_STATUS_OK, "retries");
    must(doorkey_client_new(options, &client, NULL) == DOORKEY_STATUS_OK, "client");
    doorkey_options_free(options);
    return client;
}

#endif
