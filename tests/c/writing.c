/* Changing secrets: set, updated, deleted, recovered, purged, backed up and restored, each seen through the next read. */
#include "control.h"
#include "taking.h"

static doorkey_error *error;
static doorkey_client *client;

static doorkey_attributes none_said(void)
{
    doorkey_attributes attributes;

    memset(&attributes, 0, sizeof attributes);
    attributes.struct_size = sizeof attributes;
    return attributes;
}

static doorkey_secret *set(const char *name, const char *value, size_t length, const doorkey_attributes *attributes)
{
    doorkey_operation *operation = NULL;

    BEGIN(doorkey_client_set_secret(client, "demo", name, value, length, attributes, NULL, &operation, &error));
    return taken_secret(&operation);
}

/* What a secret without a value has, besides. */
static int has_no_value(const doorkey_secret *secret)
{
    uint16_t units[4];
    size_t count = 7;

    return secret != NULL && doorkey_secret_value(secret) == NULL && doorkey_secret_length(secret) == 0
        && doorkey_secret_copy_utf16(secret, units, 4, &count) == DOORKEY_STATUS_INVALID_ARGUMENT && count == 0;
}

static void setting(void)
{
    char version[64];
    /* A NUL is a character like any other; what stands behind the length is not read. */
    const char value[] = "a\0\xf0\x9f\x94\x91\"\\\n|not this";
    doorkey_secret *made = set("New", value, 9, NULL);

    CHECK(doorkey_secret_length(made) == 9 && memcmp(doorkey_secret_value(made), value, 9) == 0,
          "a secret that was set has its value");
    CHECK(same(doorkey_secret_name(made), "New") && same(doorkey_secret_vault(made), "demo"), "its name and its vault");
    CHECK(doorkey_secret_version(made) && strlen(doorkey_secret_version(made)) == 32, "and a version");
    CHECK(doorkey_secret_enabled(made) == 1 && doorkey_secret_created_at_unix(made) > 1700000000,
          "it is enabled, and made just now");
    snprintf(version, sizeof version, "%s", doorkey_secret_version(made));
    doorkey_secret_free(made);

    doorkey_secret *read = latest(client, "New");
    CHECK(doorkey_secret_length(read) == 9 && memcmp(doorkey_secret_value(read), value, 9) == 0,
          "and the vault has every byte of it");
    CHECK(same(doorkey_secret_version(read), version), "as that version");
    doorkey_secret_free(read);

    made = set("New", NULL, 0, NULL);
    CHECK(doorkey_secret_length(made) == 0 && same(doorkey_secret_value(made), ""), "a value may be empty and NULL");
    CHECK(!same(doorkey_secret_version(made), version), "setting again makes another version");
    doorkey_secret_free(made);
}

static int has_tag(const doorkey_secret *secret, const char *name, const char *value)
{
    for (size_t at = 0; at < doorkey_secret_tag_count(secret); at++)
        if (same(doorkey_secret_tag_name(secret, at), name) && same(doorkey_secret_tag_value(secret, at), value))
            return 1;
    return 0;
}

static const char *const two_tags[] = {"team", "doors", "gr\xc3\xbc\xc3\x9f" "e", ""};

static void setting_with_everything_said(void)
{
    doorkey_attributes attributes = none_said();
    attributes.flags = DOORKEY_ATTRIBUTE_DISABLED | DOORKEY_ATTRIBUTE_NOT_BEFORE | DOORKEY_ATTRIBUTE_EXPIRES
        | DOORKEY_ATTRIBUTE_TAGS;
    attributes.content_type = "text/plain";
    attributes.not_before_unix = 1500000000;
    attributes.expires_at_unix = 2000000000;
    attributes.tags = two_tags;
    attributes.tag_count = 2;

    doorkey_secret *made = set("Full", "v", 1, &attributes);
    CHECK(doorkey_secret_enabled(made) == 0, "a secret can be set disabled");
    CHECK(doorkey_secret_not_before_unix(made) == 1500000000 && doorkey_secret_expires_at_unix(made) == 2000000000,
          "with its dates");
    CHECK(same(doorkey_secret_content_type(made), "text/plain"), "with its content type");
    CHECK(doorkey_secret_tag_count(made) == 2 && has_tag(made, "team", "doors")
              && has_tag(made, "gr\xc3\xbc\xc3\x9f" "e", ""),
          "with its tags, in any language, also without a value");
    doorkey_secret_free(made);
}

