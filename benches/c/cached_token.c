/* Tokens from the cache, each got and freed: what `cargo xtask bench cached` times.
   Arguments: calls per thread and round, rounds, and the numbers of threads, which take turns. Prints for every round
   the number of threads, the nanoseconds from the moment all may start until the last has finished, and the
   nanoseconds that all of them together were on a CPU. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "doorkey.h"

#define RESOURCE "https://vault.azure.net"
#define THREADS_MAX 64

/* Threads wait behind it until all are there, so that starting them is not measured. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static int waiting, is_open;

static long calls;

static long long nanoseconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void one_token(void)
{
    doorkey_token *token = NULL;
    doorkey_error *error = NULL;

    if (get_token(RESOURCE, &token, &error) != DOORKEY_STATUS_OK) {
        fprintf(stderr, "%s\n", error ? doorkey_error_message(error) : "no reason given");
        exit(1);
    }
    doorkey_token_free(token);
}

/* Leaves in `busy` how long the thread was on a CPU. */
static void *get_many(void *busy)
{
    pthread_mutex_lock(&gate);
    waiting++;
    pthread_cond_broadcast(&gate_moved);
    while (!is_open)
        pthread_cond_wait(&gate_moved, &gate);
    pthread_mutex_unlock(&gate);
    long long started = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    for (long call = 0; call < calls; call++)
        one_token();
    *(long long *)busy = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - started;
    return NULL;
}

static void one_round(int threads)
{
    pthread_t thread[THREADS_MAX];
    long long busy[THREADS_MAX];
    long long busy_together = 0;

    waiting = is_open = 0;
    for (int at = 0; at < threads; at++) {
        if (pthread_create(&thread[at], NULL, get_many, &busy[at]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    pthread_mutex_lock(&gate);
    while (waiting < threads)
        pthread_cond_wait(&gate_moved, &gate);
    is_open = 1;
    long long started = nanoseconds(CLOCK_MONOTONIC);
    pthread_cond_broadcast(&gate_moved);
    pthread_mutex_unlock(&gate);
    for (int at = 0; at < threads; at++) {
        pthread_join(thread[at], NULL);
        busy_together += busy[at];
    }
    printf("%d %lld %lld\n", threads, nanoseconds(CLOCK_MONOTONIC) - started, busy_together);
}

int main(int count, char **arguments)
{
    if (count < 4 || (calls = atol(arguments[1])) < 1) {
        fprintf(stderr, "usage: cached_token CALLS ROUNDS THREADS...\n");
        return 2;
    }
    for (int at = 3; at < count; at++) {
        if (atoi(arguments[at]) < 1 || atoi(arguments[at]) > THREADS_MAX) {
            fprintf(stderr, "from 1 to %d threads\n", THREADS_MAX);
            return 2;
        }
    }
    /* The only one that is asked for: from here on it is in the cache. */
    one_token();
    for (int round = atoi(arguments[2]); round > 0; round--) {
        for (int at = 3; at < count; at++)
            one_round(atoi(arguments[at]));
    }
    return 0;
}
