/* Lists, a page at a time: every secret once, whatever happens between the pages. */
#include <pthread.h>
#include <sched.h>

#include "control.h"
#include "taking.h"

#define MANY 60
#define THREADS 4

static doorkey_error *error;
static doorkey_client *client;

static void prepare(void)
{
    for (int at = 0; at < MANY; at++) {
        char json[100];
        snprintf(json, sizeof json, "{\"name\":\"Item-%02d\",\"value\":\"v\",\"tags\":{\"number\":\"%d\"}}", at, at);
        control("POST", "/secret", json);
    }
}

static doorkey_pager *all_secrets(void)
{
    doorkey_pager *pager = NULL;

    BEGIN(doorkey_client_list_secrets(client, "demo", NULL, &pager, &error));
    return pager;
}

/* Counts the items of a page by their numbers; others are none of ours. */
static void note(const doorkey_secret_list *page, int *seen)
{
    for (size_t at = 0; at < doorkey_secret_list_length(page); at++) {
        int number;
        const char *name = doorkey_secret_name(doorkey_secret_list_at(page, at));
        if (name != NULL && sscanf(name, "Item-%d", &number) == 1 && number < MANY)
            seen[number]++;
    }
}

static int each_once(const int *seen)
{
    int good = 1;

    for (int at = 0; at < MANY; at++)
        good &= seen[at] == 1;
    return good;
}

/* Gets what is left of a list, and how many pages that takes. */
static int rest(const doorkey_pager *pager, int *seen)
{
    for (int pages = 0;; pages++) {
        doorkey_secret_list *page = next_page(pager);
        size_t length = doorkey_secret_list_length(page);
        note(page, seen);
        doorkey_secret_list_free(page);
        if (length == 0)
            return pages;
    }
}

static void every_secret_once(void)
{
    int seen[MANY] = {0};
    long before = bytes_noticed();
    doorkey_pager *pager = all_secrets();

    CHECK(bytes_noticed() == before, "a pager sends nothing before its first page");
    doorkey_secret_list *page = next_page(pager);
    const doorkey_secret *item = doorkey_secret_list_at(page, 0);
    CHECK(same(doorkey_secret_name(item), "Item-00") && same(doorkey_secret_vault(item), "demo"),
          "an item knows its name and its vault");
    CHECK(!doorkey_secret_value(item) && doorkey_secret_length(item) == 0, "it has no value");
    CHECK(!doorkey_secret_version(item), "and names no version");
    CHECK(doorkey_secret_tag_count(item) == 1 && same(doorkey_secret_tag_value(item, 0), "0"), "it has its tags");
    CHECK(doorkey_secret_enabled(item) == 1 && doorkey_secret_created_at_unix(item) > 1700000000, "and its attributes");
    CHECK(doorkey_secret_deleted_at_unix(item) == -1 && !doorkey_secret_recovery_id(item), "it is not deleted");
    CHECK(doorkey_secret_managed(item) == 0 && !doorkey_secret_key_id(item), "nor a certificate's");
    note(page, seen);
    doorkey_secret_list_free(page);
    int pages = 1 + rest(pager, seen);
    CHECK(each_once(seen), "every secret comes once");
    CHECK(pages > 1, "on %d pages", pages);
    page = next_page(pager);
    CHECK(doorkey_secret_list_length(page) == 0, "the end is an empty page, as often as one asks");
    doorkey_secret_list_free(page);
    doorkey_pager_free(pager);
}

static void empty_pages_of_the_service(void)
{
    int seen[MANY] = {0};
    doorkey_pager *pager = all_secrets();

    control("POST", "/pages", "{\"empty\":true}");
    rest(pager, seen);
    control("POST", "/pages", "{\"empty\":false}");
    CHECK(each_once(seen), "an empty page of the service is not taken for the end");
    doorkey_pager_free(pager);
}

