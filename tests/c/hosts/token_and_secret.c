/* A token and with it a secret on one kind of host, found by nothing but the host's own variables. Every host that the
   library finds by itself runs this same program: DOORKEY_TEST_SOURCE is what its token must say. */
#include "../control.h"

#define RESOURCE "https://vault.localhost"
#define SECRET "MyTestSecret"

static doorkey_error *error;

static doorkey_token *got_token(void)
{
    doorkey_token *token = NULL;

    must(worked(get_token(RESOURCE, &token, &error), &error), "token");
    return token;
}

static void a_token(void)
{
    doorkey_token *token = got_token();

    CHECK(same(doorkey_token_source(token), variable("DOORKEY_TEST_SOURCE")), "the token says where it came from: %s",
          doorkey_token_source(token));
    CHECK(doorkey_token_length(token) > 100, "it has a value");
    CHECK(same(doorkey_token_resource(token), RESOURCE), "it knows what it is for");
    CHECK(doorkey_token_expires_at_unix(token) > 1700000000, "it says when it expires");

    long requests = counted("token");
    doorkey_token *again = got_token();
    CHECK(requests > 0, "the host was asked");
    CHECK(counted("token") == requests, "the second token comes from the cache");
    CHECK(same(doorkey_token_value(token), doorkey_token_value(again)), "and is the same");
    doorkey_token_free(token);
    doorkey_token_free(again);
}

static void a_secret(void)
{
    char id[600];
    long requests = counted("token");
    doorkey_secret *secret = NULL;

    must(worked(get_secret("demo", SECRET, &secret, &error), &error), "secret");
    CHECK(same(doorkey_secret_value(secret), "p@ssw0rd!"), "the secret has its value");
    snprintf(id, sizeof id, "%s/secrets/" SECRET "/%s", variable("DOORKEY_TEST_VAULT_URL"),
             doorkey_secret_version(secret));
    CHECK(same(doorkey_secret_id(secret), id), "and its id");
    CHECK(counted("token") == requests, "the vault takes the token that is in the cache");
    doorkey_secret_free(secret);
}

int main(void)
{
    a_token();
    a_secret();
    return finish();
}
