// ws.h: what every load tool here needs of TCP, of WebSocket (RFC 6455, the client's side) and of /proc.
// It knows nothing of chat. Each tool is one C file, so everything here is static.
#ifndef BENCH_WS_H
#define BENCH_WS_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };
enum { CLIENTS_PER_ADDRESS = 20000, BIGGEST_POST = 65536, EVENTS = 1024 };

// Where the server listens, which processes it is, and the extra headers of a handshake ("Cookie: …").
// A server of several nodes has several ports; `rooms` clients in a row go to one node, the next to the next, so that
// every room has clients on every node.
enum { MOST_NODES = 64 };
struct server {
    const char *host;
    int ports[MOST_NODES], nodes, rooms;
    const char *pids;
    char **headers;
    int header_count;
};

// One connection and the bytes that have come but have not been taken: inbox[start, end).
struct wire {
    int fd;
    unsigned char *inbox;
    size_t start, end, size;
};

// A whole frame; `text` points into the inbox and is good until the next read_more().
struct frame {
    int op;
    unsigned char *text;
    size_t length;
};

// What stands for %s, %r, %n and %c in a template.
struct fields {
    const char *text, *room, *nonce;
    long cursor;
};

#define TOOL static __attribute__((unused))

TOOL uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

_Noreturn TOOL void die(const char *what) {
    perror(what);
    exit(1);
}

_Noreturn TOOL void give_up(const char *sentence) {
    fprintf(stderr, "%s\n", sentence);
    exit(3);
}

TOOL long number_from_environment(const char *name, long otherwise) {
    const char *value = getenv(name);
    return value ? atol(value) : otherwise;
}

// Raises the limit of open files, or says in a sentence that it is too low for this many connections.
TOOL void allow_connections(long count) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t wanted = (rlim_t)count + 100;
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted) limit.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit)) give_up("too many connections for the limit of open files (ulimit -Hn)");
}

// ---------------------------------------------------------------- templates

// Fills %s (text), %r (room), %n (nonce) and %c (cursor) into `out`; every other character stays. Returns the length.
TOOL size_t fill(char *out, size_t size, const char *template, struct fields with) {
    size_t used = 0;
    char cursor[24];
    snprintf(cursor, sizeof cursor, "%ld", with.cursor);
    for (const char *c = template; *c && used + 1 < size; c++) {
        const char *value = NULL;
        if (*c == '%') value = c[1] == 's' ? with.text : c[1] == 'r' ? with.room : c[1] == 'n' ? with.nonce : c[1] == 'c' ? cursor : NULL;
        if (!value) {
            out[used++] = *c;
            continue;
        }
        used += (size_t)snprintf(out + used, size - used, "%s", value);
        if (used >= size) used = size - 1;
        c++;
    }
    out[used] = 0;
    return used;
}

// ---------------------------------------------------------------- TCP

// Reads "8000" or "8000,8001,8002" into the server's ports.
TOOL void read_ports(struct server *server, const char *text) {
    server->nodes = 0;
    while (*text && server->nodes < MOST_NODES) {
        server->ports[server->nodes++] = (int)strtol(text, (char **)&text, 10);
        if (*text == ',') text++;
        else break;
    }
    if (!server->nodes) give_up("PORT is a number, or several with commas");
    if (!server->rooms) server->rooms = 1;
}

// Connects client number `index`; each 20,000 clients get a loopback address of their own, so that ports suffice.
// Returns -1 when the server does not listen.
TOOL int dial(const struct server *to, int index) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0) die("socket");
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (unsigned)(index / CLIENTS_PER_ADDRESS))};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&from, sizeof from)) die("bind");
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)to->ports[index / to->rooms % to->nodes])};
    inet_pton(AF_INET, to->host, &there.sin_addr);
    if (connect(fd, (struct sockaddr *)&there, sizeof there)) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

