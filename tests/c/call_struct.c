/* doorkey_call, the struct that may grow: its size rules, its flags, and fields where they mean nothing. */
#include "control.h"

#define RESOURCE "https://vault.localhost"

static doorkey_error *error;
static doorkey_client *client;

static doorkey_call a_call(void)
{
    doorkey_call call;

    memset(&call, 0, sizeof call);
    call.struct_size = sizeof call;
    return call;
}

static doorkey_status start(const doorkey_call *call)
{
    doorkey_operation *operation = NULL;
    doorkey_token *token = NULL;
    doorkey_status status = doorkey_client_get_token(client, RESOURCE, call, &operation, &error);

    if (status == DOORKEY_STATUS_OK)
        status = doorkey_operation_take_token(operation, &token, &error);
    doorkey_token_free(token);
    doorkey_operation_free(operation);
    return status;
}

/* The struct as the first header had it: programs compiled with that one go on working. */
struct first {
    uint32_t struct_size, flags, timeout_ms, max_age_ms, stale_if_error_ms, reserved;
    const char *newer_than_version;
};

/* What follows it in memory is no business of the library, so here it is what no call may hold. */
struct first_in_memory {
    struct first first;
    unsigned char behind[64];
};

static void the_first_version(void)
{
    struct first_in_memory old;
    long requests;

    memset(&old, 0, sizeof old);
    memset(old.behind, 0xff, sizeof old.behind);
    old.first.struct_size = sizeof old.first;
    CHECK(worked(start((const doorkey_call *)(const void *)&old), &error), "a call of the first header is taken");
    requests = counted("token");
    old.first.flags = DOORKEY_CALL_FORCE_REFRESH;
    CHECK(worked(start((const doorkey_call *)(const void *)&old), &error) && counted("token") == requests + 1,
          "and its fields count");
    old.first.struct_size = sizeof old.first + 1;
    CHECK(refused(start((const doorkey_call *)(const void *)&old), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"),
          "a size between two versions is refused");
}

/* A struct of a later version: ours, and fields behind it that we know nothing of. */
struct later {
    doorkey_call known;
    unsigned char unknown[16];
};

static void sizes(void)
{
    doorkey_call call = a_call();
    CHECK(worked(start(&call), &error), "a call of the right size is taken");
    CHECK(worked(start(NULL), &error), "no call means all defaults");

    call.struct_size = 0;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"), "a size of 0 is refused");
    call.struct_size = sizeof call - 1;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"), "a size too small is refused");
    call.struct_size = UINT32_MAX;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"), "an absurd size is refused");

    struct later later;
    memset(&later, 0, sizeof later);
    later.known.struct_size = sizeof later;
    CHECK(worked(start(&later.known), &error), "a later, larger call is taken while its new fields are zero");
    later.unknown[15] = 1;
    CHECK(refused(start(&later.known), &error, DOORKEY_STATUS_UNSUPPORTED, "call"),
          "a field that we do not know is not ignored");
}

/* Not ignored, so that nobody relies on them. */
static void fields_that_mean_nothing_here(void)
{
    doorkey_operation *none = NULL;
    doorkey_call call = a_call();
    call.flags = 1u << 31;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_UNSUPPORTED, "flags"), "an unknown flag is refused");
    call = a_call();
    call.max_age_ms = 1;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_UNSUPPORTED, "max_age"), "max_age_ms is not for tokens");
    call = a_call();
    call.stale_if_error_ms = 1;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_UNSUPPORTED, "stale_if_error"),
          "stale_if_error_ms is not for tokens");
    call = a_call();
    call.newer_than_version = "0";
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_UNSUPPORTED, "newer_than_version"),
          "newer_than_version is not for tokens");
    call = a_call();
    call.concurrency = 1;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_UNSUPPORTED, "concurrency"), "concurrency is not for tokens");
    CHECK(refused(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, &call, &none, &error), &error,
                  DOORKEY_STATUS_UNSUPPORTED, "concurrency")
              && !none,
          "nor for one secret");
    call = a_call();
    call.max_age_ms = 1;
    CHECK(refused(doorkey_client_delete_secret(client, "demo", "MyTestSecret", &call, &none, &error), &error,
                  DOORKEY_STATUS_UNSUPPORTED, "max_age")
              && !none,
          "and max_age_ms not for what changes one");
}

static char endless[8194];

static void claims_that_are_none(void)
{
    static const char *const bad[] = {
        "{\"a\xff\":1}", endless, "", "no JSON", "[\"access_token\"]", "\"access_token\"", "eyJhY2Nlc3NfdG9rZW4iOnt9fQ",
    };
    doorkey_call call = a_call();
    long before = bytes_noticed();

    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        call.claims = bad[at];
        CHECK(refused(start(&call), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "claims"),
              "claims like number %zu are refused", at);
    }
    CHECK(bytes_noticed() == before, "and nothing is sent for them");
}

static void claims_of_a_challenge(void)
{
    doorkey_call call = a_call();
    long requests = counted("token");

    call.claims = "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1700000000\"}}}";
    CHECK(worked(start(&call), &error) && counted("token") == requests + 1, "claims skip the cached token");
    call.claims = NULL;
    CHECK(worked(start(&call), &error) && counted("token") == requests + 1, "and the next call has the new one");
}

static void what_a_call_asks_for(void)
{
    doorkey_call call = a_call();
    long requests = counted("token");
    must(worked(start(&call), &error), "a token from the cache");
    CHECK(counted("token") == requests, "without a flag the cache answers");
    call.flags = DOORKEY_CALL_FORCE_REFRESH;
    must(worked(start(&call), &error), "a fresh token");
    CHECK(counted("token") == requests + 1, "FORCE_REFRESH asks again");

    fault("{\"endpoint\":\"token\",\"hold\":true}");
    call.timeout_ms = 50;
    CHECK(refused(start(&call), &error, DOORKEY_STATUS_TIMEOUT, ""), "timeout_ms is the operation's deadline");
    no_faults();
    release_held();
}

int main(void)
{
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");
    memset(endless, ' ', sizeof endless - 1);
    endless[0] = '{';
    endless[sizeof endless - 2] = '}';
    sizes();
    the_first_version();
    fields_that_mean_nothing_here();
    claims_that_are_none();
    claims_of_a_challenge();
    what_a_call_asks_for();
    doorkey_client_free(client);
    return finish();
}
