/* What a client keeps of the secrets it got, and when that does: max_age_ms, stale_if_error_ms, newer_than_version. */
#include "control.h"
#include "taking.h"

#define LONG 3600000

static doorkey_error *error;
static doorkey_client *client;

static doorkey_call a_call(void)
{
    doorkey_call call;

    memset(&call, 0, sizeof call);
    call.struct_size = sizeof call;
    return call;
}

static doorkey_secret *got(const char *name, const doorkey_call *call)
{
    doorkey_operation *operation = NULL;

    BEGIN(doorkey_client_get_secret(client, "demo", name, NULL, call, &operation, &error));
    return taken_secret(&operation);
}

static doorkey_status get(const char *name, const doorkey_call *call)
{
    doorkey_operation *operation = NULL;

    BEGIN(doorkey_client_get_secret(client, "demo", name, NULL, call, &operation, &error));
    return outcome(&operation, &error);
}

static int has_value(const doorkey_secret *secret, const char *value)
{
    return same(doorkey_secret_value(secret), value) && doorkey_secret_length(secret) == strlen(value);
}

static void for_some_time(void)
{
    doorkey_call call = a_call();
    call.max_age_ms = LONG;
    control("POST", "/secret", "{\"name\":\"Kept\",\"value\":\"first\",\"content_type\":\"text/plain\",\"tags\":{\"a\":\"b\"}}");
    doorkey_secret *one = got("Kept", &call);
    long requests = counted("vault");

    control("POST", "/secret", "{\"name\":\"Kept\",\"value\":\"second\"}");
    doorkey_operation *operation = NULL;
    BEGIN(doorkey_client_get_secret(client, "demo", "KEPT", NULL, &call, &operation, &error));
    CHECK(doorkey_operation_wait(operation, 0) == DOORKEY_STATUS_OK, "a value that is kept is there at once");
    doorkey_secret *other = taken_secret(&operation);
    CHECK(has_value(other, "first") && counted("vault") == requests, "without a request");
    CHECK(same(doorkey_secret_id(other), doorkey_secret_id(one)) && same(doorkey_secret_content_type(other), "text/plain")
              && doorkey_secret_tag_count(other) == 1 && same(doorkey_secret_tag_value(other, 0), "b"),
          "with all that is known of it");
    doorkey_secret_free(one);
    CHECK(has_value(other, "first"), "freeing one leaves the other alone");
    doorkey_secret_free(other);

    other = got("Kept", NULL);
    CHECK(has_value(other, "second"), "a call that says nothing asks the vault");
    doorkey_secret_free(other);
}

static void what_is_not_kept(void)
{
    doorkey_call call = a_call();
    call.max_age_ms = LONG;
    control("POST", "/secret", "{\"name\":\"Plain\",\"value\":\"v\"}");
    doorkey_secret_free(got("Plain", NULL));
    long requests = counted("vault");

    doorkey_secret_free(got("Plain", &call));
    CHECK(counted("vault") == requests + 1, "what was got by a call that says nothing is not kept");
    doorkey_secret_free(got("Plain", &call));
    CHECK(counted("vault") == requests + 1, "what was got by one that does is");
    doorkey_client_clear_cache(client);
    doorkey_secret_free(got("Plain", &call));
    CHECK(counted("vault") == requests + 2, "until the client is told to forget it");

    doorkey_client *own = client_that_does_not_retry(), *first = client;
    client = own;
    doorkey_secret_free(got("Plain", &call));
    CHECK(counted("vault") == requests + 3, "another client keeps its own");
    client = first;
    doorkey_client_free(own);
}

static void while_the_vault_is_away(void)
{
    doorkey_call call = a_call();
    call.stale_if_error_ms = LONG;
    control("POST", "/secret", "{\"name\":\"Needed\",\"value\":\"v\"}");
    doorkey_secret_free(got("Needed", &call));
    long requests = counted("vault");

    fault("{\"endpoint\":\"vault\",\"status\":503,\"times\":null}");
    doorkey_secret *kept = got("Needed", &call);
    CHECK(has_value(kept, "v"), "a value that is kept does when the vault cannot be reached");
    CHECK(counted("vault") > requests, "which is tried first");
    doorkey_secret_free(kept);
    CHECK(refused(get("Needed", NULL), &error, DOORKEY_STATUS_SERVICE_UNAVAILABLE, "Needed"),
          "but not for a call that does not say so");
    no_faults();

    control("POST", "/secret", "{\"name\":\"Needed\",\"enabled\":false}");
    CHECK(refused(get("Needed", &call), &error, DOORKEY_STATUS_SECRET_DISABLED, "Needed"),
          "nor when the vault answers that there is no value any more");
}

static void a_version_that_stopped_working(void)
{
    char version[64];
    doorkey_call call = a_call(), keep = a_call();
    keep.max_age_ms = LONG;
    control("POST", "/secret", "{\"name\":\"Rotated\",\"value\":\"old\"}");
    doorkey_secret *old = got("Rotated", &keep);
    snprintf(version, sizeof version, "%s", doorkey_secret_version(old));
    doorkey_secret_free(old);

    call.max_age_ms = LONG;
    call.newer_than_version = version;
    CHECK(refused(get("Rotated", &call), &error, DOORKEY_STATUS_NO_NEWER_VERSION, "Rotated"),
          "while there is no newer version the call says so, whatever is kept");
    control("POST", "/secret", "{\"name\":\"Rotated\",\"value\":\"new\"}");
    doorkey_secret *newer = got("Rotated", &call);
    CHECK(has_value(newer, "new"), "once there is one it comes");
    doorkey_secret_free(newer);
    long requests = counted("vault");
    newer = got("Rotated", &keep);
    CHECK(has_value(newer, "new") && counted("vault") == requests, "and takes the old one's place");
    doorkey_secret_free(newer);
}

static void what_makes_no_sense(void)
{
    doorkey_operation *none = NULL;
    doorkey_call call = a_call();
    long before = bytes_noticed();

    call.newer_than_version = "";
    CHECK(refused(doorkey_client_get_secret(client, "demo", "Kept", NULL, &call, &none, &error), &error,
                  DOORKEY_STATUS_INVALID_ARGUMENT, "newer_than_version"),
          "an empty version is none");
    call.newer_than_version = "0123\xff";
    CHECK(refused(doorkey_client_get_secret(client, "demo", "Kept", NULL, &call, &none, &error), &error,
                  DOORKEY_STATUS_INVALID_ARGUMENT, "newer_than_version"),
          "nor is one that is not UTF-8");
    call.newer_than_version = "0123456789abcdef0123456789abcdef";
    CHECK(refused(doorkey_client_get_secret(client, "demo", "Kept", "0123456789abcdef0123456789abcdef", &call, &none,
                                            &error),
                  &error, DOORKEY_STATUS_INVALID_ARGUMENT, "newer_than_version"),
          "and a version that is asked for has none that is newer");
    CHECK(bytes_noticed() == before && !none, "and nothing is sent for them");
}

int main(void)
{
    client = client_that_does_not_retry();
    for_some_time();
    what_is_not_kept();
    while_the_vault_is_away();
    a_version_that_stopped_working();
    what_makes_no_sense();
    doorkey_client_free(client);
    return finish();
}