TOOL void never_wait(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

// Sends all bytes, also on a socket that never waits. Returns 0, or -1 when the server hung up.
TOOL int send_all(int fd, const void *bytes, size_t count) {
    for (size_t sent = 0; sent < count;) {
        ssize_t n = send(fd, (const char *)bytes + sent, count - sent, MSG_NOSIGNAL);
        if (n >= 0) sent += (size_t)n;
        else if (errno == EAGAIN) usleep(100);
        else return -1;
    }
    return 0;
}

TOOL void open_inbox(struct wire *wire, int fd) {
    *wire = (struct wire){.fd = fd, .size = 4096, .inbox = malloc(4096)};
    if (!wire->inbox) die("malloc");
}

TOOL void close_wire(struct wire *wire) {
    close(wire->fd);
    free(wire->inbox);
    *wire = (struct wire){.fd = -1};
}

static void make_space(struct wire *wire) {
    memmove(wire->inbox, wire->inbox + wire->start, wire->end - wire->start);
    wire->end -= wire->start;
    wire->start = 0;
    if (wire->size - wire->end >= wire->size / 2) return;
    wire->size *= 2;
    wire->inbox = realloc(wire->inbox, wire->size);
    if (!wire->inbox) die("realloc");
}

// Reads once. Returns 1 when more may be there, 0 when that was all, -1 when the server hung up.
TOOL int read_more(struct wire *wire) {
    make_space(wire);
    size_t space = wire->size - wire->end;
    ssize_t n = recv(wire->fd, wire->inbox + wire->end, space, 0);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return -1;
    wire->end += (size_t)n;
    return (size_t)n == space;
}

// ---------------------------------------------------------------- WebSocket

// Sends the client's handshake. The key is a constant: a load tool does not check the answer's hash.
TOOL int send_handshake(int fd, const struct server *to, const char *path) {
    char head[8192];
    int n = snprintf(head, sizeof head,
                     "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://%s:%d\r\n",
                     path, to->host, to->ports[0], to->host, to->ports[0]);
    for (int i = 0; i < to->header_count && n < (int)sizeof head; i++)
        n += snprintf(head + n, sizeof head - (size_t)n, "%s\r\n", to->headers[i]);
    if (n + 2 >= (int)sizeof head) give_up("the handshake's headers are too long");
    n += snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    return send_all(fd, head, (size_t)n);
}

// Takes the handshake's answer out of the inbox. Returns 1 when the socket is open, 0 when the answer is not whole yet.
TOOL int handshake_done(struct wire *wire) {
    unsigned char *head = wire->inbox + wire->start;
    unsigned char *stop = memmem(head, wire->end - wire->start, "\r\n\r\n", 4);
    if (!stop) return 0;
    if (memcmp(head + 9, "101", 3)) {
        fprintf(stderr, "%.*s\n", (int)(wire->end - wire->start), head);
        give_up("the server refused the handshake");
    }
    wire->start = (size_t)(stop + 4 - wire->inbox);
    return 1;
}

// Connects and waits until the socket is open.
TOOL void open_wire(struct wire *wire, const struct server *to, const char *path, int index) {
    int fd = dial(to, index);
    if (fd < 0) die("connect");
    open_inbox(wire, fd);
    if (send_handshake(fd, to, path)) die("handshake");
    while (!handshake_done(wire))
        if (read_more(wire) < 0) die("handshake");
}

// Sends one masked frame. Returns 0, or -1 when the server hung up.
TOOL int send_frame(int fd, int op, const void *text, size_t length) {
    static unsigned char out[BIGGEST_POST + 16];
    const unsigned char mask[4] = {1, 2, 3, 4};
    if (length > BIGGEST_POST) give_up("a post is at most 65,536 bytes");
    size_t head = 2;
    out[0] = (unsigned char)(0x80 | op);
    if (length < 126) {
        out[1] = (unsigned char)(0x80 | length);
    } else if (length < 65536) {
        out[1] = 0x80 | 126, out[2] = (unsigned char)(length >> 8), out[3] = (unsigned char)length, head = 4;
    } else {
        out[1] = 0x80 | 127, head = 10;
        for (int i = 0; i < 8; i++) out[2 + i] = (unsigned char)((uint64_t)length >> (56 - 8 * i));
    }
    memcpy(out + head, mask, 4);
    head += 4;
    for (size_t i = 0; i < length; i++) out[head + i] = ((const unsigned char *)text)[i] ^ mask[i & 3];
    return send_all(fd, out, head + length);
}

// Takes the next whole frame out of the inbox. Returns 0 when there is none yet.
TOOL int next_frame(struct wire *wire, struct frame *frame) {
    unsigned char *b = wire->inbox + wire->start;
    size_t there = wire->end - wire->start, head = 2;
    if (there < head) return 0;
    uint64_t length = b[1] & 127;
    if (length >= 126) {
        head = length == 126 ? 4 : 10;
        if (there < head) return 0;
        length = 0;
        for (size_t i = 2; i < head; i++) length = length << 8 | b[i];
    }
    if (there - head < length) return 0;
    *frame = (struct frame){.op = b[0] & 15, .text = b + head, .length = (size_t)length};
    wire->start += head + (size_t)length;
    return 1;
}

TOOL void answer_ping(const struct wire *wire, const struct frame *ping) { send_frame(wire->fd, OP_PONG, ping->text, ping->length); }

TOOL int close_code(const struct frame *frame) { return frame->length >= 2 ? frame->text[0] << 8 | frame->text[1] : 1005; }

TOOL int contains(const struct frame *frame, const char *what) {
    return memmem(frame->text, frame->length, what, strlen(what)) != NULL;
}

// ---------------------------------------------------------------- what the server costs

static double cpu_of_one(const char *pid) {
    char path[64], line[2048];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fgets(line, sizeof line, file)) {
        char *after_name = strrchr(line, ')');
        if (after_name) sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    }
    fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double rss_of_one(const char *pid) {
    char path[64], line[512];
    long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1) break;
    fclose(file);
    return (double)kilobytes;
}

