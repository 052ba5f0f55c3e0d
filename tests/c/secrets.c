/* The main job: a token, and secrets by every way of naming one, with all that is known about them. */
#include "control.h"

static doorkey_error *error;

static doorkey_secret *got(const char *vault, const char *name)
{
    doorkey_secret *secret = NULL;

    must(worked(get_secret(vault, name, &secret, &error), &error), vault);
    return secret;
}

static void a_token(void)
{
    doorkey_token *token = NULL;
    doorkey_token *again = NULL;

    must(worked(get_token("https://vault.localhost", &token, &error), &error), "token");
    CHECK(doorkey_token_length(token) > 100, "a token has a value");
    CHECK(strlen(doorkey_token_value(token)) == doorkey_token_length(token), "its length is that of its text");
    CHECK(same(doorkey_token_source(token), "imds"), "it came from the metadata service");
    CHECK(same(doorkey_token_resource(token), "https://vault.localhost"), "it knows what it is for");
    CHECK(doorkey_token_expires_at_unix(token) > 1700000000, "it says when it expires");

    long requests = counted("token");
    must(worked(get_token("https://vault.localhost", &again, &error), &error), "token again");
    CHECK(counted("token") == requests, "the second one comes from the cache");
    CHECK(same(doorkey_token_value(token), doorkey_token_value(again)), "and is the same");
    doorkey_token_free(token);
    CHECK(doorkey_token_length(again) > 100, "freeing one leaves the other alone");
    doorkey_token_free(again);
}

static void by_every_name(void)
{
    char host[256], id[600];
    const char *url = variable("DOORKEY_TEST_VAULT_URL");

    doorkey_secret *secret = got("demo", "MyTestSecret");
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "by the vault's name");
    CHECK(doorkey_secret_length(secret) == 9, "the value has its length");
    CHECK(same(doorkey_secret_name(secret), "MyTestSecret"), "the secret knows its name");
    CHECK(same(doorkey_secret_vault(secret), "demo"), "the secret knows its vault");
    CHECK(doorkey_secret_version(secret) && strlen(doorkey_secret_version(secret)) == 32, "and its version");
    snprintf(id, sizeof id, "%s/secrets/MyTestSecret/%s", url, doorkey_secret_version(secret));
    CHECK(same(doorkey_secret_id(secret), id), "its id is its address");
    CHECK(doorkey_secret_enabled(secret) == 1, "it is enabled");
    CHECK(doorkey_secret_created_at_unix(secret) > 1700000000, "it says when it was created");
    CHECK(doorkey_secret_updated_at_unix(secret) >= doorkey_secret_created_at_unix(secret), "and when updated");
    CHECK(doorkey_secret_expires_at_unix(secret) == -1, "it does not expire");
    CHECK(doorkey_secret_not_before_unix(secret) == -1, "and is good from the beginning");
    CHECK(doorkey_secret_content_type(secret) == NULL, "nobody said what it contains");
    CHECK(doorkey_secret_tag_count(secret) == 0 && !doorkey_secret_tag_name(secret, 0), "it has no tags");
    doorkey_secret_free(secret);

    snprintf(host, sizeof host, "%s", url + strlen("https://"));
    secret = got(host, "MyTestSecret");
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "by the vault's host");
    doorkey_secret_free(secret);
    secret = got(url, "MyTestSecret");
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "by the vault's URL");
    doorkey_secret_free(secret);
    secret = got("demo", "mytestSECRET");
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "names are the same in any case");
    doorkey_secret_free(secret);
    secret = got(id, NULL);
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "by the whole id");
    doorkey_secret_free(secret);
}

static void by_version(void)
{
    char version[64];
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = got("demo", "MyTestSecret");

    snprintf(version, sizeof version, "%s", doorkey_secret_version(secret));
    doorkey_secret_free(secret);
    secret = NULL;
    control("POST", "/secret", "{\"name\":\"MyTestSecret\",\"value\":\"newer\"}");
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");

    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", version, NULL, &operation, &error), &error),
         "old version");
    must(worked(doorkey_operation_take_secret(operation, &secret, &error), &error), "take the old version");
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "an old version keeps its value");
    CHECK(same(doorkey_secret_version(secret), version), "and its number");
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    doorkey_client_free(client);

    secret = got("demo", "MyTestSecret");
    CHECK(same(doorkey_secret_value(secret), "newer"), "without a version it is the latest");
    doorkey_secret_free(secret);
}

