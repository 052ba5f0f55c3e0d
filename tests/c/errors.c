/* What a failure says: the status, the service's codes, the advice; and what it never says: a token or a value. */
#include "control.h"

#define RESOURCE "https://vault.localhost"

static doorkey_client *client;

/* A client that does not retry, so that one fault is one failure. */
static void make_client(void)
{
    doorkey_options *options = NULL;

    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_options_set_retries_max(options, 0) == DOORKEY_STATUS_OK, "retries");
    must(doorkey_client_new(options, &client, NULL) == DOORKEY_STATUS_OK, "client");
    doorkey_options_free(options);
}

/* The error of a secret that does not come; owned by the caller. */
static doorkey_error *failure(const char *name)
{
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;
    doorkey_error *error = NULL;

    must(doorkey_client_get_secret(client, "demo", name, NULL, NULL, &operation, &error) == DOORKEY_STATUS_OK, "start");
    doorkey_status status = doorkey_operation_take_secret(operation, &secret, &error);
    CHECK(status != DOORKEY_STATUS_OK && secret == NULL, "%s does not come", name);
    must(error != NULL && doorkey_error_status(error) == status, "the error object agrees with the status");
    doorkey_operation_free(operation);
    return error;
}

static void what_the_service_says(void)
{
    doorkey_error *error = failure("Unknown");
    CHECK(doorkey_error_status(error) == DOORKEY_STATUS_SECRET_NOT_FOUND, "an unknown name is SECRET_NOT_FOUND");
    CHECK(doorkey_error_http_status(error) == 404, "with the HTTP status");
    CHECK(same(doorkey_error_code(error), "SecretNotFound"), "the service's code");
    CHECK(contains(doorkey_error_message(error), "Unknown"), "a message that names the secret");
    CHECK(doorkey_error_advice(error) != NULL, "advice");
    CHECK(doorkey_error_request_id(error) != NULL, "the request's id");
    CHECK(doorkey_error_retry_after_ms(error) == -1, "and no time to wait");
    doorkey_error_free(error);

    control("POST", "/secret", "{\"name\":\"Disabled\",\"value\":\"v\",\"enabled\":false}");
    error = failure("Disabled");
    CHECK(doorkey_error_status(error) == DOORKEY_STATUS_SECRET_DISABLED, "a disabled secret is SECRET_DISABLED");
    CHECK(same(doorkey_error_inner_code(error), "SecretDisabled"), "with the inner code");
    CHECK(doorkey_error_http_status(error) == 403, "and its HTTP status");
    doorkey_error_free(error);

    fault("{\"endpoint\":\"vault\",\"status\":429,\"headers\":{\"Retry-After\":\"7\"}}");
    error = failure("MyTestSecret");
    CHECK(doorkey_error_status(error) == DOORKEY_STATUS_THROTTLED, "429 is THROTTLED");
    CHECK(doorkey_error_retry_after_ms(error) == 7000, "with the time to wait");
    doorkey_error_free(error);

    fault("{\"endpoint\":\"vault\",\"status\":503}");
    error = failure("MyTestSecret");
    CHECK(doorkey_error_status(error) == DOORKEY_STATUS_SERVICE_UNAVAILABLE, "503 is SERVICE_UNAVAILABLE");
    doorkey_error_free(error);
}

static void answers_that_make_no_sense(void)
{
    static const struct {
        const char *what, *fault;
    } answers[] = {
        {"a web page",
         "{\"endpoint\":\"vault\",\"status\":200,\"content_type\":\"text/html\",\"body\":\"<html>sentinel-7f3a</html>\"}"},
        {"an empty answer", "{\"endpoint\":\"vault\",\"status\":200,\"body\":\"\"}"},
        {"half an answer", "{\"endpoint\":\"vault\",\"status\":200,\"body\":\"{\\\"value\\\":\\\"sentinel-7f3a\"}"},
        {"an answer without a value", "{\"endpoint\":\"vault\",\"status\":200,\"body\":\"{\\\"id\\\":\\\"sentinel-7f3a\\\"}\"}"},
        {"an endless answer", "{\"endpoint\":\"vault\",\"status\":200,\"oversized\":6000000}"},
    };

    for (size_t at = 0; at < sizeof answers / sizeof *answers; at++) {
        fault(answers[at].fault);
        doorkey_error *error = failure("MyTestSecret");
        CHECK(doorkey_error_status(error) == DOORKEY_STATUS_PROTOCOL, "%s is PROTOCOL", answers[at].what);
        CHECK(!contains(doorkey_error_message(error), "sentinel-7f3a"), "and its text is not in the message");
        doorkey_error_free(error);
    }
}

