/* Nothing stays behind: after a secret and a token are freed, the process's memory holds no copy of either.
   How the memory is looked through is in memory.h. */
#include "control.h"
#include "memory.h"
#include "taking.h"

static doorkey_error *error;

static void after_a_secret(void)
{
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(doorkey_client_new(NULL, &client, &error), &error), "client");
    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "operation");
    must(worked(doorkey_operation_take_secret(operation, &secret, &error), &error), "secret");
    struct needle needle = hide(doorkey_secret_value(secret), doorkey_secret_length(secret));
    CHECK(copies_of(&needle) >= 1, "the scan finds a value that is there");
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    int left = copies_left(&needle);
    CHECK(left == 0, "a freed secret and client leave no copy of the value behind (%d left)", left);
}

static void after_an_operation_that_nobody_took(void)
{
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(doorkey_client_new(NULL, &client, &error), &error), "client");
    must(worked(get_secret("demo", "MyTestSecret", &secret, &error), &error), "secret");
    struct needle needle = hide(doorkey_secret_value(secret), doorkey_secret_length(secret));
    int held = copies_of(&needle);
    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "operation");
    must(doorkey_operation_wait(operation, UINT32_MAX) == DOORKEY_STATUS_OK, "the operation ends");
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    int left = INT32_MAX;
    for (int tries = 0; tries < 1000 && left > held; tries++) {
        left = copies_of(&needle);
        sched_yield();
    }
    CHECK(left <= held, "a result that nobody took is wiped with its operation (%d left of %d)", left, held);
    doorkey_secret_free(secret);
}

/* Sets a secret to the needle and gives what comes back; the text itself is wiped. */
static doorkey_secret *set(const doorkey_client *client, const char *name, const struct needle *needle)
{
    char value[NEEDLE_MAX + 1];
    doorkey_operation *operation = NULL;

    show(needle, value);
    BEGIN(doorkey_client_set_secret(client, "demo", name, value, needle->length, NULL, NULL, &operation, &error));
    explicit_bzero(value, sizeof value);
    return taken_secret(&operation);
}

static void after_setting(void)
{
    struct needle needle = unseen(3);
    doorkey_client *client = client_that_does_not_retry();
    doorkey_secret *made = set(client, "Set", &needle);

    CHECK(copies_of(&needle) >= 1, "the scan finds a value that was set");
    doorkey_secret_free(made);
    doorkey_client_free(client);
    int left = copies_left(&needle);
    CHECK(left == 0, "with secret and client freed no copy is left (%d left)", left);
}

static void after_setting_in_vain(void)
{
    struct needle needle = unseen(5);
    char value[NEEDLE_MAX + 1];
    doorkey_operation *operation = NULL;
    doorkey_client *client = client_that_does_not_retry();

    fault("{\"endpoint\":\"vault\",\"status\":403}");
    show(&needle, value);
    BEGIN(doorkey_client_set_secret(client, "demo", "Refused", value, needle.length, NULL, NULL, &operation, &error));
    CHECK(outcome(&operation, &error) == DOORKEY_STATUS_FORBIDDEN, "a vault refuses a value");
    doorkey_error_free(error);
    error = NULL;
    fault("{\"endpoint\":\"vault\",\"hold\":true}");
    BEGIN(doorkey_client_set_secret(client, "demo", "Cancelled", value, needle.length, NULL, NULL, &operation, &error));
    wait_until_held(1);
    doorkey_operation_free(operation);
    release_held();
    value[0] = (char)0xff;
    CHECK(doorkey_client_set_secret(client, "demo", "Bad", value, needle.length, NULL, NULL, &operation, NULL)
              == DOORKEY_STATUS_INVALID_ARGUMENT,
          "the library refuses one");
    explicit_bzero(value, sizeof value);
    doorkey_client_free(client);
    struct needle rest = needle;
    memmove(rest.masked, rest.masked + 1, --rest.length);
    int left = copies_left(&rest);
    CHECK(left == 0, "a value that was refused or cancelled leaves no copy behind (%d left)", left);
}

#define MANY 5