static void versions(void)
{
    char id[600];
    doorkey_pager *pager = NULL;

    control("POST", "/secret", "{\"name\":\"Item-07\",\"value\":\"older\",\"created\":1600000000}");
    control("POST", "/secret", "{\"name\":\"Item-07\",\"value\":\"oldest\",\"created\":1500000000}");
    snprintf(id, sizeof id, "%s/secrets/Item-07", variable("DOORKEY_TEST_VAULT_URL"));
    for (int by_id = 0; by_id < 2; by_id++) {
        BEGIN(doorkey_client_list_versions(client, by_id ? id : "demo", by_id ? NULL : "Item-07", NULL, &pager, &error));
        doorkey_secret_list *page = next_page(pager);
        must(doorkey_secret_list_length(page) == 3, "three versions");
        const doorkey_secret *newest = doorkey_secret_list_at(page, 0), *oldest = doorkey_secret_list_at(page, 2);
        CHECK(doorkey_secret_created_at_unix(newest) > 1700000000 && doorkey_secret_created_at_unix(oldest) == 1500000000,
              "versions come with the newest first, %s", by_id ? "by the secret's id" : "by its name");
        CHECK(doorkey_secret_version(oldest) && !doorkey_secret_value(oldest), "each with its version and no value");
        doorkey_secret_list_free(page);
        page = next_page(pager);
        CHECK(doorkey_secret_list_length(page) == 0, "and that is all");
        doorkey_secret_list_free(page);
        doorkey_pager_free(pager);
        pager = NULL;
    }
}

static void deleted_ones(void)
{
    doorkey_pager *pager = NULL;
    doorkey_operation *operation = NULL;

    control("POST", "/secret", "{\"name\":\"Gone\",\"value\":\"v\"}");
    BEGIN(doorkey_client_delete_secret(client, "demo", "Gone", NULL, &operation, &error));
    doorkey_secret_free(taken_secret(&operation));
    BEGIN(doorkey_client_list_deleted(client, "demo", NULL, &pager, &error));
    doorkey_secret_list *page = next_page(pager);
    const doorkey_secret *item = doorkey_secret_list_at(page, 0);
    CHECK(doorkey_secret_list_length(page) == 1 && same(doorkey_secret_name(item), "Gone"), "a deleted secret is listed");
    CHECK(doorkey_secret_deleted_at_unix(item) > 1700000000
              && doorkey_secret_scheduled_purge_at_unix(item) > doorkey_secret_deleted_at_unix(item)
              && contains(doorkey_secret_recovery_id(item), "/deletedsecrets/"),
          "with its dates and the id to recover it by");
    doorkey_secret_list_free(page);
    doorkey_pager_free(pager);
}