static int has_tag(const doorkey_secret *secret, const char *name, const char *value)
{
    for (size_t at = 0; at < doorkey_secret_tag_count(secret); at++)
        if (same(doorkey_secret_tag_name(secret, at), name) && same(doorkey_secret_tag_value(secret, at), value))
            return 1;
    return 0;
}

static void with_everything_set(void)
{
    control("POST", "/secret",
            "{\"name\":\"Full\",\"value\":\"v\",\"content_type\":\"text/plain\",\"exp\":2000000000,\"nbf\":1500000000,"
            "\"tags\":{\"team\":\"doors\",\"gr\\u00fc\\u00dfe\":\"\\u00e4\"}}");
    doorkey_secret *secret = got("demo", "Full");
    CHECK(same(doorkey_secret_content_type(secret), "text/plain"), "the content type is there");
    CHECK(doorkey_secret_expires_at_unix(secret) == 2000000000, "the expiry is there");
    CHECK(doorkey_secret_not_before_unix(secret) == 1500000000, "the beginning is there");
    CHECK(doorkey_secret_tag_count(secret) == 2, "both tags are there");
    CHECK(has_tag(secret, "team", "doors"), "a tag has its value");
    CHECK(has_tag(secret, "gr\xc3\xbc\xc3\x9f" "e", "\xc3\xa4"), "a tag may be in any language");
    CHECK(!doorkey_secret_tag_name(secret, 2) && !doorkey_secret_tag_value(secret, (size_t)-1),
          "there is no tag beyond the last");
    doorkey_secret_free(secret);
}

static void values_of_every_kind(void)
{
    uint16_t units[64];
    size_t count = 0;

    /* U+1F511, a key, is four bytes in UTF-8 and two units in UTF-16; a NUL is a character like any other. */
    control("POST", "/secret", "{\"name\":\"Odd\",\"value\":\"a\\u0000\\ud83d\\udd11\\u00fc\"}");
    doorkey_secret *secret = got("demo", "Odd");
    CHECK(doorkey_secret_length(secret) == 8, "a value may hold a NUL");
    CHECK(memcmp(doorkey_secret_value(secret), "a\0\xf0\x9f\x94\x91\xc3\xbc", 9) == 0, "and has one behind its end");

    CHECK(doorkey_secret_copy_utf16(secret, NULL, 0, &count) == DOORKEY_STATUS_OK && count == 5,
          "its length in UTF-16 can be asked for");
    memset(units, 0xee, sizeof units);
    CHECK(doorkey_secret_copy_utf16(secret, units, 4, &count) == DOORKEY_STATUS_LIMIT_EXCEEDED && count == 5,
          "a buffer that is too small is not filled");
    CHECK(units[0] == 0xeeee, "not even partly");
    CHECK(doorkey_secret_copy_utf16(secret, units, 5, &count) == DOORKEY_STATUS_OK && count == 5,
          "a buffer that just holds it is enough");
    CHECK(units[0] == 'a' && units[1] == 0 && units[2] == 0xd83d && units[3] == 0xdd11 && units[4] == 0xfc,
          "the units are those of the text");
    CHECK(units[5] == 0xeeee, "and no terminator is written");
    doorkey_secret_free(secret);

    control("POST", "/secret", "{\"name\":\"Empty\",\"value\":\"\"}");
    secret = got("demo", "Empty");
    CHECK(doorkey_secret_length(secret) == 0 && same(doorkey_secret_value(secret), ""), "a value may be empty");
    doorkey_secret_free(secret);
}

int main(void)
{
    a_token();
    by_every_name();
    by_version();
    with_everything_set();
    values_of_every_kind();
    return finish();
}
