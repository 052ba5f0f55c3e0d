/* Many secrets at once: an item a name, in their order, each with its own outcome; as one list, or as they come. */
#include "control.h"
#include "taking.h"

static doorkey_error *error;
static doorkey_client *client;

#define COUNT(names) (sizeof(names) / sizeof(names)[0])

static doorkey_secret_list *got(const char *vault, const char *const *names, size_t count, const doorkey_call *call)
{
    doorkey_operation *operation = NULL;

    BEGIN(doorkey_client_get_secrets(client, vault, names, count, call, &operation, &error));
    return taken_list(&operation);
}

static doorkey_call a_call(void)
{
    doorkey_call call;

    memset(&call, 0, sizeof call);
    call.struct_size = sizeof call;
    return call;
}

/* The item is there with this value. */
static int is(const doorkey_secret_list *list, size_t at, const char *value)
{
    return doorkey_secret_list_status(list, at) == DOORKEY_STATUS_OK && !doorkey_secret_list_error(list, at)
        && same(doorkey_secret_value(doorkey_secret_list_at(list, at)), value);
}

/* The item failed so, and says why. */
static int failed(const doorkey_secret_list *list, size_t at, doorkey_status status, const char *text)
{
    const doorkey_error *why = doorkey_secret_list_error(list, at);

    return doorkey_secret_list_status(list, at) == status && !doorkey_secret_list_at(list, at)
        && doorkey_error_status(why) == status && contains(doorkey_error_message(why), text);
}

static void prepare(void)
{
    control("POST", "/secret", "{\"name\":\"A\",\"value\":\"a\"}");
    control("POST", "/secret", "{\"name\":\"B\",\"value\":\"b\"}");
    control("POST", "/secret", "{\"name\":\"C\",\"value\":\"c\"}");
    control("POST", "/secret", "{\"name\":\"Off\",\"value\":\"v\",\"enabled\":false}");
}

static void sharing(void)
{
    const char *const names[] = {"C", "Missing"};
    doorkey_secret_list *list = got("demo", names, COUNT(names), NULL);
    doorkey_secret *own = NULL, *again = NULL, *none = (doorkey_secret *)1;

    CHECK(doorkey_secret_list_share(list, 0, &own) == DOORKEY_STATUS_OK
              && doorkey_secret_list_share(list, 0, &again) == DOORKEY_STATUS_OK && own != again,
          "an item's secret can be had by itself, more than once");
    CHECK(doorkey_secret_list_share(list, 1, &none) == DOORKEY_STATUS_SECRET_NOT_FOUND && !none,
          "of an item that failed there is its status and nothing else");
    CHECK(doorkey_secret_list_share(list, 2, &none) == DOORKEY_STATUS_INVALID_ARGUMENT && !none,
          "beyond the last there is nothing");
    doorkey_secret_list_free(list);
    doorkey_secret_free(again);
    CHECK(same(doorkey_secret_value(own), "c") && same(doorkey_secret_name(own), "C"), "it outlives its list");
    doorkey_secret_free(own);
}

static void order_and_outcomes(void)
{
    char of_version[200];
    doorkey_secret *first = latest(client, "A");
    snprintf(of_version, sizeof of_version, "a/%s", doorkey_secret_version(first));
    doorkey_secret_free(first);
    control("POST", "/secret", "{\"name\":\"A\",\"value\":\"newer\"}");
    static char endless[5000];
    memset(endless, 'e', sizeof endless - 1);
    /* A character of two bytes, of which the text is cut behind the first. */
    memcpy(endless + 2048, "\xc3\xa9", 2);
    const char *const names[] = {"C", "Missing", "A", "Off", "no_name", "B", "", of_version, "A/no-version", endless};
    doorkey_secret_list *list = got("demo", names, COUNT(names), NULL);

    CHECK(doorkey_secret_list_length(list) == COUNT(names), "there is an item for every name");
    CHECK(is(list, 0, "c") && is(list, 2, "newer") && is(list, 5, "b"), "in the order of the names");
    CHECK(is(list, 7, "a"), "a name with a version has that version");
    CHECK(failed(list, 1, DOORKEY_STATUS_SECRET_NOT_FOUND, "Missing"), "a missing secret is that item's error");
    CHECK(failed(list, 3, DOORKEY_STATUS_SECRET_DISABLED, "Off"), "so is a disabled one");
    CHECK(doorkey_error_http_status(doorkey_secret_list_error(list, 3)) == 403,
          "an item's error has all that an error has");
    CHECK(failed(list, 4, DOORKEY_STATUS_INVALID_ARGUMENT, "name")
              && failed(list, 6, DOORKEY_STATUS_INVALID_ARGUMENT, "name"),
          "a bad name is too");
    CHECK(failed(list, 8, DOORKEY_STATUS_INVALID_ARGUMENT, "version"), "and a bad version");
    CHECK(failed(list, 9, DOORKEY_STATUS_INVALID_ARGUMENT, "name"), "and a name of any length");
    CHECK(doorkey_secret_list_status(list, COUNT(names)) == DOORKEY_STATUS_INVALID_ARGUMENT
              && !doorkey_secret_list_at(list, COUNT(names)) && !doorkey_secret_list_error(list, (size_t)-1),
          "there is no item beyond the last");
    doorkey_secret_list_free(list);
}