static void one_page_at_a_time(void)
{
    int seen[MANY] = {0};
    doorkey_operation *operation = NULL, *second = NULL;
    doorkey_secret_list *none = NULL;
    doorkey_pager *pager = all_secrets();

    doorkey_secret_list *page = next_page(pager);
    note(page, seen);
    doorkey_secret_list_free(page);
    fault("{\"endpoint\":\"vault\",\"hold\":true}");
    BEGIN(doorkey_pager_next(pager, &operation, &error));
    wait_until_held(1);
    CHECK(refused(doorkey_pager_next(pager, &second, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "pager") && !second,
          "the next page has to wait for the one before");
    doorkey_operation_cancel(operation);
    CHECK(refused(list_of(&operation, &none, &error), &error, DOORKEY_STATUS_CANCELLED, "") && !none,
          "a page can be cancelled");
    release_held();
    rest(pager, seen);
    CHECK(each_once(seen), "and is asked for again, so that nothing is missing and nothing comes twice");
    doorkey_pager_free(pager);
}

static void a_page_that_failed(void)
{
    int seen[MANY] = {0};
    doorkey_operation *operation = NULL;
    doorkey_secret_list *none = NULL;
    doorkey_pager *pager = all_secrets();

    doorkey_secret_list *page = next_page(pager);
    note(page, seen);
    doorkey_secret_list_free(page);
    fault("{\"endpoint\":\"vault\",\"status\":503}");
    BEGIN(doorkey_pager_next(pager, &operation, &error));
    CHECK(refused(list_of(&operation, &none, &error), &error, DOORKEY_STATUS_SERVICE_UNAVAILABLE, "") && !none,
          "a page that fails says why");
    rest(pager, seen);
    CHECK(each_once(seen), "and is asked for again");
    doorkey_pager_free(pager);
}

static void freed_early(void)
{
    int seen[MANY] = {0};
    doorkey_operation *operation = NULL;
    doorkey_client *short_lived = client_that_does_not_retry();
    doorkey_pager *pager = all_secrets();

    doorkey_pager_free(pager);
    pager = all_secrets();
    doorkey_secret_list_free(next_page(pager));
    doorkey_pager_free(pager);
    CHECK(1, "a pager may be freed before its first page and before its last");

    pager = all_secrets();
    fault("{\"endpoint\":\"vault\",\"hold\":true}");
    BEGIN(doorkey_pager_next(pager, &operation, &error));
    wait_until_held(1);
    doorkey_pager_free(pager);
    release_held();
    doorkey_secret_list *page = taken_list(&operation);
    CHECK(doorkey_secret_list_length(page) > 0, "a page that is under way outlives its pager");
    doorkey_secret_list_free(page);

    pager = NULL;
    BEGIN(doorkey_client_list_secrets(short_lived, "demo", NULL, &pager, &error));
    doorkey_client_free(short_lived);
    rest(pager, seen);
    CHECK(each_once(seen), "and a pager its client");
    doorkey_pager_free(pager);
}

/* What several threads share: a pager, and what they have seen of it together. */
struct shared {
    const doorkey_pager *pager;
    pthread_mutex_t lock;
    int seen[MANY];
};

static void *share(void *argument)
{
    struct shared *shared = argument;

    for (;;) {
        doorkey_operation *operation = NULL;
        doorkey_secret_list *page = NULL;
        doorkey_status status = doorkey_pager_next(shared->pager, &operation, NULL);
        if (status == DOORKEY_STATUS_INVALID_ARGUMENT) {
            /* Another thread's page is under way. */
            sched_yield();
            continue;
        }
        must(status == DOORKEY_STATUS_OK && list_of(&operation, &page, NULL) == DOORKEY_STATUS_OK, "a page");
        size_t length = doorkey_secret_list_length(page);
        pthread_mutex_lock(&shared->lock);
        note(page, shared->seen);
        pthread_mutex_unlock(&shared->lock);
        doorkey_secret_list_free(page);
        if (length == 0)
            return NULL;
    }
}

static void several_threads(void)
{
    struct shared shared;
    pthread_t threads[THREADS];
    doorkey_pager *pager = all_secrets();

    memset(&shared, 0, sizeof shared);
    shared.pager = pager;
    pthread_mutex_init(&shared.lock, NULL);
    for (int at = 0; at < THREADS; at++)
        must(pthread_create(&threads[at], NULL, share, &shared) == 0, "thread");
    for (int at = 0; at < THREADS; at++)
        pthread_join(threads[at], NULL);
    CHECK(each_once(shared.seen), "threads that share a pager have every secret once among them");
    pthread_mutex_destroy(&shared.lock);
    doorkey_pager_free(pager);
}

static void what_is_not_sent(void)
{
    doorkey_pager *none = NULL;
    long before = bytes_noticed();

    CHECK(refused(doorkey_client_list_secrets(client, "not a vault", NULL, &none, &error), &error,
                  DOORKEY_STATUS_INVALID_ARGUMENT, "vault"),
          "a list of a bad vault is refused");
    CHECK(refused(doorkey_client_list_versions(client, "demo", "no_name", NULL, &none, &error), &error,
                  DOORKEY_STATUS_INVALID_ARGUMENT, "name"),
          "and one of a bad name's versions");
    CHECK(refused(doorkey_client_list_deleted(client, "https://evil.example@demo", NULL, &none, &error), &error,
                  DOORKEY_STATUS_INVALID_ARGUMENT, "vault"),
          "and of a bad vault's deleted secrets");
    CHECK(bytes_noticed() == before && !none, "without a byte sent");
}

int main(void)
{
    client = client_that_does_not_retry();
    prepare();
    every_secret_once();
    empty_pages_of_the_service();
    versions();
    deleted_ones();
    one_page_at_a_time();
    a_page_that_failed();
    freed_early();
    several_threads();
    what_is_not_sent();
    doorkey_client_free(client);
    return finish();
}
