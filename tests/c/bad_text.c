/* Text that is not what it should be, wherever a caller may hand some in: refused with the argument's name before a
   byte leaves. Hosts that only look like a vault are the dangerous ones, because a token would follow. */
#include "control.h"

static doorkey_error *error;
static doorkey_client *client;

struct sample {
    const char *what;
    const char *text;
};

/* Longer than any limit on an input. */
static char endless[70000];
static char name_of_128[129];

static const struct sample never_text[] = {
    {"invalid UTF-8", "a\xff\xfe"},
    {"a cut UTF-8 sequence", "abc\xc3"},
    {"an encoded surrogate", "\xed\xa0\x80"},
    {"an overlong encoding", "\xc0\xaf"},
    {"nothing", ""},
    {"a line feed", "demo\nx"},
    {"a carriage return", "demo\r\nHost: other"},
    {"an escape", "demo\x1b[31m"},
    {"70,000 bytes", endless},
};

static const struct sample bad_names[] = {
    {"a way out of the path", "../keys/other"},
    {"an encoded slash", "a%2fb"},
    {"an encoded dot", "%2e%2e"},
    {"a slash", "a/b"},
    {"a backslash", "a\\b"},
    {"a query", "a?api-version=1"},
    {"a fragment", "a#b"},
    {"an underscore", "a_b"},
    {"a space", "a b"},
    {"a letter beyond ASCII", "gr\xc3\xbc\xc3\x9f" "e"},
    {"128 characters", name_of_128},
};

static const struct sample bad_vaults[] = {
    {"http", "http://demo.vault.azure.net"},
    {"another scheme", "ftp://demo.vault.azure.net"},
    {"user and password", "https://user:secret@demo.vault.azure.net"},
    {"a host that has its name before an at sign", "https://demo.vault.azure.net@evil.example"},
    {"a backslash", "https://demo.vault.azure.net\\@evil.example"},
    {"a name with a dot in front", ".vault.azure.net"},
    {"the bare suffix", "vault.azure.net"},
    {"a host that only begins like a vault", "evilvault.azure.net.example"},
    {"a host that only ends like a vault", "evilvault.azure.net"},
    {"a host with the suffix inside", "demo.vault.azure.net.evil.example"},
    {"a way out of the path", "../demo"},
    {"an encoded slash", "demo%2fevil"},
    {"an encoded dot", "evil.example%2e.vault.azure.net"},
    {"a space", "de mo"},
    {"a name that begins with a hyphen", "-demo"},
    {"the metadata service", "169.254.169.254"},
};

static const struct sample bad_versions[] = {
    {"a way out of the path", "../../keys"},
    {"an encoded slash", "a%2fb"},
    {"a slash", "a/b"},
    {"a query", "a?b=c"},
    {"a hyphen", "a-b"},
    {"a letter beyond ASCII", "\xc3\xbc"},
    {"65 characters", "0123456789012345678901234567890123456789012345678901234567890123x"},
};

/* Whole ids, given as the vault with no name: each of these has to name the rule all the same. */
static const struct sample bad_ids[] = {
    {"an id of a key", "https://demo.vault.azure.net/keys/name/0123456789abcdef0123456789abcdef"},
    {"an id without a name", "https://demo.vault.azure.net/secrets/"},
    {"an id over http", "http://demo.vault.azure.net/secrets/name"},
    {"an id with dots", "https://demo.vault.azure.net/secrets/../keys/name"},
    {"an id with encoded dots", "https://demo.vault.azure.net/secrets/%2e%2e/keys"},
    {"an id with a query", "https://demo.vault.azure.net/secrets/name?x=y"},
    {"an id with too many parts", "https://demo.vault.azure.net/secrets/name/0123/4567"},
};

static int secret_refused(const char *vault, const char *name, const char *version, const char *argument)
{
    doorkey_operation *operation = NULL;
    doorkey_status status = doorkey_client_get_secret(client, vault, name, version, NULL, &operation, &error);
    int good = refused(status, &error, DOORKEY_STATUS_INVALID_ARGUMENT, argument) && operation == NULL;

    doorkey_operation_free(operation);
    return good;
}

static int token_refused(const char *resource)
{
    doorkey_operation *operation = NULL;
    doorkey_status status = doorkey_client_get_token(client, resource, NULL, &operation, &error);
    int good = refused(status, &error, DOORKEY_STATUS_INVALID_ARGUMENT, "resource") && operation == NULL;

    doorkey_operation_free(operation);
    return good;
}

#define EACH(samples, at) for (size_t at = 0; at < sizeof(samples) / sizeof(samples)[0]; at++)