static void the_same_twice(void)
{
    static const char *const names[] = {"B", "C", "b", "B", "c"};
    long requests = counted("vault");
    doorkey_secret_list *list = got("demo", names, COUNT(names), NULL);

    CHECK(is(list, 0, "b") && is(list, 1, "c") && is(list, 2, "b") && is(list, 3, "b") && is(list, 4, "c"),
          "names that stand there twice have their secret in each place");
    CHECK(counted("vault") == requests + 2, "with one request each, in whatever case they are written");
    doorkey_secret_list_free(list);
}

static void whole_ids(void)
{
    char one[600], other[600], elsewhere[600];
    const char *url = variable("DOORKEY_TEST_VAULT_URL");
    snprintf(one, sizeof one, "%s/secrets/A", url);
    snprintf(other, sizeof other, "%s/secrets/B/", url);
    snprintf(elsewhere, sizeof elsewhere, "https://elsewhere%s/secrets/C", strchr(url, '.'));
    const char *const ids[] = {one, "C", other, elsewhere};
    doorkey_secret_list *list = got(NULL, ids, COUNT(ids), NULL);

    CHECK(is(list, 0, "newer") && is(list, 2, "b"), "without a vault the names are whole ids");
    CHECK(failed(list, 1, DOORKEY_STATUS_INVALID_ARGUMENT, ""), "what is none is that item's error");
    CHECK(doorkey_secret_list_status(list, 3) != DOORKEY_STATUS_OK, "and so is one of a vault that is not there");
    doorkey_secret_list_free(list);
}

static void none_at_all(void)
{
    long before = bytes_noticed();
    doorkey_secret_list *list = got("demo", NULL, 0, NULL);

    CHECK(doorkey_secret_list_length(list) == 0 && bytes_noticed() == before, "no names are no items and no request");
    doorkey_secret_list_free(list);
}

static int names_refused(const char *const *names, size_t count, doorkey_status status, const char *argument)
{
    doorkey_operation *none = NULL;
    doorkey_pager *no_pager = NULL;
    int one = refused(doorkey_client_get_secrets(client, "demo", names, count, NULL, &none, &error), &error, status,
                      argument);
    int other = refused(doorkey_client_stream_secrets(client, "demo", names, count, NULL, &no_pager, &error), &error,
                        status, argument);

    return one && other && !none && !no_pager;
}

static void what_is_not_sent(void)
{
    static const char *const no_text[] = {"A", "B", NULL}, *const not_utf8[] = {"A", "\xc3"};
    doorkey_operation *none = NULL;
    doorkey_call call = a_call();
    long before = bytes_noticed();

    CHECK(names_refused(no_text, 3, DOORKEY_STATUS_INVALID_ARGUMENT, "names[2]"), "NULL for a name is refused by its place");
    CHECK(names_refused(not_utf8, 2, DOORKEY_STATUS_INVALID_ARGUMENT, "names[1]"), "so is a name that is not UTF-8");
    CHECK(names_refused(NULL, 1, DOORKEY_STATUS_INVALID_ARGUMENT, "names"), "and NULL for all of them");
    /* There are only two: the count is judged before anything is read. */
    CHECK(names_refused(not_utf8, 4097, DOORKEY_STATUS_LIMIT_EXCEEDED, "names"), "more than 4,096 names are refused");
    CHECK(names_refused(not_utf8, SIZE_MAX, DOORKEY_STATUS_LIMIT_EXCEEDED, "names"), "and more than there can be");
    call.concurrency = 65;
    CHECK(refused(doorkey_client_get_secrets(client, "demo", no_text, 2, &call, &none, &error), &error,
                  DOORKEY_STATUS_INVALID_ARGUMENT, "concurrency"),
          "more than 64 requests at once are refused");
    CHECK(bytes_noticed() == before && !none, "and nothing is sent for any of them");
}

