/* A client that is told where its tokens come from, on every kind of host: it asks that source, says so, and gives the
   vault what it got. One that is told another source than the host has fails, whatever the variables say. */
#include "../control.h"

#define RESOURCE "https://vault.localhost"

static doorkey_error *error;

static doorkey_client *client_for(const char *source)
{
    doorkey_options *options = NULL;
    doorkey_client *client = NULL;

    must(worked(doorkey_options_new(&options), NULL), "options");
    must(worked(doorkey_options_set_source(options, source), NULL), source);
    must(worked(doorkey_options_set_retries_max(options, 0), NULL), "retries");
    must(worked(doorkey_client_new(options, &client, &error), &error), "client");
    doorkey_options_free(options);
    return client;
}

static doorkey_status get(const doorkey_client *client, doorkey_token **token)
{
    doorkey_operation *operation = NULL;
    doorkey_status status = doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error);

    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_token(operation, token, &error);
    doorkey_operation_free(operation);
    return status;
}

static void the_hosts_own_source(const char *source)
{
    doorkey_client *client = client_for(source);
    doorkey_token *token = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(get(client, &token), &error), "token");
    CHECK(same(doorkey_token_source(token), source), "the token says that it came from the source that was named: %s",
          doorkey_token_source(token));
    CHECK(doorkey_token_length(token) > 100, "it has a value");
    CHECK(counted("token") > 0, "the host was asked");
    doorkey_token_free(token);

    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "secret begins");
    must(worked(doorkey_operation_take_secret(operation, &secret, &error), &error), "secret");
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "the secret has its value");
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
}

/* Service Fabric needs a thumbprint that only its own hosts set, and those have no assertion of a pod's. */
static void a_source_that_the_host_has_not(const char *source)
{
    const char *other = same(source, "service-fabric") ? "workload-identity" : "service-fabric";
    doorkey_client *client = client_for(other);
    doorkey_token *token = NULL;
    long requests = counted("token");
    doorkey_status status = get(client, &token);

    CHECK(status != DOORKEY_STATUS_OK && token == NULL && error != NULL, "%s gives no token here", other);
    CHECK(counted("token") == requests, "and the host's own endpoint is not asked instead");
    doorkey_error_free(error);
    error = NULL;
    doorkey_client_free(client);
}

int main(void)
{
    const char *source = variable("DOORKEY_TEST_SOURCE");

    the_hosts_own_source(source);
    a_source_that_the_host_has_not(source);
    return finish();
}
