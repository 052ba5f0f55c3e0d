/* A whole list, page by page: what `cargo xtask bench list` weighs. Prints how many secrets there were and the most
   memory that the process ever held, in KiB, as Linux counts it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doorkey.h"

static void must(doorkey_status status, const doorkey_error *error)
{
    if (status != DOORKEY_STATUS_OK) {
        fprintf(stderr, "%s\n", error ? doorkey_error_message(error) : doorkey_status_name(status));
        exit(1);
    }
}

/* Not getrusage: what it counts begins before this program does, with that of whoever started it. */
static long most_memory_kib(void)
{
    char line[256];
    long most = -1;
    FILE *status = fopen("/proc/self/status", "r");

    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            most = atol(line + 6);
    if (status)
        fclose(status);
    return most;
}

int main(void)
{
    doorkey_client *client = NULL;
    doorkey_pager *pager = NULL;
    doorkey_error *error = NULL;
    size_t all = 0, some;

    must(doorkey_client_new(NULL, &client, &error), error);
    must(doorkey_client_list_secrets(client, "demo", NULL, &pager, &error), error);
    do {
        doorkey_operation *operation = NULL;
        doorkey_secret_list *list = NULL;

        must(doorkey_pager_next(pager, &operation, &error), error);
        must(doorkey_operation_take_list(operation, &list, &error), error);
        some = doorkey_secret_list_length(list);
        all += some;
        doorkey_secret_list_free(list);
        doorkey_operation_free(operation);
    } while (some > 0);
    doorkey_pager_free(pager);
    doorkey_client_free(client);
    printf("%zu %ld\n", all, most_memory_kib());
    return 0;
}