#define MANY 12

static void so_many_at_once(void)
{
    static char names[MANY][16];
    const char *pointers[MANY];
    doorkey_operation *operation = NULL;
    doorkey_call call = a_call();

    for (int at = 0; at < MANY; at++) {
        char json[64 + 2 * sizeof names];
        snprintf(names[at], sizeof names[at], "Many-%d", at);
        snprintf(json, sizeof json, "{\"name\":\"%s\",\"value\":\"%s\"}", names[at], names[at]);
        control("POST", "/secret", json);
        pointers[at] = names[at];
    }
    control("POST", "/requests/reset", "");
    fault("{\"endpoint\":\"vault\",\"hold\":true,\"times\":3}");
    call.concurrency = 3;
    BEGIN(doorkey_client_get_secrets(client, "demo", pointers, MANY, &call, &operation, &error));
    wait_until_held(3);
    CHECK(counted("vault") == 3, "no more requests are under way than the call says");
    release_held();
    doorkey_secret_list *list = taken_list(&operation);
    int good = doorkey_secret_list_length(list) == MANY;
    for (size_t at = 0; at < MANY; at++)
        good &= is(list, at, names[at]);
    CHECK(good, "and all of them come, in their order");
    CHECK(counted("vault_at_once") == 3 && counted("vault") == MANY, "never more at once, and a request each");
    CHECK(counted("token") <= 1, "with one token");
    doorkey_secret_list_free(list);
}

static void cancelled_and_out_of_time(void)
{
    static const char *const names[] = {"A", "B", "C"};
    doorkey_operation *operation = NULL;
    doorkey_secret_list *none = NULL;
    doorkey_call call = a_call();

    fault("{\"endpoint\":\"vault\",\"hold\":true,\"times\":3}");
    BEGIN(doorkey_client_get_secrets(client, "demo", names, 3, NULL, &operation, &error));
    wait_until_held(3);
    doorkey_operation_cancel(operation);
    CHECK(refused(list_of(&operation, &none, &error), &error, DOORKEY_STATUS_CANCELLED, "") && !none,
          "a bulk call can be cancelled as a whole");
    release_held();

    fault("{\"endpoint\":\"vault\",\"hold\":true,\"times\":3}");
    call.timeout_ms = 50;
    doorkey_secret_list *list = got("demo", names, 3, &call);
    CHECK(failed(list, 0, DOORKEY_STATUS_TIMEOUT, "") && failed(list, 1, DOORKEY_STATUS_TIMEOUT, "")
              && failed(list, 2, DOORKEY_STATUS_TIMEOUT, ""),
          "at its time limit those that are not there have TIMEOUT");
    doorkey_secret_list_free(list);
    no_faults();
    release_held();
}

static void rows_live_with_their_list(void)
{
    static const char *const names[] = {"B", "Missing"};
    doorkey_client *short_lived = client_that_does_not_retry();
    doorkey_operation *operation = NULL;
    size_t units = 0;
    uint16_t buffer[4];

    BEGIN(doorkey_client_get_secrets(short_lived, "demo", names, 2, NULL, &operation, &error));
    doorkey_secret_list *list = taken_list(&operation);
    doorkey_client_free(short_lived);
    const doorkey_secret *row = doorkey_secret_list_at(list, 0);
    const doorkey_error *why = doorkey_secret_list_error(list, 1);
    CHECK(is(list, 0, "b"), "a list outlives its operation and its client");
    CHECK(doorkey_secret_list_at(list, 0) == row && doorkey_secret_list_error(list, 1) == why,
          "its secrets and errors stay where they are");
    CHECK(doorkey_secret_copy_utf16(row, buffer, 4, &units) == DOORKEY_STATUS_OK && units == 1 && buffer[0] == 'b',
          "and are read as any others");
    /* A mistake that costs nothing: they are the list's. */
    doorkey_secret_free((doorkey_secret *)(uintptr_t)row);
    doorkey_error_free((doorkey_error *)(uintptr_t)why);
    CHECK(is(list, 0, "b") && failed(list, 1, DOORKEY_STATUS_SECRET_NOT_FOUND, "Missing"),
          "freeing one of them does nothing");
    CHECK(!doorkey_error_message((const doorkey_error *)(const void *)row)
              && !doorkey_secret_value((const doorkey_secret *)(const void *)why),
          "and neither is taken for the other");
    doorkey_secret_list_free(list);
}

