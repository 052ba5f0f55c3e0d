/* Looks through this process's own writable memory for a text. The needle is kept masked, so that the test's own memory
   never holds it plainly. */
#ifndef DOORKEY_TEST_MEMORY_H
#define DOORKEY_TEST_MEMORY_H

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
static inline struct needle hide(const char *text, size_t length)
{
    struct needle needle;

    needle.length = length < NEEDLE_MAX ? length : NEEDLE_MAX;
    for (size_t at = 0; at < needle.length; at++)
        needle.masked[at] = (unsigned char)(text[at] ^ MASK);
    return needle;
}

/* The needle as it was, for a moment: whoever asks for it wipes `text`, of `length` bytes and one NUL. */
static inline void show(const struct needle *needle, char *text)
{
    for (size_t at = 0; at < needle->length; at++)
        text[at] = (char)(needle->masked[at] ^ MASK);
    text[needle->length] = '\0';
}

/* A value that nobody has seen before: no literal of it, and no copy but this. */
static inline struct needle unseen(uint32_t number)
{
    struct needle needle;
    uint32_t state = number + 1;

    needle.length = 40;
    for (size_t at = 0; at < needle.length; at++) {
        state = state * 1664525 + 1013904223;
        needle.masked[at] = (unsigned char)(('a' + (state >> 16) % 26) ^ MASK);
    }
    return needle;
}

static inline int found_in(const unsigned char *bytes, size_t length, const struct needle *needle)
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
static inline int copies_of(const struct needle *needle)
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
static inline int copies_left(const struct needle *needle)
{
    int left = 1;

    for (int tries = 0; tries < 1000 && left; tries++) {
        left = copies_of(needle);
        sched_yield();
    }
    return left;
}

/* Valgrind keeps copies of its own of what it watches. */
static inline int watched_by_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded != NULL && strstr(preloaded, "valgrind") != NULL;
}

#endif
