/* After fork() a child has none of the library's threads: its calls say FORKED instead of hanging, and the parent
   does not notice. */
#include <sys/wait.h>

#include "control.h"

#define RESOURCE "https://vault.localhost"

static doorkey_error *error;
static doorkey_client *client;
static doorkey_operation *operation;
static doorkey_pager *pager;

/* Which of the child's calls was not refused as it should be; 0 for none. */
static int in_the_child(void)
{
    doorkey_token *token = NULL;
    doorkey_operation *none = NULL;
    doorkey_client *another = NULL;
    doorkey_pager *no_pager = NULL;

    if (get_token(RESOURCE, &token, NULL) != DOORKEY_STATUS_FORKED)
        return 1;
    if (doorkey_client_get_token(client, RESOURCE, NULL, &none, NULL) != DOORKEY_STATUS_FORKED)
        return 2;
    if (doorkey_operation_wait(operation, UINT32_MAX) != DOORKEY_STATUS_FORKED)
        return 3;
    if (doorkey_operation_take_token(operation, &token, NULL) != DOORKEY_STATUS_FORKED)
        return 4;
    if (get_token(RESOURCE, &token, &error) != DOORKEY_STATUS_FORKED || !doorkey_error_advice(error))
        return 5;
    doorkey_error_free(error);
    if (doorkey_client_set_secret(client, "demo", "New", "v", 1, NULL, NULL, &none, NULL) != DOORKEY_STATUS_FORKED)
        return 7;
    if (doorkey_client_list_secrets(client, "demo", NULL, &no_pager, NULL) != DOORKEY_STATUS_FORKED)
        return 8;
    if (doorkey_client_get_secrets(client, "demo", NULL, 0, NULL, &none, NULL) != DOORKEY_STATUS_FORKED)
        return 9;
    if (doorkey_pager_next(pager, &none, NULL) != DOORKEY_STATUS_FORKED)
        return 10;
    /* Freeing what was inherited neither hangs nor crashes. */
    doorkey_pager_free(pager);
    doorkey_operation_free(operation);
    doorkey_client_free(client);
    if (doorkey_client_new(NULL, &another, NULL) == DOORKEY_STATUS_OK)
        doorkey_client_free(another);
    return token || none || no_pager ? 6 : 0;
}

int main(void)
{
    doorkey_token *token = NULL;
    int status = 0, answer[2];
    char wrong = 99;

    must(pipe(answer) == 0, "pipe");
    must(doorkey_client_new(NULL, &client, NULL) == DOORKEY_STATUS_OK, "client");
    must(worked(doorkey_client_list_secrets(client, "demo", NULL, &pager, &error), &error), "pager");
    fault("{\"endpoint\":\"token\",\"hold\":true}");
    must(worked(doorkey_client_get_token(client, RESOURCE, NULL, &operation, &error), &error), "start");
    wait_until_held(1);

    fflush(stdout);
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        /* Through a pipe, because valgrind has its own idea of a child's exit status. */
        wrong = (char)in_the_child();
        _exit(write(answer[1], &wrong, 1) != 1);
    }
    close(answer[1]);
    must(read(answer[0], &wrong, 1) == 1, "the child answers");
    must(waitpid(child, &status, 0) == child, "child");
    CHECK(WIFEXITED(status), "the child comes to an end");
    CHECK(wrong == 0, "every call of the child is FORKED (the one that was not: %d)", wrong);

    CHECK(doorkey_operation_wait(operation, 0) == DOORKEY_STATUS_PENDING, "the parent's work goes on");
    release_held();
    CHECK(worked(doorkey_operation_take_token(operation, &token, &error), &error), "and ends as if nothing had been");
    doorkey_token_free(token);
    doorkey_operation_free(operation);
    doorkey_pager_free(pager);
    doorkey_client_free(client);
    return finish();
}
