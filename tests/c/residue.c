/* Nothing stays behind: after a secret and a token are freed, the process's memory holds no copy of either.
   The scan looks for masked needles, so that the test's own memory never holds them plainly. */
#include "control.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>

#define MASK 0x5a
#define NEEDLE_MAX 64

struct needle {
    unsigned char masked[NEEDLE_MAX];
    size_t length;
};

/* Takes `length` bytes of a text apart, without a plain copy. */
static struct needle hide(const char *text, size_t length)
{
    struct needle needle;

    needle.length = length < NEEDLE_MAX ? length : NEEDLE_MAX;
    for (size_t at = 0; at < needle.length; at++)
        needle.masked[at] = (unsigned char)(text[at] ^ MASK);
    return needle;
}

static int found_in(const unsigned char *bytes, size_t length, const struct needle *needle)
{
    int found = 0;

    for (size_t at = 0; at + needle->length <= length; at++) {
        size_t same_bytes = 0;
        while (same_bytes < needle->length && (bytes[at + same_bytes] ^ MASK) == needle->masked[same_bytes])
            same_bytes++;
        found += same_bytes == needle->length;
    }
    return found;
}

/* How often the needle stands in the writable memory of this process. The region with the scanner's own buffer is
   looked at too: the buffer is wiped before each read. */
static int copies_of(const struct needle *needle)
{
    static unsigned char buffer[1 << 16];
    char line[512];
    int copies = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);

    must(maps != NULL && memory >= 0, "this process may read its own memory");
    while (fgets(line, sizeof line, maps)) {
        unsigned long long from, to;
        char access[8];

        if (sscanf(line, "%llx-%llx %7s", &from, &to, access) != 3 || access[0] != 'r' || access[1] != 'w')
            continue;
        /* Blocks overlap by the needle's length, so that a copy across their border counts (once or twice). */
        for (unsigned long long at = from; at < to;) {
            unsigned long long left = to - at;
            size_t want = left < sizeof buffer ? (size_t)left : sizeof buffer;
            uintptr_t own = (uintptr_t)buffer;

            if (at + want > own && at < own + sizeof buffer) {
                at = own + sizeof buffer;
                continue;
            }
            ssize_t got = pread(memory, buffer, want, (off_t)at);
            if (got <= 0)
                break;
            copies += found_in(buffer, (size_t)got, needle);
            memset(buffer, 0, sizeof buffer);
            if ((size_t)got < sizeof buffer)
                break;
            at += (unsigned long long)got - needle->length;
        }
    }
    close(memory);
    fclose(maps);
    return copies;
}

/* How many copies are left once the connections have closed, which happens on another thread. */
static int copies_left(const struct needle *needle)
{
    int left = 1;

    for (int tries = 0; tries < 1000 && left; tries++) {
        left = copies_of(needle);
        sched_yield();
    }
    return left;
}

static void after_a_secret(void)
{
    doorkey_error *error = NULL;
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(doorkey_client_new(NULL, &client, &error), &error), "client");
    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "operation");
    must(worked(doorkey_operation_take_secret(operation, &secret, &error), &error), "secret");
    struct needle needle = hide(doorkey_secret_value(secret), doorkey_secret_length(secret));
    CHECK(copies_of(&needle) >= 1, "the scan finds a value that is there");
    doorkey_secret_free(secret);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    int left = copies_left(&needle);
    CHECK(left == 0, "a freed secret and client leave no copy of the value behind (%d left)", left);
}

static void after_an_operation_that_nobody_took(void)
{
    doorkey_error *error = NULL;
    doorkey_client *client = NULL;
    doorkey_operation *operation = NULL;
    doorkey_secret *secret = NULL;

    must(worked(doorkey_client_new(NULL, &client, &error), &error), "client");
    must(worked(get_secret("demo", "MyTestSecret", &secret, &error), &error), "secret");
    struct needle needle = hide(doorkey_secret_value(secret), doorkey_secret_length(secret));
    int held = copies_of(&needle);
    must(worked(doorkey_client_get_secret(client, "demo", "MyTestSecret", NULL, NULL, &operation, &error), &error),
         "operation");
    must(doorkey_operation_wait(operation, UINT32_MAX) == DOORKEY_STATUS_OK, "the operation ends");
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    int left = INT32_MAX;
    for (int tries = 0; tries < 1000 && left > held; tries++) {
        left = copies_of(&needle);
        sched_yield();
    }
    CHECK(left <= held, "a result that nobody took is wiped with its operation (%d left of %d)", left, held);
    doorkey_secret_free(secret);
}

static void after_a_token(void)
{
    doorkey_error *error = NULL;
    doorkey_token *token = NULL;

    must(worked(get_token("https://vault.localhost", &token, &error), &error), "token");
    /* The end of a token is its signature, which nothing else contains. */
    size_t length = doorkey_token_length(token);
    struct needle needle = hide(doorkey_token_value(token) + length - 32, 32);
    CHECK(copies_of(&needle) >= 1, "the scan finds a token that is there");
    doorkey_token_free(token);
    CHECK(copies_of(&needle) >= 1, "a freed token is still in the cache");
    doorkey_clear_token_cache();
    int left = copies_left(&needle);
    CHECK(left == 0, "with the cache cleared no copy is left (%d left)", left);
}

/* Valgrind keeps copies of its own of what it watches. */
static int watched_by_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded != NULL && strstr(preloaded, "valgrind") != NULL;
}

int main(void)
{
    if (watched_by_valgrind()) {
        printf("# not scanned under valgrind, whose own memory holds copies\n");
        return finish();
    }
    after_a_token();
    after_a_secret();
    after_an_operation_that_nobody_took();
    return finish();
}
