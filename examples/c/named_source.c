/* A client of one's own in C, for what the two headline calls have no argument for: here a named source of tokens and a
   time limit. Arguments: the vault, and the source, e.g. app-service-2017, which the library never chooses by itself. */
#include <doorkey.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints why a call failed and what to do about it. */
static int give_up(doorkey_error *error)
{
    const char *advice = doorkey_error_advice(error);
    fprintf(stderr, "%s\n%s\n", doorkey_error_message(error), advice ? advice : "");
    doorkey_error_free(error);
    return EXIT_FAILURE;
}

/* The audience of the vaults: in Azure always the same, with an emulator or another cloud https:// and the suffix
   without its port. */
static const char *audience(void)
{
    static char text[256];
    const char *suffix = getenv("DOORKEY_VAULT_SUFFIX");
    if (!suffix || !*suffix)
        suffix = "vault.azure.net";
    snprintf(text, sizeof text, "https://%.*s", (int)strcspn(suffix, ":"), suffix);
    return text;
}

/* Setters only store; doorkey_client_new judges them all and names the one that is wrong. */
static doorkey_status make_client(const char *source, doorkey_client **client, doorkey_error **error)
{
    doorkey_options *options = NULL;
    doorkey_options_new(&options);
    doorkey_options_set_source(options, source);
    doorkey_options_set_timeout_ms(options, 30000);
    doorkey_status status = doorkey_client_new(options, client, error);
    doorkey_options_free(options);
    return status;
}

/* Each call starts an operation, which taking its result waits for. */
static doorkey_status token(const doorkey_client *client, doorkey_token **token, doorkey_error **error)
{
    doorkey_operation *operation = NULL;
    doorkey_status status = doorkey_client_get_token(client, audience(), NULL, &operation, error);
    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_token(operation, token, error);
    doorkey_operation_free(operation);
    return status;
}

static doorkey_status secret(const doorkey_client *client, const char *vault, doorkey_secret **secret,
                             doorkey_error **error)
{
    doorkey_operation *operation = NULL;
    doorkey_status status =
        doorkey_client_get_secret(client, vault, "MyTestSecret", NULL, NULL, &operation, error);
    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_secret(operation, secret, error);
    doorkey_operation_free(operation);
    return status;
}

static int show(const doorkey_client *client, const char *vault)
{
    doorkey_error *error = NULL;
    doorkey_token *its_token = NULL;
    doorkey_secret *its_secret = NULL;

    if (token(client, &its_token, &error) != DOORKEY_STATUS_OK)
        return give_up(error);
    printf("source=%s\n", doorkey_token_source(its_token));
    doorkey_token_free(its_token);

    if (secret(client, vault, &its_secret, &error) != DOORKEY_STATUS_OK)
        return give_up(error);
    printf("id=%s\n", doorkey_secret_id(its_secret));
    printf("version=%s\n", doorkey_secret_version(its_secret));
    /* Printing the value is this example's purpose. Freeing the secret wipes it. */
    printf("value=%s\n", doorkey_secret_value(its_secret));
    doorkey_secret_free(its_secret);
    return EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
    const char *vault = count > 1 ? arguments[1] : "demo";
    const char *source = count > 2 ? arguments[2] : "imds";
    doorkey_client *client = NULL;
    doorkey_error *error = NULL;

    if (make_client(source, &client, &error) != DOORKEY_STATUS_OK)
        return give_up(error);
    int outcome = show(client, vault);
    doorkey_client_free(client);
    return outcome;
}
