/* doorkey_attributes, the other struct that may grow: its size rules, its flags, and fields that are not what they
   should be. Nothing is sent for any of them. */
#include <stddef.h>

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

static doorkey_status set(const doorkey_attributes *attributes)
{
    doorkey_operation *operation = NULL;
    doorkey_status status =
        doorkey_client_set_secret(client, "demo", "Said", "v", 1, attributes, NULL, &operation, &error);

    return status == DOORKEY_STATUS_OK ? outcome(&operation, &error) : status;
}

static int is_refused(const doorkey_attributes *attributes, doorkey_status wanted, const char *argument)
{
    long before = bytes_noticed();
    int set_refused = refused(set(attributes), &error, wanted, argument);
    doorkey_operation *none = NULL;
    doorkey_status status =
        doorkey_client_update_secret(client, "demo", "Said", NULL, attributes, NULL, &none, &error);

    return refused(status, &error, wanted, argument) && set_refused && none == NULL && bytes_noticed() == before;
}

/* A struct of a later version: ours, and fields behind it that we know nothing of. */
struct later {
    doorkey_attributes known;
    unsigned char unknown[16];
};

static void sizes(void)
{
    unsigned char anywhere[sizeof(doorkey_attributes) + 1];
    doorkey_attributes attributes = none_said();
    struct later later;

    CHECK(worked(set(&attributes), &error), "attributes of the right size are taken");
    CHECK(worked(set(NULL), &error), "no attributes say nothing");
    memcpy(anywhere + 1, &attributes, sizeof attributes);
    CHECK(worked(set((const doorkey_attributes *)(const void *)(anywhere + 1)), &error),
          "a struct may lie at any address");

    attributes.struct_size = 0;
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"), "a size of 0 is refused");
    attributes.struct_size = sizeof attributes - 1;
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"), "a size too small is refused");
    attributes.struct_size = offsetof(doorkey_attributes, tag_count);
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"), "so is one that no version had");
    attributes.struct_size = UINT32_MAX;
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "struct_size"), "an absurd size is refused");

    memset(&later, 0, sizeof later);
    later.known.struct_size = sizeof later;
    CHECK(worked(set(&later.known), &error), "a later, larger struct is taken while its new fields are zero");
    later.unknown[15] = 1;
    CHECK(is_refused(&later.known, DOORKEY_STATUS_UNSUPPORTED, "attributes"),
          "a field that we do not know is not ignored");
}

static void flags(void)
{
    doorkey_attributes attributes = none_said();

    attributes.flags = 1u << 31;
    CHECK(is_refused(&attributes, DOORKEY_STATUS_UNSUPPORTED, "attributes: a bit of flags"), "an unknown flag is refused");
    attributes.flags = DOORKEY_ATTRIBUTE_ENABLED | DOORKEY_ATTRIBUTE_DISABLED;
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "attributes: "),
          "enabled and disabled at once is refused");
}

/* None of these may be looked at, because their bits are not set. */
static void fields_without_their_bits(void)
{
    doorkey_operation *operation = NULL;
    doorkey_attributes attributes = none_said();

    attributes.not_before_unix = -5;
    attributes.expires_at_unix = INT64_MAX;
    attributes.tags = (const char *const *)(uintptr_t)8;
    attributes.tag_count = SIZE_MAX;
    BEGIN(doorkey_client_set_secret(client, "demo", "Said", "v", 1, &attributes, NULL, &operation, &error));
    doorkey_secret *made = taken_secret(&operation);
    CHECK(doorkey_secret_not_before_unix(made) == -1 && doorkey_secret_expires_at_unix(made) == -1
              && doorkey_secret_tag_count(made) == 0 && doorkey_secret_enabled(made) == 1,
          "a field without its bit does not count");
    doorkey_secret_free(made);
}

static char long_text[2100];

static void texts_and_times(void)
{
    static const int64_t bad_times[] = {-1, INT64_MIN, INT64_MAX, 253402300800};
    doorkey_attributes attributes = none_said();

    attributes.content_type = "text/\xff";
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "content_type"),
          "a content type that is not UTF-8 is refused");
    memset(long_text, 'a', sizeof long_text - 1);
    attributes.content_type = long_text;
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "content_type"), "so is an endless one");
    attributes.content_type = long_text + sizeof long_text - 1 - 256;
    CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "content_type"), "and one of 256 characters");

    for (size_t at = 0; at < sizeof bad_times / sizeof *bad_times; at++) {
        attributes = none_said();
        attributes.flags = DOORKEY_ATTRIBUTE_NOT_BEFORE;
        attributes.not_before_unix = bad_times[at];
        CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "not_before"),
              "a beginning like number %zu is refused", at);
        attributes = none_said();
        attributes.flags = DOORKEY_ATTRIBUTE_EXPIRES;
        attributes.expires_at_unix = bad_times[at];
        CHECK(is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, "expires"), "an end like number %zu is refused", at);
    }
}

static int tags_refused(const char *const *tags, size_t count, const char *argument)
{
    doorkey_attributes attributes = none_said();

    attributes.flags = DOORKEY_ATTRIBUTE_TAGS;
    attributes.tags = tags;
    attributes.tag_count = count;
    return is_refused(&attributes, DOORKEY_STATUS_INVALID_ARGUMENT, argument);
}

static void tags(void)
{
    static const char *const no_name[] = {NULL, "v"}, *const no_value[] = {"a", "b", "c", NULL},
                             *const not_utf8[] = {"a", "\xff"}, *const nameless[] = {"", "v"},
                             *const twice[] = {"a", "1", "a", "2"};
    static const char *endless[] = {"a", long_text};

    CHECK(tags_refused(NULL, 1, "tags"), "NULL for tags that are said to be there is refused");
    CHECK(tags_refused(no_name, 1, "tags[0]"), "a tag without a name is refused by its place");
    CHECK(tags_refused(no_value, 2, "tags[3]"), "so is one with NULL for its value");
    CHECK(tags_refused(not_utf8, 1, "tags[1]"), "and one that is not UTF-8");
    CHECK(tags_refused(endless, 1, "tags[1]"), "and one without an end");
    CHECK(tags_refused(nameless, 1, "tags"), "a tag's name must not be empty");
    CHECK(tags_refused(twice, 2, "tags"), "nor stand there twice");
    /* There is only one: the count is judged before anything is read. */
    CHECK(tags_refused(not_utf8, 16, "tags: must be 15"), "16 tags are refused before they are read");
    CHECK(tags_refused(not_utf8, SIZE_MAX, "tags: must be 15"), "and so are more than there can be");
    CHECK(tags_refused(not_utf8, SIZE_MAX / 2 + 2, "tags: must be 15"), "also where twice as many are few");
}

int main(void)
{
    client = client_that_does_not_retry();
    sizes();
    flags();
    fields_without_their_bits();
    texts_and_times();
    tags();
    doorkey_client_free(client);
    return finish();
}