static int says(const doorkey_error *error, const char *text)
{
    return contains(doorkey_error_message(error), text) || contains(doorkey_error_advice(error), text)
        || contains(doorkey_error_code(error), text) || contains(doorkey_error_inner_code(error), text)
        || contains(doorkey_error_request_id(error), text);
}

static void nothing_secret(void)
{
    char token_text[8192];
    doorkey_operation *operation = NULL;
    doorkey_token *token = NULL;

    must(doorkey_client_get_token(client, RESOURCE, NULL, &operation, NULL) == DOORKEY_STATUS_OK, "start");
    must(doorkey_operation_take_token(operation, &token, NULL) == DOORKEY_STATUS_OK, "token");
    must(doorkey_token_length(token) < sizeof token_text, "token fits");
    strcpy(token_text, doorkey_token_value(token));
    doorkey_token_free(token);
    doorkey_operation_free(operation);

    /* A server that repeats the request's headers, Authorization among them, in its error. */
    fault("{\"endpoint\":\"vault\",\"status\":400,\"echo\":true}");
    doorkey_error *error = failure("MyTestSecret");
    CHECK(!says(error, token_text), "a token that the server repeats is not in the error");
    token_text[40] = '\0';
    CHECK(!says(error, token_text), "not even its beginning");
    doorkey_error_free(error);
}

static void nobody_there(void)
{
    static const char *const environment[] = {"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"};
    doorkey_options *options = NULL;
    doorkey_client *lonely = NULL;
    doorkey_operation *operation = NULL;
    doorkey_token *token = NULL;
    doorkey_error *error = NULL;

    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_options_set_environment(options, environment, 1) == DOORKEY_STATUS_OK, "environment");
    must(doorkey_client_new(options, &lonely, NULL) == DOORKEY_STATUS_OK, "client");
    must(doorkey_client_get_token(lonely, RESOURCE, NULL, &operation, NULL) == DOORKEY_STATUS_OK, "start");
    CHECK(doorkey_operation_take_token(operation, &token, &error) == DOORKEY_STATUS_IDENTITY_UNAVAILABLE,
          "without an endpoint there is no identity");
    CHECK(doorkey_error_advice(error) != NULL, "and there is advice");
    CHECK(doorkey_error_http_status(error) == 0, "no HTTP status was seen");
    doorkey_error_free(error);
    doorkey_operation_free(operation);
    doorkey_client_free(lonely);
    doorkey_options_free(options);
}

static void names_and_versions(void)
{
    CHECK(same(doorkey_status_name(DOORKEY_STATUS_OK), "OK"), "0 has a name");
    CHECK(same(doorkey_status_name(52), "SECRET_NOT_FOUND"), "a status has the name of its constant");
    CHECK(same(doorkey_status_name(92), "OUT_OF_MEMORY"), "so has the last one");
    CHECK(!doorkey_status_name(2) && !doorkey_status_name(-1) && !doorkey_status_name(INT32_MAX),
          "an unknown number has none");
    CHECK(doorkey_abi_version() == DOORKEY_ABI_VERSION && DOORKEY_ABI_VERSION == 3, "the ABI is version 0.3");
    CHECK(contains(doorkey_version(), "."), "the library has a version");
    (void)doorkey_features();
}

int main(void)
{
    make_client();
    what_the_service_says();
    answers_that_make_no_sense();
    nothing_secret();
    nobody_there();
    names_and_versions();
    doorkey_client_free(client);
    return finish();
}