static void texts_of_operations(void)
{
    EACH(never_text, at) {
        const struct sample *bad = &never_text[at];
        CHECK(token_refused(bad->text), "a resource with %s is refused", bad->what);
        CHECK(secret_refused(bad->text, "name", NULL, "vault"), "a vault with %s is refused", bad->what);
        CHECK(secret_refused("demo", bad->text, NULL, "name"), "a name with %s is refused", bad->what);
        /* An empty version means the latest to nobody: NULL does. */
        CHECK(secret_refused("demo", "name", bad->text, "version"), "a version with %s is refused", bad->what);
    }
    EACH(bad_names, at)
        CHECK(secret_refused("demo", bad_names[at].text, NULL, "name"), "a name with %s is refused",
              bad_names[at].what);
    EACH(bad_vaults, at)
        CHECK(secret_refused(bad_vaults[at].text, "name", NULL, "vault"), "a vault that is %s is refused",
              bad_vaults[at].what);
    EACH(bad_versions, at)
        CHECK(secret_refused("demo", "name", bad_versions[at].text, "version"), "a version with %s is refused",
              bad_versions[at].what);
    EACH(bad_ids, at)
        CHECK(secret_refused(bad_ids[at].text, NULL, NULL, "vault"), "%s is refused", bad_ids[at].what);
}

/* What a call started, which has to be nothing. */
static int nothing_started(doorkey_status status, doorkey_operation *operation, doorkey_pager *pager, const char *argument)
{
    int good = refused(status, &error, DOORKEY_STATUS_INVALID_ARGUMENT, argument) && !operation && !pager;

    doorkey_operation_free(operation);
    doorkey_pager_free(pager);
    return good;
}

typedef doorkey_status (*call_on_one)(const doorkey_client *, const char *, const char *, const doorkey_call *,
                                      doorkey_operation **, doorkey_error **);
typedef doorkey_status (*call_on_vault)(const doorkey_client *, const char *, const doorkey_call *, doorkey_pager **,
                                        doorkey_error **);

static const call_on_one calls_on_one[] = {
    doorkey_client_delete_secret, doorkey_client_get_deleted_secret, doorkey_client_recover_secret,
    doorkey_client_purge_secret,  doorkey_client_backup_secret,
};
static const call_on_vault calls_on_vault[] = {doorkey_client_list_secrets, doorkey_client_list_deleted};

/* Whether every call about one secret refuses this vault and name, and names `argument`. */
static int all_refuse(const char *vault, const char *name, const char *argument)
{
    doorkey_operation *started = NULL;
    doorkey_pager *pager = NULL;
    doorkey_attributes attributes;
    doorkey_status status;
    int good = 1;

    EACH(calls_on_one, at) {
        status = calls_on_one[at](client, vault, name, NULL, &started, &error);
        good &= nothing_started(status, started, NULL, argument);
    }
    status = doorkey_client_set_secret(client, vault, name, "v", 1, NULL, NULL, &started, &error);
    good &= nothing_started(status, started, NULL, argument);
    memset(&attributes, 0, sizeof attributes);
    attributes.struct_size = sizeof attributes;
    attributes.flags = DOORKEY_ATTRIBUTE_ENABLED;
    status = doorkey_client_update_secret(client, vault, name, NULL, &attributes, NULL, &started, &error);
    good &= nothing_started(status, started, NULL, argument);
    status = doorkey_client_list_versions(client, vault, name, NULL, &pager, &error);
    return nothing_started(status, NULL, pager, argument) && good;
}

/* The same of every call about a whole vault. */
static int all_refuse_vault(const char *vault)
{
    static const char *const names[] = {"name"};
    doorkey_operation *started = NULL;
    doorkey_pager *pager = NULL;
    int good = 1;

    EACH(calls_on_vault, at) {
        doorkey_status status = calls_on_vault[at](client, vault, NULL, &pager, &error);
        good &= nothing_started(status, NULL, pager, "vault");
    }
    doorkey_status status = doorkey_client_get_secrets(client, vault, names, 1, NULL, &started, &error);
    good &= nothing_started(status, started, NULL, "vault");
    status = doorkey_client_stream_secrets(client, vault, names, 1, NULL, &pager, &error);
    good &= nothing_started(status, NULL, pager, "vault");
    status = doorkey_client_restore_secret(client, vault, "AAAA", 4, NULL, &started, &error);
    return nothing_started(status, started, NULL, "vault") && good;
}

