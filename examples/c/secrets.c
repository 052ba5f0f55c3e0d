/* Beyond the tutorial, in C: sets a secret, reads it together with others in one call, and lists what a vault has.
   Arguments: the vault, and names of secrets to read besides. It leaves a new version of a secret named Greeting.
   To try it without Azure, start the emulator and set the variables that it prints. Build it with
   cc secrets.c -I include -L target/dist/<rid> -ldoorkey */
#include <doorkey.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 16

/* Prints why a call failed and what to do about it. */
static int give_up(doorkey_error *error)
{
    const char *advice = doorkey_error_advice(error);
    fprintf(stderr, "%s\n%s\n", doorkey_error_message(error), advice ? advice : "");
    doorkey_error_free(error);
    return EXIT_FAILURE;
}

/* What is to be said of a secret besides its value; what is not said is left as it is. */
static doorkey_status set(const doorkey_client *client, const char *vault, doorkey_error **error)
{
    static const char *const tags[] = {"made-by", "doorkey"};
    static const char value[] = "hello";
    doorkey_attributes attributes;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    memset(&attributes, 0, sizeof attributes);
    attributes.struct_size = sizeof attributes;
    attributes.flags = DOORKEY_ATTRIBUTE_TAGS;
    attributes.content_type = "text/plain";
    attributes.tags = tags;
    attributes.tag_count = 1;
    doorkey_status status = doorkey_client_set_secret(client, vault, "Greeting", value, strlen(value), &attributes, NULL,
                                                      &operation, error);
    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_secret(operation, &secret, error);
    if (status == DOORKEY_STATUS_OK)
        printf("set %s\n", doorkey_secret_id(secret));
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    return status;
}

/* One call for all of them: each name has its own outcome, and the secrets go with their list. */
static doorkey_status read_all(const doorkey_client *client, const char *vault, const char *const *names, size_t count,
                               doorkey_error **error)
{
    doorkey_operation *operation = NULL;
    doorkey_secret_list *list = NULL;
    doorkey_status status = doorkey_client_get_secrets(client, vault, names, count, NULL, &operation, error);

    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_list(operation, &list, error);
    for (size_t at = 0; at < doorkey_secret_list_length(list); at++) {
        const doorkey_secret *secret = doorkey_secret_list_at(list, at);
        if (secret)
            printf("got %s, %zu bytes\n", doorkey_secret_id(secret), doorkey_secret_length(secret));
        else
            printf("no %s: %s\n", names[at], doorkey_error_message(doorkey_secret_list_error(list, at)));
    }
    doorkey_secret_list_free(list);
    doorkey_operation_free(operation);
    return status;
}

/* The number of items of the next page; an empty one is the end. */
static doorkey_status show_page(const doorkey_pager *pager, size_t *length, doorkey_error **error)
{
    doorkey_operation *operation = NULL;
    doorkey_secret_list *page = NULL;
    doorkey_status status = doorkey_pager_next(pager, &operation, error);

    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_list(operation, &page, error);
    *length = doorkey_secret_list_length(page);
    for (size_t at = 0; at < *length; at++) {
        const doorkey_secret *secret = doorkey_secret_list_at(page, at);
        printf("has %s%s\n", doorkey_secret_name(secret), doorkey_secret_enabled(secret) ? "" : " (disabled)");
    }
    doorkey_secret_list_free(page);
    doorkey_operation_free(operation);
    return status;
}

static doorkey_status show_names(const doorkey_client *client, const char *vault, doorkey_error **error)
{
    doorkey_pager *pager = NULL;
    size_t length = 1;
    doorkey_status status = doorkey_client_list_secrets(client, vault, NULL, &pager, error);

    while (status == DOORKEY_STATUS_OK && length > 0)
        status = show_page(pager, &length, error);
    doorkey_pager_free(pager);
    return status;
}

int main(int count, char **arguments)
{
    const char *vault = count > 1 ? arguments[1] : "demo";
    const char *names[NAMES_MAX] = {"Greeting", "MyTestSecret"};
    size_t name_count = 2;
    doorkey_client *client = NULL;
    doorkey_error *error = NULL;

    for (int at = 2; at < count && name_count < NAMES_MAX; at++)
        names[name_count++] = arguments[at];
    doorkey_status status = doorkey_client_new(NULL, &client, &error);
    if (status == DOORKEY_STATUS_OK)
        status = set(client, vault, &error);
    if (status == DOORKEY_STATUS_OK)
        status = read_all(client, vault, names, name_count, &error);
    if (status == DOORKEY_STATUS_OK)
        status = show_names(client, vault, &error);
    doorkey_client_free(client);
    return status == DOORKEY_STATUS_OK ? EXIT_SUCCESS : give_up(error);
}