static doorkey_secret *updated(const char *vault, const char *name, const char *version,
                               const doorkey_attributes *attributes)
{
    doorkey_operation *operation = NULL;

    BEGIN(doorkey_client_update_secret(client, vault, name, version, attributes, NULL, &operation, &error));
    return taken_secret(&operation);
}

static void updating(void)
{
    char old[64], id[600];
    doorkey_attributes attributes = none_said();

    attributes.flags = DOORKEY_ATTRIBUTE_ENABLED;
    doorkey_secret *changed = updated("demo", "Full", NULL, &attributes);
    CHECK(doorkey_secret_enabled(changed) == 1, "an update changes what it says");
    CHECK(doorkey_secret_expires_at_unix(changed) == 2000000000 && doorkey_secret_not_before_unix(changed) == 1500000000
              && same(doorkey_secret_content_type(changed), "text/plain") && doorkey_secret_tag_count(changed) == 2,
          "and leaves what it does not say");
    CHECK(has_no_value(changed), "what comes back has no value");
    snprintf(old, sizeof old, "%s", doorkey_secret_version(changed));
    doorkey_secret_free(changed);

    doorkey_secret_free(set("Full", "newer", 5, NULL));
    attributes.flags = DOORKEY_ATTRIBUTE_TAGS;
    attributes.tags = two_tags;
    attributes.tag_count = 1;
    changed = updated("demo", "Full", old, &attributes);
    CHECK(same(doorkey_secret_version(changed), old) && doorkey_secret_tag_count(changed) == 1
              && has_tag(changed, "team", "doors"),
          "an old version can be updated, and its tags are those given");
    doorkey_secret_free(changed);

    attributes.tags = NULL;
    attributes.tag_count = 0;
    snprintf(id, sizeof id, "%s/secrets/Full/%s", variable("DOORKEY_TEST_VAULT_URL"), old);
    changed = updated(id, NULL, NULL, &attributes);
    CHECK(same(doorkey_secret_id(changed), id) && doorkey_secret_tag_count(changed) == 0,
          "it can be named by its id, and its tags be taken away");
    doorkey_secret_free(changed);

    doorkey_secret *read = latest(client, "Full");
    CHECK(same(doorkey_secret_value(read), "newer"), "an update changes no value");
    doorkey_secret_free(read);
}

typedef doorkey_status (*call_on_one)(const doorkey_client *, const char *, const char *, const doorkey_call *,
                                      doorkey_operation **, doorkey_error **);

static doorkey_secret *done(call_on_one call, const char *vault, const char *name)
{
    doorkey_operation *operation = NULL;

    BEGIN(call(client, vault, name, NULL, &operation, &error));
    return taken_secret(&operation);
}

static doorkey_status status_of(call_on_one call, const char *vault, const char *name)
{
    doorkey_operation *operation = NULL;

    BEGIN(call(client, vault, name, NULL, &operation, &error));
    return outcome(&operation, &error);
}

static doorkey_status status_of_get(const char *name)
{
    doorkey_operation *operation = NULL;

    BEGIN(doorkey_client_get_secret(client, "demo", name, NULL, NULL, &operation, &error));
    return outcome(&operation, &error);
}