static void after_many(void)
{
    static const char *const names[MANY] = {"Many-0", "Many-1", "Many-2", "Many-3", "Many-4"};
    struct needle needles[MANY];
    doorkey_client *client = client_that_does_not_retry();
    doorkey_operation *operation = NULL;
    doorkey_pager *pager = NULL;

    for (int at = 0; at < MANY; at++) {
        needles[at] = unseen(8 + (uint32_t)at);
        doorkey_secret_free(set(client, names[at], &needles[at]));
    }
    BEGIN(doorkey_client_get_secrets(client, "demo", names, MANY, NULL, &operation, &error));
    doorkey_secret_list *list = taken_list(&operation);
    BEGIN(doorkey_client_stream_secrets(client, "demo", names, MANY, NULL, &pager, &error));
    doorkey_secret_list *page = next_page(pager);
    CHECK(copies_of(&needles[0]) >= 1 && copies_of(&needles[MANY - 1]) >= 1, "the scan finds the values of a list");
    doorkey_secret_list_free(list);
    doorkey_secret_list_free(page);
    doorkey_pager_free(pager);
    doorkey_client_free(client);
    for (int at = 0; at < MANY; at++) {
        int left = copies_left(&needles[at]);
        CHECK(left == 0, "with lists, pager and client freed no copy of value %d is left (%d left)", at, left);
    }
}

static void after_a_backup(void)
{
    struct needle value = unseen(20);
    doorkey_client *client = client_that_does_not_retry();
    doorkey_operation *operation = NULL;

    doorkey_secret_free(set(client, "Kept", &value));
    BEGIN(doorkey_client_backup_secret(client, "demo", "Kept", NULL, &operation, &error));
    doorkey_blob *blob = taken_blob(&operation);
    size_t length = doorkey_blob_length(blob);
    must(length > NEEDLE_MAX, "a backup is long");
    /* Its end: all backups begin alike. */
    struct needle needle = hide(doorkey_blob_data(blob) + length - 40, 40);
    CHECK(copies_of(&needle) >= 1, "the scan finds a backup that is there");
    BEGIN(doorkey_client_restore_secret(client, "demo", doorkey_blob_data(blob), length, NULL, &operation, &error));
    CHECK(outcome(&operation, &error) == DOORKEY_STATUS_CONFLICT, "it is sent back");
    doorkey_error_free(error);
    error = NULL;
    doorkey_blob_free(blob);
    doorkey_client_free(client);
    int left = copies_left(&needle);
    CHECK(left == 0, "with backup and client freed no copy of it is left (%d left)", left);
}

static void after_a_kept_secret(void)
{
    struct needle needle = unseen(24);
    doorkey_call call;
    doorkey_client *client = client_that_does_not_retry(), *other = client_that_does_not_retry();
    doorkey_operation *operation = NULL;

    /* With another client, whose connection holds it until it is freed. */
    doorkey_secret_free(set(other, "Cached", &needle));
    doorkey_client_free(other);
    memset(&call, 0, sizeof call);
    call.struct_size = sizeof call;
    call.max_age_ms = UINT32_MAX;
    BEGIN(doorkey_client_get_secret(client, "demo", "Cached", NULL, &call, &operation, &error));
    doorkey_secret_free(taken_secret(&operation));
    CHECK(copies_of(&needle) >= 1, "a value that a client keeps stays when its handle is freed");
    doorkey_client_free(client);
    int left = copies_left(&needle);
    CHECK(left == 0, "and goes with the client (%d left)", left);
}

static void after_a_token(void)
{
    doorkey_token *token = NULL;

    must(worked(get_token("https://vault.localhost", &token, &error), &error), "token");
    /* The end of a token is its signature, which nothing else contains. */
    size_t length = doorkey_token_length(token);
    struct needle needle = hide(doorkey_token_value(token) + length - 32, 32);
    CHECK(copies_of(&needle) >= 1, "the scan finds a token that is there");
    doorkey_token_free(token);
    CHECK(copies_of(&needle) >= 1, "a freed token is still in the cache");
    doorkey_clear_token_cache();
    int left = copies_left(&needle);
    CHECK(left == 0, "with the cache cleared no copy is left (%d left)", left);
}

int main(void)
{
    if (watched_by_valgrind()) {
        printf("# not scanned under valgrind, whose own memory holds copies\n");
        return finish();
    }
    after_a_token();
    after_a_secret();
    after_an_operation_that_nobody_took();
    after_setting();
    after_setting_in_vain();
    after_many();
    after_a_backup();
    after_a_kept_secret();
    return finish();
}
