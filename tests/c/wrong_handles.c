/* A live handle where one of another kind belongs: refused by name, never read as what it is not, and not harmed. */
#include "control.h"

static doorkey_error *error;
static doorkey_options *options;
static doorkey_client *client;
static doorkey_operation *operation;
static doorkey_token *token;
static doorkey_pager *pager;
static doorkey_secret_list *list;
static doorkey_blob *blob;

#define REFUSES(call, argument) \
    CHECK(refused((call), &error, DOORKEY_STATUS_INVALID_ARGUMENT, argument), "%s is refused by name", #call)
#define REFUSES_QUIETLY(call) CHECK((call) == DOORKEY_STATUS_INVALID_ARGUMENT, "%s is refused", #call)

static void functions_refuse_other_handles(void)
{
    doorkey_operation *none = NULL;
    doorkey_client *no_client = NULL;
    doorkey_token *no_token = NULL;
    doorkey_secret *no_secret = NULL;
    doorkey_client *not_a_client = (doorkey_client *)token;
    doorkey_operation *not_an_operation = (doorkey_operation *)client;

    REFUSES(doorkey_client_new((doorkey_options *)client, &no_client, &error), "options");
    REFUSES(doorkey_client_get_token(not_a_client, "https://vault.azure.net", NULL, &none, &error), "client");
    REFUSES(doorkey_client_get_secret(not_a_client, "demo", "name", NULL, NULL, &none, &error), "client");
    REFUSES(doorkey_operation_take_token(not_an_operation, &no_token, &error), "operation");
    REFUSES(doorkey_operation_take_secret(not_an_operation, &no_secret, &error), "operation");
    REFUSES_QUIETLY(doorkey_operation_wait(not_an_operation, 0));
    REFUSES_QUIETLY(doorkey_options_set_client_id((doorkey_options *)client, "a"));
    REFUSES_QUIETLY(doorkey_options_set_timeout_ms((doorkey_options *)token, 1));
    CHECK(!none && !no_client && !no_token && !no_secret, "nothing came out of any of them");
}

static void so_do_those_for_many_secrets_and_changes(void)
{
    static const char *const names[] = {"name"};
    doorkey_operation *none = NULL;
    doorkey_pager *no_pager = NULL;
    doorkey_secret_list *no_list = NULL;
    doorkey_blob *no_blob = NULL;
    doorkey_client *not_a_client = (doorkey_client *)pager;
    doorkey_operation *not_an_operation = (doorkey_operation *)pager;

    REFUSES(doorkey_client_get_secrets(not_a_client, "demo", names, 1, NULL, &none, &error), "client");
    REFUSES(doorkey_client_stream_secrets(not_a_client, "demo", names, 1, NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_list_secrets(not_a_client, "demo", NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_list_versions(not_a_client, "demo", "name", NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_list_deleted(not_a_client, "demo", NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_set_secret(not_a_client, "demo", "name", "v", 1, NULL, NULL, &none, &error), "client");
    REFUSES(doorkey_client_update_secret(not_a_client, "demo", "name", NULL, NULL, NULL, &none, &error), "client");
    REFUSES(doorkey_client_delete_secret(not_a_client, "demo", "name", NULL, &none, &error), "client");
    REFUSES(doorkey_client_get_deleted_secret(not_a_client, "demo", "name", NULL, &none, &error), "client");
    REFUSES(doorkey_client_recover_secret(not_a_client, "demo", "name", NULL, &none, &error), "client");
    REFUSES(doorkey_client_purge_secret(not_a_client, "demo", "name", NULL, &none, &error), "client");
    REFUSES(doorkey_client_backup_secret(not_a_client, "demo", "name", NULL, &none, &error), "client");
    REFUSES(doorkey_client_restore_secret(not_a_client, "demo", "AAAA", 4, NULL, &none, &error), "client");
    REFUSES(doorkey_pager_next((doorkey_pager *)client, &none, &error), "pager");
    REFUSES(doorkey_operation_take_list(not_an_operation, &no_list, &error), "operation");
    REFUSES(doorkey_operation_take_blob(not_an_operation, &no_blob, &error), "operation");
    REFUSES(doorkey_operation_take_none(not_an_operation, &error), "operation");
    REFUSES_QUIETLY(doorkey_options_set_vault_api_version((doorkey_options *)pager, "7.4"));
    CHECK(!none && !no_pager && !no_list && !no_blob, "nothing came out of any of them");
}

static void readers_give_nothing(void)
{
    const doorkey_token *not_a_token = (const doorkey_token *)client;
    const doorkey_secret *not_a_secret = (const doorkey_secret *)token;
    const doorkey_error *not_an_error = (const doorkey_error *)token;

    CHECK(!doorkey_token_value(not_a_token) && !doorkey_token_length(not_a_token), "a client has no token's value");
    CHECK(!doorkey_secret_value(not_a_secret) && !doorkey_secret_length(not_a_secret),
          "a token has no secret's value");
    CHECK(!doorkey_error_message(not_an_error), "a token has no error's message");
    CHECK(!doorkey_secret_recovery_id(not_a_secret) && !doorkey_secret_key_id(not_a_secret)
              && doorkey_secret_deleted_at_unix(not_a_secret) == -1,
          "a token was not deleted as a secret");
    CHECK(!doorkey_secret_list_length((doorkey_secret_list *)blob) && !doorkey_secret_list_at((doorkey_secret_list *)blob, 0)
              && !doorkey_secret_list_error((doorkey_secret_list *)blob, 0)
              && doorkey_secret_list_status((doorkey_secret_list *)blob, 0) == DOORKEY_STATUS_INVALID_ARGUMENT,
          "a blob has no items");
    CHECK(!doorkey_blob_data((doorkey_blob *)list) && !doorkey_blob_length((doorkey_blob *)list), "a list has no blob's text");
    CHECK(!doorkey_secret_value((const doorkey_secret *)list), "and no secret's value");
}

static void frees_leave_other_handles_alone(void)
{
    doorkey_token_free((doorkey_token *)client);
    doorkey_client_free((doorkey_client *)token);
    doorkey_secret_free((doorkey_secret *)token);
    doorkey_error_free((doorkey_error *)operation);
    doorkey_operation_free((doorkey_operation *)options);
    doorkey_options_free((doorkey_options *)operation);
    doorkey_pager_free((doorkey_pager *)list);
    doorkey_secret_list_free((doorkey_secret_list *)blob);
    doorkey_blob_free((doorkey_blob *)pager);
    doorkey_secret_free((doorkey_secret *)list);
    doorkey_secret_list_free((doorkey_secret_list *)(uintptr_t)doorkey_secret_list_at(list, 0));
    doorkey_operation_cancel((doorkey_operation *)client);
    doorkey_client_clear_cache((doorkey_client *)token);
    CHECK(doorkey_token_length(token) > 0, "a token survives the wrong free");
    CHECK(doorkey_operation_wait(operation, 0) == DOORKEY_STATUS_OK, "an operation survives the wrong free");
    CHECK(same(doorkey_secret_value(doorkey_secret_list_at(list, 0)), "p@ssw0rd!"), "a list survives the wrong free");
    CHECK(doorkey_blob_length(blob) > 0, "a blob survives the wrong free");
    CHECK(doorkey_options_set_timeout_ms(options, 5000) == DOORKEY_STATUS_OK, "options survive the wrong free");
}

static void memory_that_is_no_handle(void)
{
    /* As large and as aligned as a handle, and never one. */
    static uint64_t zeros[64];
    doorkey_operation *none = NULL;

    REFUSES(doorkey_client_get_token((doorkey_client *)zeros, "https://vault.azure.net", NULL, &none, &error),
            "client");
    REFUSES_QUIETLY(doorkey_operation_wait((doorkey_operation *)zeros, 0));
    doorkey_client_free((doorkey_client *)zeros);
    doorkey_secret_list_free((doorkey_secret_list *)zeros);
    doorkey_pager_free((doorkey_pager *)zeros);
    CHECK(!doorkey_token_value((doorkey_token *)zeros), "zeroed memory is no token");
}

static void prepare_a_list_and_a_blob(void)
{
    static const char *const names[] = {"MyTestSecret"};
    doorkey_operation *started = NULL;

    must(worked(doorkey_client_get_secrets(client, "demo", names, 1, NULL, &started, &error), &error), "list");
    must(worked(doorkey_operation_take_list(started, &list, &error), &error), "list");
    doorkey_operation_free(started);
    must(worked(doorkey_client_backup_secret(client, "demo", names[0], NULL, &started, &error), &error), "blob");
    must(worked(doorkey_operation_take_blob(started, &blob, &error), &error), "blob");
    doorkey_operation_free(started);
}

int main(void)
{
    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_client_new(options, &client, NULL) == DOORKEY_STATUS_OK, "client");
    must(doorkey_client_get_token(client, "https://vault.azure.net", NULL, &operation, NULL) == DOORKEY_STATUS_OK,
         "operation");
    must(worked(doorkey_operation_take_token(operation, &token, &error), &error), "token");
    must(worked(doorkey_client_list_secrets(client, "demo", NULL, &pager, &error), &error), "pager");
    prepare_a_list_and_a_blob();
    long before = bytes_noticed();

    functions_refuse_other_handles();
    so_do_those_for_many_secrets_and_changes();
    readers_give_nothing();
    frees_leave_other_handles_alone();
    memory_that_is_no_handle();
    CHECK(bytes_noticed() == before, "no byte went onto the network");

    doorkey_blob_free(blob);
    doorkey_secret_list_free(list);
    doorkey_pager_free(pager);
    doorkey_token_free(token);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    doorkey_options_free(options);
    return finish();
}
