/* What a host gives with its token endpoint stays behind as little as a token does: the secret of IDENTITY_HEADER or
   MSI_SECRET, the key of an Azure Arc agent, the federated token of a pod. */
#include "../control.h"
#include "../memory.h"

#define PAIRS_MAX 64

extern char **environ;

/* The text of a member of the emulator's answer, masked; the answer itself is wiped by the caller. */
static int member(const char *answer, const char *name, struct needle *needle)
{
    char key[64];
    const char *start;
    size_t length;

    snprintf(key, sizeof key, "\"%s\":", name);
    start = strstr(answer, key);
    if (start == NULL)
        return 0;
    start += strlen(key);
    start += *start == '[';
    if (*start++ != '"')
        return 0;
    length = strcspn(start, "\"");
    *needle = hide(start, length);
    return length > 16;
}

/* Options with the environment of this process, whose own copy is wiped. */
static doorkey_options *options_with_the_environment(void)
{
    static const char *pairs[2 * PAIRS_MAX];
    static char names[PAIRS_MAX][128];
    doorkey_options *options = NULL;
    size_t count = 0, known = 0;
    const char *const *read = doorkey_environment_names(&known);

    for (size_t at = 0; at < known; at++) {
        const char *value = getenv(read[at]);
        if (value == NULL)
            continue;
        must(count < PAIRS_MAX && strlen(read[at]) < sizeof names[0], "room for the environment");
        strcpy(names[count], read[at]);
        pairs[2 * count] = names[count];
        pairs[2 * count + 1] = value;
        count++;
    }
    must(worked(doorkey_options_new(&options), NULL), "options");
    must(worked(doorkey_options_set_environment(options, pairs, count), NULL), "environment");
    for (size_t at = 0; at < count; at++) {
        char *value = (char *)(uintptr_t)pairs[2 * at + 1];
        if (strcmp(pairs[2 * at], "DOORKEY_TEST_CONTROL") != 0)
            memset(value, 0, strlen(value));
    }
    return options;
}

static void ask(doorkey_options *options)
{
    doorkey_error *error = NULL;
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_token *token = NULL;

    must(worked(doorkey_client_new(options, &client, &error), &error), "client");
    doorkey_options_free(options);
    must(worked(doorkey_client_get_token(client, "https://vault.localhost", NULL, &operation, &error), &error), "begins");
    must(worked(doorkey_operation_take_token(operation, &token, &error), &error), "token");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
}

int main(void)
{
    static const char *const kinds[] = {"secret_header", "arc_keys", "assertion"};
    struct needle needles[3];
    int has[3], found = 0;
    doorkey_options *options;

    if (watched_by_valgrind()) {
        printf("# not scanned under valgrind, whose own memory holds copies\n");
        return finish();
    }
    options = options_with_the_environment();
    ask(options);
    const char *answer = control("GET", "/machine/secrets", "");
    for (int at = 0; at < 3; at++)
        has[at] = member(answer, kinds[at], &needles[at]);
    for (int at = 0; at < 3; at++) {
        if (!has[at])
            continue;
        found++;
        CHECK(copies_of(&needles[at]) >= 1, "the scan finds the %s in the emulator's answer", kinds[at]);
    }
    memset(control_answer, 0, sizeof control_answer);
    for (int at = 0; at < 3; at++) {
        int left = has[at] ? copies_left(&needles[at]) : 0;
        CHECK(left == 0, "no copy of the %s is left (%d left)", kinds[at], left);
    }
    printf("# %d secrets of this host\n", found);
    return finish();
}
