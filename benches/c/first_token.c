/* The first token of a process, through the library: the whole program is what `cargo xtask bench cold` times.
   It does no more than raw_token.c beside it, and prints nothing. */
#include <stdio.h>

#include "doorkey.h"

int main(void)
{
    doorkey_token *token = NULL;
    doorkey_error *error = NULL;

    if (get_token("https://vault.azure.net", &token, &error) != DOORKEY_STATUS_OK) {
        fprintf(stderr, "%s\n", error ? doorkey_error_message(error) : "no reason given");
        doorkey_error_free(error);
        return 1;
    }
    int empty = doorkey_token_length(token) == 0;
    doorkey_token_free(token);
    return empty;
}