static double over_pids(const char *pids, double (*measure)(const char *)) {
    double sum = 0;
    char *copy = strdup(pids);
    for (char *pid = strtok(copy, ","); pid; pid = strtok(NULL, ",")) sum += measure(pid);
    free(copy);
    return sum;
}

// CPU seconds used so far by "PID,PID…". The system counts in ticks of 10 ms: give it a second of work or more.
TOOL double cpu_seconds(const char *pids) { return over_pids(pids, cpu_of_one); }

// Memory of "PID,PID…" now, in KB.
TOOL double rss_kb(const char *pids) { return over_pids(pids, rss_of_one); }

enum { MOST_BESIDE = 8 };

// CPU seconds used so far by each of BESIDE="PID,PID…" (a database, a Redis) with its children of now. Returns how many.
TOOL int beside_cpu_seconds(double *seconds) {
    int many = 0;
    char *copy = strdup(getenv("BESIDE") ? getenv("BESIDE") : ""), *rest = copy, *pid;
    while ((pid = strsep(&rest, ",")) && many < MOST_BESIDE) {
        char path[96], child[32];
        if (!*pid) continue;
        seconds[many] = cpu_of_one(pid);
        snprintf(path, sizeof path, "/proc/%s/task/%s/children", pid, pid);
        FILE *file = fopen(path, "r");
        while (file && fscanf(file, "%31s", child) == 1) seconds[many] += cpu_of_one(child);
        if (file) fclose(file);
        many++;
    }
    free(copy);
    return many;
}

// Prints what each of BESIDE has used in between: "beside_1_cpu_s":0.12,"beside_2_cpu_s":0.03,
TOOL void print_beside(const double *before, const double *after, int many) {
    for (int i = 0; i < many; i++) printf("\"beside_%d_cpu_s\":%.2f,", i + 1, after[i] - before[i]);
}

// CPU seconds used so far by this tool itself.
TOOL double own_cpu_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

// ---------------------------------------------------------------- latencies

// Latencies in µs; samples past `size` are counted out rather than stored.
struct latencies {
    uint32_t *us;
    size_t count, size;
};

TOOL void keep_latencies(struct latencies *all, size_t size) {
    *all = (struct latencies){.us = malloc(sizeof(uint32_t) * (size ? size : 1)), .size = size};
    if (!all->us) die("malloc");
}

TOOL void note_latency(struct latencies *all, uint64_t since_ns) {
    if (all->count < all->size) all->us[all->count++] = (uint32_t)((now_ns() - since_ns) / 1000);
}

static int smaller_first(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

TOOL void sort_latencies(struct latencies *all) { qsort(all->us, all->count, sizeof *all->us, smaller_first); }

// The latency in ms that `share` (0…1) of the sorted samples stay below.
TOOL double percentile_ms(const struct latencies *all, double share) {
    return all->count ? all->us[(size_t)((double)(all->count - 1) * share)] / 1000.0 : 0;
}

#endif
