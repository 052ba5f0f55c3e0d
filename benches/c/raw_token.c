/* The same request as first_token.c, spoken to the socket by hand: the least that a C program can do.
   It is the measure for the library, so it must not do less than it has to: it reads the whole answer and picks the
   token out of it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char request_form[] =
    "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%%3A%%2F%%2Fvault.azure.net HTTP/1.1\r\n"
    "Host: %s:%s\r\n"
    "Metadata: true\r\n"
    "Accept: application/json\r\n"
    "Connection: close\r\n"
    "\r\n";

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(void)
{
    const char *authority = getenv("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    char host[64], port[8], request[512], answer[16384];

    if (!authority || sscanf(authority, "http://%63[^:]:%7[0-9]", host, port) != 2)
        return fail("AZURE_POD_IDENTITY_AUTHORITY_HOST");

    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(port));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        return fail(host);

    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
        return fail("connect");

    int length = snprintf(request, sizeof request, request_form, host, port);
    if (write(connection, request, (size_t)length) != length)
        return fail("write");

    size_t filled = 0;
    for (;;) {
        ssize_t got = read(connection, answer + filled, sizeof answer - 1 - filled);
        if (got < 0)
            return fail("read");
        if (got == 0)
            break;
        filled += (size_t)got;
    }
    answer[filled] = '\0';
    close(connection);

    char *token = strstr(answer, "\"access_token\"");
    token = token ? strchr(token, ':') : NULL;
    token = token ? strchr(token, '"') : NULL;
    char *end = token ? strchr(token + 1, '"') : NULL;
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0 || !end || end == token + 1)
        return fail("answer");
    return 0;
}
