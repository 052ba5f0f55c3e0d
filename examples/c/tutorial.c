/* Microsoft's tutorial in C: a token of this machine's managed identity, and with it a secret from a Key Vault.
   To try it without Azure, start the emulator and set the variables that it prints. Build it with
   cc tutorial.c -I include -L target/dist/<rid> -ldoorkey */
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

int main(int count, char **arguments)
{
    const char *vault = count > 1 ? arguments[1] : "demo";
    doorkey_error *error = NULL;
    doorkey_token *token = NULL;
    doorkey_secret *secret = NULL;

    if (get_token(audience(), &token, &error) != DOORKEY_STATUS_OK)
        return give_up(error);
    printf("source=%s\n", doorkey_token_source(token));
    doorkey_token_free(token);

    if (get_secret(vault, "MyTestSecret", &secret, &error) != DOORKEY_STATUS_OK)
        return give_up(error);
    printf("id=%s\n", doorkey_secret_id(secret));
    printf("version=%s\n", doorkey_secret_version(secret));
    /* Printing the value is this example's purpose. Freeing the secret wipes it. */
    printf("value=%s\n", doorkey_secret_value(secret));
    doorkey_secret_free(secret);
    return EXIT_SUCCESS;
}
