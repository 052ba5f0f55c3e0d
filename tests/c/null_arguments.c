/* NULL in each pointer parameter of each function, one at a time: INVALID_ARGUMENT with the argument's name, nothing
   sent, and never a crash. Functions that only read give nothing back for a NULL handle. */
#include "control.h"

static doorkey_error *error;
static doorkey_options *options;
static doorkey_client *client;
static doorkey_operation *operation;
static doorkey_token *token;
static doorkey_secret *secret;
static doorkey_secret_list *list;
static doorkey_blob *blob;
static doorkey_pager *pager;
static const doorkey_attributes attributes = {
    .struct_size = sizeof(doorkey_attributes), .flags = DOORKEY_ATTRIBUTE_ENABLED,
};

/* Evaluates a call that has NULL for `argument` and `error` for its error object. */
#define REFUSES(call, argument) \
    CHECK(refused((call), &error, DOORKEY_STATUS_INVALID_ARGUMENT, argument), "%s: NULL is refused by name", #call)
#define REFUSES_QUIETLY(call) \
    CHECK((call) == DOORKEY_STATUS_INVALID_ARGUMENT, "%s: NULL is refused without an error object", #call)

static void headline(void)
{
    REFUSES(get_token(NULL, &token, &error), "resource");
    REFUSES(get_token("https://vault.azure.net", NULL, &error), "out_token");
    REFUSES_QUIETLY(get_token(NULL, NULL, NULL));
    REFUSES(doorkey_get_token(NULL, &token, &error), "resource");
    REFUSES(get_secret(NULL, "name", &secret, &error), "vault");
    REFUSES(get_secret("demo", NULL, &secret, &error), "name");
    REFUSES(get_secret("demo", "name", NULL, &error), "out_secret");
    REFUSES_QUIETLY(get_secret(NULL, NULL, NULL, NULL));
    REFUSES(doorkey_get_secret("demo", NULL, &secret, &error), "name");
    CHECK(token == NULL && secret == NULL, "a refused call leaves its out-parameters NULL");
}

static void setters(void)
{
    REFUSES_QUIETLY(doorkey_options_new(NULL));
    REFUSES_QUIETLY(doorkey_options_set_client_id(NULL, "a"));
    REFUSES_QUIETLY(doorkey_options_set_object_id(NULL, "a"));
    REFUSES_QUIETLY(doorkey_options_set_resource_id(NULL, "a"));
    REFUSES_QUIETLY(doorkey_options_set_source(NULL, "imds"));
    REFUSES_QUIETLY(doorkey_options_set_source(options, NULL));
    REFUSES_QUIETLY(doorkey_options_set_user_agent(NULL, "a"));
    REFUSES_QUIETLY(doorkey_options_set_vault_api_version(NULL, "7.4"));
    REFUSES_QUIETLY(doorkey_options_set_vault_api_version(options, NULL));
    REFUSES_QUIETLY(doorkey_options_set_ca_pem(NULL, "a"));
    REFUSES_QUIETLY(doorkey_options_set_timeout_ms(NULL, 1));
    REFUSES_QUIETLY(doorkey_options_set_retries_max(NULL, 1));
    REFUSES_QUIETLY(doorkey_options_set_verify_challenge(NULL, 1));
    REFUSES_QUIETLY(doorkey_options_set_access_token(NULL, "a", 1));
    REFUSES_QUIETLY(doorkey_options_set_access_token(options, NULL, 1));
    REFUSES_QUIETLY(doorkey_options_add_vault_suffix(NULL, "vault.localhost", NULL, NULL));
    REFUSES_QUIETLY(doorkey_options_add_vault_suffix(options, NULL, NULL, NULL));
    REFUSES_QUIETLY(doorkey_options_set_environment(NULL, NULL, 0));
    REFUSES_QUIETLY(doorkey_options_set_environment(options, NULL, 1));
}

static void client_and_operation(void)
{
    doorkey_operation *none = NULL;

    REFUSES(doorkey_client_new(NULL, NULL, &error), "out_client");
    REFUSES(doorkey_client_get_token(NULL, "https://vault.azure.net", NULL, &none, &error), "client");
    REFUSES(doorkey_client_get_token(client, NULL, NULL, &none, &error), "resource");
    REFUSES(doorkey_client_get_token(client, "https://vault.azure.net", NULL, NULL, &error), "out_operation");
    REFUSES(doorkey_client_get_secret(NULL, "demo", "name", NULL, NULL, &none, &error), "client");
    REFUSES(doorkey_client_get_secret(client, NULL, "name", NULL, NULL, &none, &error), "vault");
    REFUSES(doorkey_client_get_secret(client, "demo", NULL, NULL, NULL, &none, &error), "name");
    REFUSES(doorkey_client_get_secret(client, "demo", "name", NULL, NULL, NULL, &error), "out_operation");
    CHECK(none == NULL, "a refused call starts no operation");

    REFUSES_QUIETLY(doorkey_operation_wait(NULL, 0));
    REFUSES_QUIETLY(doorkey_operation_on_complete(NULL, NULL, NULL));
    REFUSES_QUIETLY(doorkey_operation_on_complete(operation, NULL, NULL));
    REFUSES(doorkey_operation_take_token(NULL, &token, &error), "operation");
    REFUSES(doorkey_operation_take_token(operation, NULL, &error), "out_token");
    REFUSES(doorkey_operation_take_secret(NULL, &secret, &error), "operation");
    REFUSES(doorkey_operation_take_secret(operation, NULL, &error), "out_secret");
    REFUSES(doorkey_operation_take_list(NULL, &list, &error), "operation");
    REFUSES(doorkey_operation_take_list(operation, NULL, &error), "out_list");
    REFUSES(doorkey_operation_take_blob(NULL, &blob, &error), "operation");
    REFUSES(doorkey_operation_take_blob(operation, NULL, &error), "out_blob");
    REFUSES(doorkey_operation_take_none(NULL, &error), "operation");
    REFUSES_QUIETLY(doorkey_operation_take_none(NULL, NULL));
}

/* All calls about one secret take the same five. */
typedef doorkey_status (*call_on_one)(const doorkey_client *, const char *, const char *, const doorkey_call *,
                                      doorkey_operation **, doorkey_error **);

static void calls_on_one_secret(void)
{
    static const struct {
        const char *name;
        call_on_one call;
    } calls[] = {
        {"delete_secret", doorkey_client_delete_secret},   {"get_deleted_secret", doorkey_client_get_deleted_secret},
        {"recover_secret", doorkey_client_recover_secret}, {"purge_secret", doorkey_client_purge_secret},
        {"backup_secret", doorkey_client_backup_secret},
    };
    doorkey_operation *none = NULL;

    for (size_t at = 0; at < sizeof calls / sizeof *calls; at++) {
        call_on_one call = calls[at].call;
        doorkey_status wanted = DOORKEY_STATUS_INVALID_ARGUMENT;
        CHECK(refused(call(NULL, "demo", "name", NULL, &none, &error), &error, wanted, "client")
                  && refused(call(client, NULL, "name", NULL, &none, &error), &error, wanted, "vault")
                  && refused(call(client, "demo", NULL, NULL, &none, &error), &error, wanted, "name")
                  && refused(call(client, "demo", "name", NULL, NULL, &error), &error, wanted, "out_operation"),
              "%s refuses NULL by name", calls[at].name);
        REFUSES_QUIETLY(call(NULL, NULL, NULL, NULL, NULL, NULL));
    }
    CHECK(none == NULL, "a refused call starts no operation");
}

static void setting_updating_and_restoring(void)
{
    doorkey_operation *none = NULL;

    REFUSES(doorkey_client_set_secret(NULL, "demo", "name", "v", 1, NULL, NULL, &none, &error), "client");
    REFUSES(doorkey_client_set_secret(client, NULL, "name", "v", 1, NULL, NULL, &none, &error), "vault");
    REFUSES(doorkey_client_set_secret(client, "demo", NULL, "v", 1, NULL, NULL, &none, &error), "name");
    REFUSES(doorkey_client_set_secret(client, "demo", "name", NULL, 1, NULL, NULL, &none, &error), "value");
    REFUSES(doorkey_client_set_secret(client, "demo", "name", "v", 1, NULL, NULL, NULL, &error), "out_operation");
    REFUSES_QUIETLY(doorkey_client_set_secret(NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL, NULL));
    REFUSES(doorkey_client_update_secret(NULL, "demo", "name", NULL, &attributes, NULL, &none, &error), "client");
    REFUSES(doorkey_client_update_secret(client, NULL, "name", NULL, &attributes, NULL, &none, &error), "vault");
    REFUSES(doorkey_client_update_secret(client, "demo", NULL, NULL, &attributes, NULL, &none, &error), "name");
    REFUSES(doorkey_client_update_secret(client, "demo", "name", NULL, NULL, NULL, &none, &error), "attributes");
    REFUSES(doorkey_client_update_secret(client, "demo", "name", NULL, &attributes, NULL, NULL, &error), "out_operation");
    REFUSES(doorkey_client_restore_secret(NULL, "demo", "AAAA", 4, NULL, &none, &error), "client");
    REFUSES(doorkey_client_restore_secret(client, NULL, "AAAA", 4, NULL, &none, &error), "vault");
    REFUSES(doorkey_client_restore_secret(client, "demo", NULL, 4, NULL, &none, &error), "backup");
    REFUSES(doorkey_client_restore_secret(client, "demo", "AAAA", 4, NULL, NULL, &error), "out_operation");
    CHECK(none == NULL, "a refused call starts no operation");
}

static void many_and_lists(void)
{
    static const char *const names[] = {"name"};
    doorkey_operation *none = NULL;
    doorkey_pager *no_pager = NULL;

    REFUSES(doorkey_client_get_secrets(NULL, "demo", names, 1, NULL, &none, &error), "client");
    REFUSES(doorkey_client_get_secrets(client, "demo", NULL, 1, NULL, &none, &error), "names");
    REFUSES(doorkey_client_get_secrets(client, "demo", names, 1, NULL, NULL, &error), "out_operation");
    REFUSES(doorkey_client_stream_secrets(NULL, "demo", names, 1, NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_stream_secrets(client, "demo", NULL, 1, NULL, &no_pager, &error), "names");
    REFUSES(doorkey_client_stream_secrets(client, "demo", names, 1, NULL, NULL, &error), "out_pager");
    REFUSES(doorkey_client_list_secrets(NULL, "demo", NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_list_secrets(client, NULL, NULL, &no_pager, &error), "vault");
    REFUSES(doorkey_client_list_secrets(client, "demo", NULL, NULL, &error), "out_pager");
    REFUSES(doorkey_client_list_versions(NULL, "demo", "name", NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_list_versions(client, NULL, "name", NULL, &no_pager, &error), "vault");
    REFUSES(doorkey_client_list_versions(client, "demo", NULL, NULL, &no_pager, &error), "name");
    REFUSES(doorkey_client_list_versions(client, "demo", "name", NULL, NULL, &error), "out_pager");
    REFUSES(doorkey_client_list_deleted(NULL, "demo", NULL, &no_pager, &error), "client");
    REFUSES(doorkey_client_list_deleted(client, NULL, NULL, &no_pager, &error), "vault");
    REFUSES(doorkey_client_list_deleted(client, "demo", NULL, NULL, &error), "out_pager");
    REFUSES_QUIETLY(doorkey_client_list_deleted(NULL, NULL, NULL, NULL, NULL));
    CHECK(none == NULL && no_pager == NULL, "a refused call starts nothing");

    REFUSES(doorkey_pager_next(NULL, &none, &error), "pager");
    REFUSES(doorkey_pager_next(pager, NULL, &error), "out_operation");
    REFUSES_QUIETLY(doorkey_pager_next(NULL, NULL, NULL));
}

static void readers(void)
{
    size_t units = 7;
    uint16_t buffer[4];

    CHECK(!doorkey_token_value(NULL) && !doorkey_token_length(NULL), "no token has no value");
    CHECK(!doorkey_token_source(NULL) && !doorkey_token_resource(NULL) && !doorkey_token_client_id(NULL),
          "no token has no texts");
    (void)doorkey_token_expires_at_unix(NULL);
    REFUSES_QUIETLY(doorkey_token_copy_utf16(NULL, buffer, 4, &units));
    REFUSES_QUIETLY(doorkey_secret_copy_utf16(NULL, buffer, 4, &units));
    CHECK(!doorkey_secret_value(NULL) && !doorkey_secret_length(NULL), "no secret has no value");
    CHECK(!doorkey_secret_id(NULL) && !doorkey_secret_vault(NULL) && !doorkey_secret_name(NULL)
              && !doorkey_secret_version(NULL) && !doorkey_secret_content_type(NULL),
          "no secret has no texts");
    CHECK(!doorkey_secret_enabled(NULL) && !doorkey_secret_tag_count(NULL), "no secret has no attributes");
    CHECK(!doorkey_secret_tag_name(NULL, 0) && !doorkey_secret_tag_value(NULL, 0), "no secret has no tags");
    CHECK(doorkey_secret_created_at_unix(NULL) == -1 && doorkey_secret_updated_at_unix(NULL) == -1
              && doorkey_secret_expires_at_unix(NULL) == -1 && doorkey_secret_not_before_unix(NULL) == -1,
          "no secret has no times");
    CHECK(!doorkey_secret_key_id(NULL) && !doorkey_secret_recovery_level(NULL) && !doorkey_secret_recovery_id(NULL)
              && !doorkey_secret_managed(NULL),
          "nor anything that only some have");
    CHECK(doorkey_secret_recoverable_days(NULL) == -1 && doorkey_secret_deleted_at_unix(NULL) == -1
              && doorkey_secret_scheduled_purge_at_unix(NULL) == -1,
          "and was not deleted");
    CHECK(!doorkey_secret_list_length(NULL) && !doorkey_secret_list_at(NULL, 0) && !doorkey_secret_list_error(NULL, 0)
              && doorkey_secret_list_status(NULL, 0) == DOORKEY_STATUS_INVALID_ARGUMENT
              && doorkey_secret_list_share(NULL, 0, &secret) == DOORKEY_STATUS_INVALID_ARGUMENT
              && doorkey_secret_list_share(NULL, 0, NULL) == DOORKEY_STATUS_INVALID_ARGUMENT,
          "no list has no items");
    CHECK(!doorkey_blob_data(NULL) && !doorkey_blob_length(NULL), "no blob has no text");
    CHECK(!doorkey_error_message(NULL) && !doorkey_error_advice(NULL) && !doorkey_error_code(NULL)
              && !doorkey_error_inner_code(NULL) && !doorkey_error_request_id(NULL),
          "no error has no texts");
    CHECK(!doorkey_error_http_status(NULL) && doorkey_error_retry_after_ms(NULL) == -1, "no error has no numbers");
    (void)doorkey_error_status(NULL);
    (void)doorkey_environment_names(NULL);
}

static void frees(void)
{
    doorkey_options_free(NULL);
    doorkey_client_free(NULL);
    doorkey_operation_free(NULL);
    doorkey_token_free(NULL);
    doorkey_secret_free(NULL);
    doorkey_secret_list_free(NULL);
    doorkey_blob_free(NULL);
    doorkey_pager_free(NULL);
    doorkey_error_free(NULL);
    doorkey_operation_cancel(NULL);
    doorkey_client_clear_cache(NULL);
    CHECK(1, "freeing, cancelling and clearing nothing is fine");
}

int main(void)
{
    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");
    must(doorkey_client_list_secrets(client, "demo", NULL, &pager, NULL) == DOORKEY_STATUS_OK, "pager");
    /* Held, so that the operation is unfinished while its functions are called. */
    fault("{\"endpoint\":\"token\",\"hold\":true}");
    must(doorkey_client_get_token(client, "https://vault.azure.net", NULL, &operation, NULL) == DOORKEY_STATUS_OK,
         "operation");
    wait_until_held(1);
    long before = bytes_noticed();

    headline();
    setters();
    client_and_operation();
    calls_on_one_secret();
    setting_updating_and_restoring();
    many_and_lists();
    CHECK(list == NULL && blob == NULL, "nothing came out of any of them");
    readers();
    frees();
    CHECK(bytes_noticed() == before, "no byte went onto the network");

    release_held();
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error),
          "the operation still yields its token");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
    doorkey_pager_free(pager);
    doorkey_client_free(client);
    doorkey_options_free(options);
    return finish();
}
