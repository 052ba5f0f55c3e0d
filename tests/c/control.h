/* Speaks to the emulator's control endpoint: counts its requests, scripts its faults, holds its answers.
   Plain sockets, so that the tests need nothing but the library they test. */
#ifndef DOORKEY_TEST_CONTROL_H
#define DOORKEY_TEST_CONTROL_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static char control_answer[65536];

static inline int control_connect(void)
{
    struct sockaddr_in address;
    int port = 0;
    int connection = socket(AF_INET, SOCK_STREAM, 0);

    must(sscanf(variable("DOORKEY_TEST_CONTROL"), "http://127.0.0.1:%d", &port) == 1, "control endpoint");
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(connect(connection, (struct sockaddr *)&address, sizeof address) == 0, "control endpoint answers");
    return connection;
}

/* The body of the answer, valid until the next call. */
static inline const char *control(const char *method, const char *path, const char *body)
{
    char request[4096];
    size_t filled = 0;
    ssize_t got;
    int connection = control_connect();
    int length = snprintf(request, sizeof request,
                          "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                          method, path, strlen(body), body);

    must(length > 0 && (size_t)length < sizeof request, "control request fits");
    must(write(connection, request, (size_t)length) == length, "control request is written");
    while ((got = read(connection, control_answer + filled, sizeof control_answer - 1 - filled)) > 0)
        filled += (size_t)got;
    close(connection);
    control_answer[filled] = '\0';
    must(strncmp(control_answer, "HTTP/1.1 200", 12) == 0, control_answer);
    char *start = strstr(control_answer, "\r\n\r\n");
    must(start != NULL, "control answer has a body");
    return start + 4;
}

/* A counter of the emulator: "token", "vault", "connections_imds", "connections_vault", "tls_handshakes". */
static inline long counted(const char *name)
{
    char key[64];
    const char *counters = control("GET", "/requests", "");
    const char *found;

    snprintf(key, sizeof key, "\"%s\":", name);
    found = strstr(counters, key);
    must(found != NULL, name);
    return strtol(found + strlen(key), NULL, 10);
}

/* Whatever reached the emulator, down to a connection without a request. */
static inline long bytes_noticed(void)
{
    return counted("token") + counted("vault") + counted("connections_imds") + counted("connections_vault");
}

static inline void fault(const char *json)
{
    control("POST", "/fault", json);
}

static inline void no_faults(void)
{
    control("POST", "/faults/clear", "");
}

/* Comes back when so many requests are held by faults with "hold". */
static inline void wait_until_held(int count)
{
    char path[64];

    snprintf(path, sizeof path, "/hold/wait?count=%d", count);
    control("GET", path, "");
}

static inline void release_held(void)
{
    control("POST", "/hold/release", "");
}

#endif