static void deleting_and_recovering(void)
{
    char id[600];

    doorkey_secret_free(set("Gone", "v", 1, NULL));
    doorkey_secret *deleted = done(doorkey_client_delete_secret, "demo", "Gone");
    CHECK(has_no_value(deleted) && same(doorkey_secret_name(deleted), "Gone"), "a deleted secret has no value");
    CHECK(contains(doorkey_secret_recovery_id(deleted), "/deletedsecrets/"), "it says by which id it is recovered");
    CHECK(doorkey_secret_deleted_at_unix(deleted) > 1700000000, "when it was deleted");
    CHECK(doorkey_secret_scheduled_purge_at_unix(deleted) > doorkey_secret_deleted_at_unix(deleted),
          "and when it will be purged");
    CHECK(doorkey_secret_recoverable_days(deleted) > 0 && doorkey_secret_recovery_level(deleted) != NULL,
          "and what may become of it until then");
    snprintf(id, sizeof id, "%s", doorkey_secret_recovery_id(deleted));
    doorkey_secret_free(deleted);

    CHECK(refused(status_of_get("Gone"), &error, DOORKEY_STATUS_SECRET_DELETED, "Gone"), "it cannot be read any more");
    deleted = done(doorkey_client_get_deleted_secret, "demo", "Gone");
    CHECK(has_no_value(deleted) && same(doorkey_secret_recovery_id(deleted), id), "it is found among the deleted ones");
    doorkey_secret_free(deleted);
    deleted = done(doorkey_client_get_deleted_secret, id, NULL);
    CHECK(same(doorkey_secret_name(deleted), "Gone"), "also by that id");
    doorkey_secret_free(deleted);

    doorkey_secret *back = done(doorkey_client_recover_secret, id, NULL);
    CHECK(has_no_value(back) && same(doorkey_secret_name(back), "Gone") && !doorkey_secret_recovery_id(back),
          "it is recovered by that id");
    doorkey_secret_free(back);
    back = latest(client, "Gone");
    CHECK(same(doorkey_secret_value(back), "v"), "and has its value again");
    doorkey_secret_free(back);
}

/* The emulator's changes show after two more requests, as the service's do after some time. */
static void until_the_vault_shows_it(void)
{
    doorkey_secret_free(set("Slow", "v", 1, NULL));
    control("POST", "/consistency", "{\"lag\":1}");
    doorkey_secret_free(done(doorkey_client_delete_secret, "demo", "Slow"));
    doorkey_secret *deleted = done(doorkey_client_get_deleted_secret, "demo", "Slow");
    CHECK(deleted != NULL, "a deletion is done when the deleted secret can be seen");
    doorkey_secret_free(deleted);
    doorkey_secret_free(done(doorkey_client_recover_secret, "demo", "Slow"));
    doorkey_secret *back = latest(client, "Slow");
    CHECK(same(doorkey_secret_value(back), "v"), "a recovery when the secret can");
    doorkey_secret_free(back);
    control("POST", "/consistency", "{\"lag\":0}");
}

