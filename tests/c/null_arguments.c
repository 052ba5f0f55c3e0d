/* NULL in each pointer parameter of each function, one at a time: INVALID_ARGUMENT with the argument's name, nothing
   sent, and never a crash. Functions that only read give nothing back for a NULL handle. */
#include "control.h"

static doorkey_error *error;
static doorkey_options *options;
static doorkey_client *client;
static doorkey_operation *operation;
static doorkey_token *token;
static doorkey_secret *secret;

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
    doorkey_error_free(NULL);
    doorkey_operation_cancel(NULL);
    doorkey_client_clear_cache(NULL);
    CHECK(1, "freeing, cancelling and clearing nothing is fine");
}

int main(void)
{
    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");
    /* Held, so that the operation is unfinished while its functions are called. */
    fault("{\"endpoint\":\"token\",\"hold\":true}");
    must(doorkey_client_get_token(client, "https://vault.azure.net", NULL, &operation, NULL) == DOORKEY_STATUS_OK,
         "operation");
    wait_until_held(1);
    long before = bytes_noticed();

    headline();
    setters();
    client_and_operation();
    readers();
    frees();
    CHECK(bytes_noticed() == before, "no byte went onto the network");

    release_held();
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error),
          "the operation still yields its token");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    doorkey_options_free(options);
    return finish();
}