static void texts_of_all_other_calls(void)
{
    EACH(never_text, at) {
        const struct sample *bad = &never_text[at];
        CHECK(all_refuse(bad->text, "name", "vault"), "no call about a secret takes a vault with %s", bad->what);
        CHECK(all_refuse("demo", bad->text, "name"), "nor a name with %s", bad->what);
        CHECK(all_refuse_vault(bad->text), "nor any about a vault one with %s", bad->what);
    }
    EACH(bad_names, at)
        CHECK(all_refuse("demo", bad_names[at].text, "name"), "no call takes a name with %s", bad_names[at].what);
    EACH(bad_vaults, at)
        CHECK(all_refuse(bad_vaults[at].text, "name", "vault") && all_refuse_vault(bad_vaults[at].text),
              "no call takes a vault that is %s", bad_vaults[at].what);
    EACH(bad_ids, at)
        CHECK(all_refuse(bad_ids[at].text, NULL, "vault") && all_refuse_vault(bad_ids[at].text), "no call takes %s",
              bad_ids[at].what);
}

/* Setters may say at once or leave it to doorkey_client_new, which then names the option. */
static int option_refused(doorkey_status (*set)(doorkey_options *, const char *), const char *text, const char *option)
{
    doorkey_options *options = NULL;
    doorkey_client *none = NULL;

    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    int good = set(options, text) == DOORKEY_STATUS_INVALID_ARGUMENT
        || (refused(doorkey_client_new(options, &none, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT, option)
            && none == NULL);
    doorkey_client_free(none);
    doorkey_options_free(options);
    return good;
}

static void texts_of_options(void)
{
    EACH(never_text, at) {
        const struct sample *bad = &never_text[at];
        CHECK(option_refused(doorkey_options_set_client_id, bad->text, "client_id"),
              "a client id with %s is refused", bad->what);
        CHECK(option_refused(doorkey_options_set_object_id, bad->text, "object_id"),
              "an object id with %s is refused", bad->what);
        CHECK(option_refused(doorkey_options_set_resource_id, bad->text, "resource_id"),
              "a resource id with %s is refused", bad->what);
        CHECK(option_refused(doorkey_options_set_source, bad->text, "source"), "a source with %s is refused",
              bad->what);
        CHECK(option_refused(doorkey_options_set_user_agent, bad->text, "user_agent"),
              "a user agent with %s is refused", bad->what);
        CHECK(option_refused(doorkey_options_set_ca_pem, bad->text, "ca_pem"), "roots with %s are refused",
              bad->what);
        CHECK(option_refused(doorkey_options_set_vault_api_version, bad->text, "vault_api_version"),
              "a version of the vaults' interface with %s is refused", bad->what);
    }
    CHECK(option_refused(doorkey_options_set_client_id, "not-a-guid", "client_id"), "a client id is a GUID");
    CHECK(option_refused(doorkey_options_set_source, "IMDS", "imds, app-service, app-service-2017, azure-ml, "
                         "cloud-shell, arc, service-fabric, workload-identity"),
          "an unknown source is told which there are");
    CHECK(option_refused(doorkey_options_set_ca_pem, "-----BEGIN CERTIFICATE-----\nAAAA\n", "ca_pem"),
          "roots that are cut are refused");
}

static int suffix_refused(const char *suffix)
{
    doorkey_options *options = NULL;
    doorkey_client *none = NULL;

    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    int good = doorkey_options_add_vault_suffix(options, suffix, NULL, NULL) == DOORKEY_STATUS_INVALID_ARGUMENT
        || refused(doorkey_client_new(options, &none, &error), &error, DOORKEY_STATUS_INVALID_ARGUMENT, "suffix");
    doorkey_client_free(none);
    doorkey_options_free(options);
    return good;
}

static void suffixes_and_tokens(void)
{
    static const char *const suffixes[] = {"", "https://vault.localhost", "vault localhost", "a/b", "user@host", ".", "a\xff"};
    doorkey_options *options = NULL;
    doorkey_client *none = NULL;

    EACH(suffixes, at) {
        CHECK(suffix_refused(suffixes[at]), "a vault suffix like number %zu is refused", at);
    }
    must(doorkey_options_new(&options) == DOORKEY_STATUS_OK, "options");
    doorkey_status status = doorkey_options_set_access_token(options, "a\r\nX-Injected: 1", 16);
    if (status == DOORKEY_STATUS_OK)
        status = doorkey_client_new(options, &none, NULL);
    CHECK(status == DOORKEY_STATUS_INVALID_ARGUMENT && none == NULL, "a token that would inject a header is refused");
    doorkey_options_free(options);
}

int main(void)
{
    memset(endless, 'a', sizeof endless - 1);
    memset(name_of_128, 'a', sizeof name_of_128 - 1);
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");

    texts_of_operations();
    texts_of_all_other_calls();
    texts_of_options();
    suffixes_and_tokens();
    CHECK(bytes_noticed() == 0, "no byte went onto the network");

    doorkey_client_free(client);
    return finish();
}
