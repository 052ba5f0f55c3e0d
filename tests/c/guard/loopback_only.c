/* Preloaded into everything a test run starts where the system gives it no network of its own: whoever tries to reach
   beyond loopback is refused, and a line in the file DOORKEY_TEST_ATTEMPTS says so. Names are not looked up either,
   but for localhost: the query itself would go to a name server. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* One write per line, so that lines of several processes do not mix. */
static void note(const char *what)
{
    char line[512];
    const char *path = getenv("DOORKEY_TEST_ATTEMPTS");
    int length = snprintf(line, sizeof line, "%s by process %d\n", what, (int)getpid());
    int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (file >= 0) {
        if (write(file, line, (size_t)length) != length)
            abort();
        close(file);
    }
}

static int is_loopback_v4(const struct in_addr *address)
{
    return ntohl(address->s_addr) >> 24 == 127;
}

static int is_loopback_v6(const struct in6_addr *address)
{
    struct in_addr inside;

    memcpy(&inside, address->s6_addr + 12, sizeof inside);
    return IN6_IS_ADDR_LOOPBACK(address) || (IN6_IS_ADDR_V4MAPPED(address) && is_loopback_v4(&inside));
}

/* Sockets of other families stay on the machine. The unspecified address is loopback to connect(). */
static int allowed(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "?";

    if (address && address->sa_family == AF_INET) {
        const struct in_addr *v4 = &((const struct sockaddr_in *)address)->sin_addr;
        if (is_loopback_v4(v4) || v4->s_addr == htonl(INADDR_ANY))
            return 1;
        inet_ntop(AF_INET, v4, text, sizeof text);
    } else if (address && address->sa_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
        if (is_loopback_v6(v6) || IN6_IS_ADDR_UNSPECIFIED(v6))
            return 1;
        inet_ntop(AF_INET6, v6, text, sizeof text);
    } else {
        return 1;
    }
    note(text);
    errno = ENETUNREACH;
    return 0;
}

/* The function of the same name that we stand in front of. */
#define BEHIND(name) \
    static __typeof__(&name) behind; \
    if (!behind) \
        *(void **)&behind = dlsym(RTLD_NEXT, #name)

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    BEHIND(connect);
    return allowed(address) ? behind(fd, address, length) : -1;
}

ssize_t sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length)
{
    BEHIND(sendto);
    return allowed(to) ? behind(fd, bytes, count, flags, to, length) : -1;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    BEHIND(sendmsg);
    return allowed(message->msg_name) ? behind(fd, message, flags) : -1;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
    BEHIND(sendmmsg);
    for (unsigned int at = 0; at < count; at++)
        if (!allowed(messages[at].msg_hdr.msg_name))
            return -1;
    return behind(fd, messages, count, flags);
}

static int is_local_name(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    size_t length = strlen(name);

    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1
        || strcasecmp(name, "localhost") == 0
        || (length > 10 && strcasecmp(name + length - 10, ".localhost") == 0);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    char own[256] = "";

    BEHIND(getaddrinfo);
    gethostname(own, sizeof own - 1);
    if (!name || is_local_name(name) || strcmp(name, own) == 0)
        return behind(name, service, hints, found);
    note(name);
    return EAI_NONAME;
}
