// floor: the least that any WebSocket server can do: epoll, and one send() of a ready frame for each connection.
// Nothing is checked, stored or encoded, so its CPU time is the physical limit to compare a server with.
//
// usage: floor PORT
#include "ws.h"

enum { MOST = 200000 };

static int listener, poll_fd;
static int members[MOST], member_count; // the file descriptors of open sockets
static int place[MOST];                 // where a descriptor stands in members, or -1 before its handshake

static void listen_on(int port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)) die("listen");
}

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void welcome(void) {
    int fd = accept(listener, NULL, NULL), one = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    never_wait(fd);
    place[fd] = -1;
    watch(fd);
}

static void shake_hands(int fd) {
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    place[fd] = member_count;
    members[member_count++] = fd;
    send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
}

static void say_goodbye(int fd) {
    close(fd);
    if (place[fd] < 0) return;
    int last = members[--member_count];
    members[place[fd]] = last;
    place[last] = place[fd];
    place[fd] = -1;
}

// Turns one masked frame into the frame that everybody gets. Returns its size, and in `taken` the bytes it was made of.
static size_t unmask(const unsigned char *in, size_t there, unsigned char *out, size_t *taken) {
    if (there < 6) return 0;
    size_t length = in[1] & 127, head = 2;
    if (length == 126) {
        length = (size_t)in[2] << 8 | in[3];
        head = 4;
    }
    if (there < head + 4 + length) return 0;
    const unsigned char *mask = in + head;
    out[0] = in[0];
    out[1] = in[1] & 127;
    memcpy(out + 2, in + 2, head - 2);
    for (size_t i = 0; i < length; i++) out[head + i] = mask[4 + i] ^ mask[i & 3];
    *taken = head + 4 + length;
    return head + length;
}

static void deliver(const unsigned char *in, size_t there) {
    static unsigned char out[1 << 17];
    size_t size, taken = 0;
    while ((size = unmask(in, there, out, &taken))) {
        if ((out[0] & 15) == OP_TEXT)
            for (int i = 0; i < member_count; i++) send(members[i], out, size, MSG_NOSIGNAL);
        in += taken;
        there -= taken;
    }
}

static void hear(int fd) {
    static unsigned char in[1 << 17];
    ssize_t n = recv(fd, in, sizeof in, 0);
    if (n <= 0) say_goodbye(fd);
    else if (place[fd] < 0) shake_hands(fd);
    else deliver(in, (size_t)n);
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: floor PORT\n"), 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < MOST ? files.rlim_max : MOST;
    setrlimit(RLIMIT_NOFILE, &files);
    poll_fd = epoll_create1(0);
    listen_on(atoi(argv[1]));
    watch(listener);
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(poll_fd, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener) welcome();
            else hear(events[i].data.fd);
        }
    }
}