static void purging(void)
{
    doorkey_operation *operation = NULL;
    doorkey_secret *none = NULL;

    doorkey_secret_free(done(doorkey_client_delete_secret, "demo", "Gone"));
    BEGIN(doorkey_client_purge_secret(client, "demo", "Gone", NULL, &operation, &error));
    CHECK(refused(doorkey_operation_take_secret(operation, &none, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT,
                  "nothing"),
          "a purge has nothing to take");
    CHECK(worked(doorkey_operation_take_none(operation, &error), &error), "but its outcome");
    CHECK(refused(doorkey_operation_take_none(operation, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "operation"),
          "which is told once");
    doorkey_operation_free(operation);
    CHECK(refused(status_of_get("Gone"), &error, DOORKEY_STATUS_SECRET_NOT_FOUND, "Gone"), "and the secret is no more");
    CHECK(refused(status_of(doorkey_client_get_deleted_secret, "demo", "Gone"), &error, DOORKEY_STATUS_SECRET_NOT_FOUND,
                  "Gone"),
          "not among the deleted ones either");

    operation = NULL;
    BEGIN(doorkey_client_purge_secret(client, "demo", "Gone", NULL, &operation, &error));
    CHECK(refused(doorkey_operation_take_none(operation, &error), &error, DOORKEY_STATUS_SECRET_NOT_FOUND, "Gone"),
          "what is not there cannot be purged");
    doorkey_operation_free(operation);
}

static void backing_up_and_restoring(void)
{
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    doorkey_secret_free(set("Kept", "old", 3, NULL));
    doorkey_secret_free(set("Kept", "new", 3, NULL));
    BEGIN(doorkey_client_backup_secret(client, "demo", "Kept", NULL, &operation, &error));
    doorkey_blob *blob = taken_blob(&operation);
    CHECK(doorkey_blob_length(blob) > 0 && strlen(doorkey_blob_data(blob)) == doorkey_blob_length(blob),
          "a backup is text with its length");

    BEGIN(doorkey_client_restore_secret(client, "demo", doorkey_blob_data(blob), doorkey_blob_length(blob), NULL,
                                        &operation, &error));
    CHECK(refused(outcome(&operation, &error), &error, DOORKEY_STATUS_CONFLICT, ""),
          "it is not restored over a secret of that name");
    doorkey_secret_free(done(doorkey_client_delete_secret, "demo", "Kept"));
    BEGIN(doorkey_client_purge_secret(client, "demo", "Kept", NULL, &operation, &error));
    must(worked(doorkey_operation_take_none(operation, &error), &error), "purge");
    doorkey_operation_free(operation);
    operation = NULL;

    BEGIN(doorkey_client_restore_secret(client, "demo", doorkey_blob_data(blob), doorkey_blob_length(blob), NULL,
                                        &operation, &error));
    secret = taken_secret(&operation);
    CHECK(has_no_value(secret) && same(doorkey_secret_name(secret), "Kept"), "where there is none it is restored");
    doorkey_secret_free(secret);
    secret = latest(client, "Kept");
    CHECK(same(doorkey_secret_value(secret), "new"), "with its latest value");
    doorkey_secret_free(secret);
    doorkey_blob_free(blob);
}

static int value_refused(const char *value, size_t length)
{
    doorkey_operation *none = NULL;
    doorkey_status status = doorkey_client_set_secret(client, "demo", "New", value, length, NULL, NULL, &none, &error);

    return refused(status, &error, DOORKEY_STATUS_INVALID_ARGUMENT, "value") && none == NULL;
}

static int backup_refused(const char *backup, size_t length)
{
    doorkey_operation *none = NULL;
    doorkey_status status = doorkey_client_restore_secret(client, "demo", backup, length, NULL, &none, &error);

    return refused(status, &error, DOORKEY_STATUS_INVALID_ARGUMENT, "backup") && none == NULL;
}

static void what_is_not_sent(void)
{
    static char largest[25601];
    long before = bytes_noticed();

    memset(largest, 'a', sizeof largest);
    CHECK(value_refused(NULL, 1), "a NULL value with a length is refused");
    CHECK(value_refused(largest, sizeof largest), "a value too large for the service is refused");
    CHECK(value_refused("a", SIZE_MAX), "a length that cannot be is refused before it is read");
    CHECK(value_refused("pass\xff\xfeword", 10), "a value that is not UTF-8 is refused");
    CHECK(value_refused("\xed\xa0\x80", 3), "so is half a surrogate pair");
    CHECK(backup_refused("", 0), "an empty backup is refused");
    CHECK(backup_refused(NULL, 0), "so is none");
    CHECK(backup_refused("a", SIZE_MAX), "one whose length cannot be");
    CHECK(backup_refused("{\"value\":1}", 11), "and one that no vault gave");
    CHECK(bytes_noticed() == before, "and nothing is sent for any of them");

    doorkey_operation *none = NULL;
    doorkey_status status = doorkey_client_set_secret(client, "demo", "New", "pass\xffword", 9, NULL, NULL, &none, &error);
    CHECK(status == DOORKEY_STATUS_INVALID_ARGUMENT && !contains(doorkey_error_message(error), "pass"),
          "what is wrong with a value is said without the value");
    doorkey_error_free(error);
    error = NULL;

    doorkey_secret *made = set("Large", largest, sizeof largest - 1, NULL);
    CHECK(doorkey_secret_length(made) == sizeof largest - 1, "the largest value is taken");
    doorkey_secret_free(made);
}

int main(void)
{
    client = client_that_does_not_retry();
    setting();
    setting_with_everything_said();
    updating();
    deleting_and_recovering();
    until_the_vault_shows_it();
    purging();
    backing_up_and_restoring();
    what_is_not_sent();
    doorkey_client_free(client);
    return finish();
}