/* Takes pages until there are `up_to` items of those that are to come: a value each, NULL for one that is missing. Whether
   they were those, in that order, and no more. */
static int came_in_turn(const doorkey_pager *pager, const char *const *values, size_t *seen, size_t up_to)
{
    int good = 1;

    while (*seen < up_to) {
        doorkey_secret_list *page = next_page(pager);
        size_t length = doorkey_secret_list_length(page);
        must(length > 0, "no page before the end is empty");
        for (size_t at = 0; at < length && *seen + at < up_to; at++) {
            const char *value = values[*seen + at];
            good &= value ? is(page, at, value) : failed(page, at, DOORKEY_STATUS_SECRET_NOT_FOUND, "Missing");
        }
        *seen += length;
        doorkey_secret_list_free(page);
    }
    return good && *seen == up_to;
}

static void as_they_come(void)
{
    static const char *const names[] = {"C", "Missing", "A", "B"}, *const values[] = {"c", NULL, "newer", "b"};
    doorkey_pager *pager = NULL;
    size_t seen = 0;

    fault("{\"endpoint\":\"vault\",\"hold\":true,\"target_contains\":\"/secrets/A\"}");
    BEGIN(doorkey_client_stream_secrets(client, "demo", names, COUNT(names), NULL, &pager, &error));
    CHECK(came_in_turn(pager, values, &seen, 2), "what is there comes, and nothing overtakes what is under way");
    wait_until_held(1);
    release_held();
    CHECK(came_in_turn(pager, values, &seen, COUNT(names)), "the rest comes when it is there");
    for (int again = 0; again < 2; again++) {
        doorkey_secret_list *page = next_page(pager);
        CHECK(doorkey_secret_list_length(page) == 0, "the end is an empty page, as often as one asks");
        doorkey_secret_list_free(page);
    }
    doorkey_pager_free(pager);
}

static void a_page_that_was_cancelled(void)
{
    static const char *const names[] = {"B", "C"}, *const values[] = {"b", "c"};
    doorkey_pager *pager = NULL;
    doorkey_operation *operation = NULL, *second = NULL;
    doorkey_secret_list *none = NULL;
    size_t seen = 0;

    fault("{\"endpoint\":\"vault\",\"hold\":true,\"target_contains\":\"/secrets/B\"}");
    BEGIN(doorkey_client_stream_secrets(client, "demo", names, 2, NULL, &pager, &error));
    BEGIN(doorkey_pager_next(pager, &operation, &error));
    wait_until_held(1);
    CHECK(refused(doorkey_pager_next(pager, &second, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "pager") && !second,
          "one page at a time");
    doorkey_operation_cancel(operation);
    CHECK(refused(list_of(&operation, &none, &error), &error, DOORKEY_STATUS_CANCELLED, "") && !none,
          "a page can be cancelled");
    release_held();
    CHECK(came_in_turn(pager, values, &seen, 2), "and nothing of it is lost");
    doorkey_pager_free(pager);
}

static void freed_early(void)
{
    static const char *const names[] = {"A", "B", "C"};
    doorkey_pager *pager = NULL;
    doorkey_operation *operation = NULL;

    fault("{\"endpoint\":\"vault\",\"hold\":true,\"times\":3}");
    BEGIN(doorkey_client_stream_secrets(client, "demo", names, 3, NULL, &pager, &error));
    BEGIN(doorkey_pager_next(pager, &operation, &error));
    wait_until_held(3);
    doorkey_pager_free(pager);
    doorkey_operation_free(operation);
    release_held();
    pager = NULL;
    BEGIN(doorkey_client_stream_secrets(client, "demo", names, 3, NULL, &pager, &error));
    doorkey_pager_free(pager);
    CHECK(1, "a stream may be freed in the midst of a page and before its first");
}

int main(void)
{
    client = client_that_does_not_retry();
    prepare();
    order_and_outcomes();
    sharing();
    the_same_twice();
    whole_ids();
    none_at_all();
    what_is_not_sent();
    so_many_at_once();
    cancelled_and_out_of_time();
    rows_live_with_their_list();
    as_they_come();
    a_page_that_was_cancelled();
    freed_early();
    doorkey_client_free(client);
    return finish();
}
