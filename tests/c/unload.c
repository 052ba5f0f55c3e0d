/* A host that loads the library, uses it in a thread, unloads it, and lets the thread end afterwards: the way that
   crashes hosts when a library with threads of its own is really unmapped. Not linked with the library. */
#include <dlfcn.h>
#include <pthread.h>

#include "control.h"

typedef doorkey_status (*get_token_fn)(const char *, doorkey_token **, doorkey_error **);
typedef void (*token_free_fn)(doorkey_token *);

static void *library;
static pthread_barrier_t used, unloaded;

/* POSIX has it that a pointer to a function fits into a pointer to an object; C does not. */
static get_token_fn find_get_token(void)
{
    get_token_fn found;
    *(void **)&found = dlsym(library, "get_token");
    return found;
}

static token_free_fn find_token_free(void)
{
    token_free_fn found;
    *(void **)&found = dlsym(library, "doorkey_token_free");
    return found;
}

static void *use_it(void *status)
{
    doorkey_token *token = NULL;

    *(doorkey_status *)status = find_get_token()("https://vault.localhost", &token, NULL);
    find_token_free()(token);
    pthread_barrier_wait(&used);
    /* What the library keeps for this thread is given back when the thread ends: after the unload. */
    pthread_barrier_wait(&unloaded);
    return NULL;
}

int main(void)
{
    const char *path = variable("DOORKEY_TEST_LIBRARY");

    for (int round = 0; round < 3; round++) {
        pthread_t thread;
        doorkey_status status = DOORKEY_STATUS_INTERNAL;

        pthread_barrier_init(&used, NULL, 2);
        pthread_barrier_init(&unloaded, NULL, 2);
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        must(library != NULL, "load");
        must(find_get_token() && find_token_free(), "functions");
        must(pthread_create(&thread, NULL, use_it, &status) == 0, "thread");
        pthread_barrier_wait(&used);
        CHECK(dlclose(library) == 0, "the library is closed while a thread that used it lives (%d)", round);
        pthread_barrier_wait(&unloaded);
        pthread_join(thread, NULL);
        CHECK(status == DOORKEY_STATUS_OK, "the thread had its token and ends in peace (%d)", round);
        pthread_barrier_destroy(&used);
        pthread_barrier_destroy(&unloaded);
    }
    return finish();
}
