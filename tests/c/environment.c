/* The environment that a client looks at: the process's own, or one that is given with its options. */
#include "control.h"

#define RESOURCE "https://vault.localhost"

static doorkey_error *error;

static doorkey_client *client_with(const char *const *pairs, size_t count)
{
    doorkey_options *options = NULL;
    doorkey_client *client = NULL;

    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_options_set_environment(options, pairs, count) == DOORKEY_STATUS_OK, "environment");
    must(worked(doorkey_client_new(options, &client, &error), &error), "client");
    doorkey_options_free(options);
    return client;
}

static doorkey_status secret_status(doorkey_client *client)
{
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;
    doorkey_status status = doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, NULL);

    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_secret(operation, &secret, NULL);
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    return status;
}

static int is_among(const char *const *names, const char *wanted)
{
    for (; *names; names++)
        if (same(*names, wanted))
            return 1;
    return 0;
}

static void the_names(void)
{
    size_t count = 0;
    const char *const *names = doorkey_environment_names(&count);

    CHECK(names != NULL && count > 5, "the library says which variables it reads");
    CHECK(names[count] == NULL, "the list ends with a NULL");
    CHECK(is_among(names, "AZURE_POD_IDENTITY_AUTHORITY_HOST") && is_among(names, "DOORKEY_CA_FILE")
              && is_among(names, "DOORKEY_VAULT_SUFFIX"),
          "those of the emulator are among them");
}

static void a_given_environment(void)
{
    const char *const whole[] = {
        "AZURE_POD_IDENTITY_AUTHORITY_HOST", variable("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
        "DOORKEY_CA_FILE", variable("DOORKEY_CA_FILE"),
        "DOORKEY_VAULT_SUFFIX", variable("DOORKEY_VAULT_SUFFIX"),
        "SOMETHING_ELSE", "that nobody reads",
    };
    doorkey_client *client = client_with(whole, 4);
    CHECK(secret_status(client) == DOORKEY_STATUS_OK, "a given environment is used");
    doorkey_client_free(client);

    /* Without the CA there is no trust, whatever the process's own environment says. */
    const char *const without_ca[] = {whole[0], whole[1], whole[4], whole[5]};
    client = client_with(without_ca, 2);
    CHECK(secret_status(client) == DOORKEY_STATUS_TLS, "and nothing else is read beside it");
    doorkey_client_free(client);

    setenv("SSL_CERT_FILE", whole[3], 1);
    client = client_with(without_ca, 2);
    CHECK(secret_status(client) == DOORKEY_STATUS_TLS, "not even the process's SSL_CERT_FILE");
    doorkey_client_free(client);
    unsetenv("SSL_CERT_FILE");
}

/* The environment is read while a call checks its arguments. A host with one thread may change it as soon as the call has
   returned: under valgrind this shows any later look at memory that setenv has freed. */
static void changed_while_work_is_under_way(void)
{
    char name[32];
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(doorkey_client_new(NULL, &client, &error), &error), "client");
    fault("{\"endpoint\":\"vault\",\"times\":1,\"hold\":true}");
    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "operation");
    for (int at = 0; at < 200; at++) {
        snprintf(name, sizeof name, "DOORKEY_TEST_%d", at);
        setenv(name, "x", 1);
    }
    wait_until_held(1);
    release_held();
    CHECK(worked(doorkey_operation_take_secret(operation, &secret, &error), &error),
          "a host may call setenv while work is under way");
    for (int at = 0; at < 200; at++) {
        snprintf(name, sizeof name, "DOORKEY_TEST_%d", at);
        unsetenv(name);
    }
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
}

static void its_own_copy(void)
{
    char host[128];
    const char *const pairs[] = {"AZURE_POD_IDENTITY_AUTHORITY_HOST", host};
    doorkey_operation *operation = NULL;
    doorkey_token *token = NULL;

    snprintf(host, sizeof host, "%s", variable("AZURE_POD_IDENTITY_AUTHORITY_HOST"));
    doorkey_client *client = client_with(pairs, 1);
    memset(host, 'x', sizeof host - 1);
    must(doorkey_client_get_token(client, RESOURCE, NULL, &operation, NULL) == DOORKEY_STATUS_OK, "start");
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error), "what was given has been copied");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
}

static void what_is_refused(void)
{
    static const char *const bad[][2] = {{"DOORKEY_CA_FILE", "a\xff"}, {"", "x"}, {"A=B", "x"}};
    doorkey_options *options = NULL;

    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        doorkey_client *none = NULL;
        must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
        doorkey_status status = doorkey_options_set_environment(options, bad[at], 1);
        if (status == DOORKEY_STATUS_OK)
            status = doorkey_client_new(options, &none, NULL);
        CHECK(status == DOORKEY_STATUS_INVALID_ARGUMENT && !none, "bad pair number %zu is refused", at);
        doorkey_options_free(options);
    }
    const char *const pair[] = {"A", NULL};
    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    CHECK(doorkey_options_set_environment(options, pair, 1) == DOORKEY_STATUS_INVALID_ARGUMENT, "a NULL value is refused");
    CHECK(doorkey_options_set_environment(options, pair, (size_t)-1) != DOORKEY_STATUS_OK, "an absurd count is refused");
    doorkey_options_free(options);
}

/* PEM text in a variable, as pods may have it, is longer than any other value. */
static void a_long_value(void)
{
    static char pem[140000];
    const char *const pair[] = {"AZURE_KUBERNETES_CA_DATA", pem};
    doorkey_options *options = NULL;
    doorkey_client *none = NULL;

    memset(pem, 'a', 128 * 1024);
    doorkey_client_free(client_with(pair, 1));
    CHECK(1, "a value of 128 KiB is taken");
    memset(pem, 'a', sizeof pem - 1);
    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    must(doorkey_options_set_environment(options, pair, 1) == DOORKEY_STATUS_OK, "environment");
    CHECK(refused(doorkey_client_new(options, &none, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "environment")
              && !none,
          "a longer one is refused");
    doorkey_options_free(options);
}

static void a_bad_ca_file(void)
{
    const char *const pairs[] = {
        "AZURE_POD_IDENTITY_AUTHORITY_HOST", variable("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
        "DOORKEY_CA_FILE", "/nowhere/doorkey-ca.pem",
        "DOORKEY_VAULT_SUFFIX", variable("DOORKEY_VAULT_SUFFIX"),
    };
    doorkey_client *client = client_with(pairs, 3);
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;
    doorkey_status status = doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error);

    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_secret(operation, &secret, &error);
    CHECK(status != DOORKEY_STATUS_OK && contains(doorkey_error_message(error), "DOORKEY_CA_FILE"),
          "a CA file that cannot be read is named, not ignored");
    doorkey_error_free(error);
    error = NULL;
    doorkey_operation_free(operation);
    doorkey_client_free(client);
}

int main(void)
{
    the_names();
    a_given_environment();
    changed_while_work_is_under_way();
    its_own_copy();
    what_is_refused();
    a_long_value();
    a_bad_ca_file();
    return finish();
}
