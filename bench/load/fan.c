// fan: one speaks, N listen. A closed loop that measures what a server pays to deliver.
//
// usage: fan HOST PORT[,PORT…] PATH N M W PAYLOAD PID[,PID…] [HEADER…]
//
// Opens N connections on PATH. Connection 0 also sends M posts of PAYLOAD bytes, at most W in flight; a post is done when
// all N have it. Prints one line of JSON: deliveries and posts a second; lost, doubled (dups) and out-of-order (ooo)
// frames; the CPU of the server's PIDs in µs a delivery and in ms a connection; latency in ms; KB a connection.
//
// Environment
//   TMPL    a post; default {"message":"%s"}. %s is the text, %n a nonce never used before
//   HELLO   a first frame for each connection (%r as in PATH)
//   ROOMS   spread the connections over so many rooms: %r in PATH and HELLO is bench-0, bench-1 …; default 1
//   SETTLE  ms to wait before the posts; default 1500
//   BESIDE  PID[,PID…] of others whose CPU is told apart, with their children: a database, a Redis
//   RATE    posts a second (open loop) instead of W in flight
#include "ws.h"

struct listener {
    struct wire wire;
    long last; // number of the newest post it has
};

static struct server server;
static struct listener *listeners;
static int count, window, payload, rooms, poll_fd;
static long posts;

static const char *template = "{\"message\":\"%s\"}";
static uint64_t *sent_at, born; // born: start of this run, so that nonces differ from those of earlier runs
static int *reached;            // how many have post i
static struct latencies latencies;
static long sent, done, deliveries, doubled, out_of_order;

static void note_delivery(struct listener *listener, long post) {
    if (post < 0 || post >= posts) return;
    if (post == listener->last) {
        doubled++;
        return;
    }
    if (post != listener->last + 1) out_of_order++;
    listener->last = post;
    deliveries++;
    note_latency(&latencies, sent_at[post]);
    if (++reached[post] == count) done++;
}

static void take_frames(struct listener *listener) {
    struct frame frame;
    while (next_frame(&listener->wire, &frame)) {
        if (frame.op == OP_TEXT || frame.op == OP_BINARY) {
            unsigned char *mark = memmem(frame.text, frame.length, "B:", 2);
            if (mark) note_delivery(listener, strtol((char *)mark + 2, NULL, 10));
        } else if (frame.op == OP_PING) {
            answer_ping(&listener->wire, &frame);
        } else if (frame.op == OP_CLOSE) {
            fprintf(stderr, "server closed conn code %d\n", close_code(&frame));
            exit(3);
        }
    }
}

static void hear(struct listener *listener) {
    int more;
    do {
        more = read_more(&listener->wire);
        if (more < 0) give_up("closed by server");
        take_frames(listener);
    } while (more);
}

// Hears whoever said something; returns how many that were.
static int pump(int wait_ms) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(poll_fd, events, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) hear(&listeners[events[i].data.u32]);
    return n;
}

// Hears everybody who said something: who waits 20 s for an answer to a ping is sent away with 1011.
static void hear_all(void) {
    while (pump(0) == EVENTS) continue;
}

static void open_listener(int index, const char *path, const char *hello) {
    char room[32], full[4096], first[4096];
    struct listener *listener = &listeners[index];
    snprintf(room, sizeof room, "bench-%d", index % rooms);
    fill(full, sizeof full, path, (struct fields){.room = room});
    open_wire(&listener->wire, &server, full, index);
    listener->last = -1;
    if (hello) send_frame(listener->wire.fd, OP_TEXT, first, fill(first, sizeof first, hello, (struct fields){.room = room}));
    never_wait(listener->wire.fd);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener->wire.fd, &event);
}

static void settle(void) {
    uint64_t until = now_ns() + (uint64_t)number_from_environment("SETTLE", 1500) * 1000000u;
    while (now_ns() < until) pump(50);
}

static void send_post(void) {
    static char text[BIGGEST_POST], post[2 * BIGGEST_POST];
    char nonce[48];
    sent_at[sent] = now_ns();
    int n = snprintf(text, sizeof text, "B:%ld:%llu:", sent, (unsigned long long)sent_at[sent]);
    while (n < payload) text[n++] = 'x';
    text[n] = 0;
    snprintf(nonce, sizeof nonce, "%llx-%ld", (unsigned long long)born, sent);
    size_t length = fill(post, sizeof post, template, (struct fields){.text = text, .nonce = nonce});
    if (send_frame(listeners[0].wire.fd, OP_TEXT, post, length)) die("send");
    sent++;
}

// Speaks until all posts are done, or until nothing has come for 15 s.
static void speak(void) {
    double rate = getenv("RATE") ? atof(getenv("RATE")) : 0;
    uint64_t start = now_ns(), looked_at = start;
    long seen = -1;
    while (done < posts) {
        if (rate > 0)
            while (sent < posts && (double)(now_ns() - start) >= (double)sent * 1e9 / rate) send_post();
        else
            while (sent < posts && sent - done < window) send_post();
        pump(rate > 0 ? 1 : 200);
        if (now_ns() - looked_at < 15000000000u) continue;
        if (deliveries == seen) {
            fprintf(stderr, "stalled: %ld complete, %ld of %ld deliveries\n", done, deliveries, count * posts);
            return;
        }
        seen = deliveries;
        looked_at = now_ns();
    }
}

int main(int argc, char **argv) {
    if (argc < 9) return fprintf(stderr, "usage: fan HOST PORT PATH N M W PAYLOAD PID[,PID...] [HEADER...]\n"), 2;
    server = (struct server){.host = argv[1], .pids = argv[8], .headers = argv + 9, .header_count = argc - 9};
    count = atoi(argv[4]), posts = atol(argv[5]), window = atoi(argv[6]), payload = atoi(argv[7]);
    if (count < 1 || payload >= BIGGEST_POST) return fprintf(stderr, "N must be 1 or more, PAYLOAD below 65,536\n"), 2;
    if (getenv("TMPL")) template = getenv("TMPL");
    rooms = server.rooms = (int)number_from_environment("ROOMS", 1);
    read_ports(&server, argv[2]);
    born = now_ns();
    allow_connections(count);
    listeners = calloc((size_t)count, sizeof *listeners);
    sent_at = calloc((size_t)posts + 1, sizeof *sent_at);
    reached = calloc((size_t)posts + 1, sizeof *reached);
    keep_latencies(&latencies, (size_t)count * (size_t)posts < 20000000 ? (size_t)count * (size_t)posts : 20000000);
    poll_fd = epoll_create1(0);

    double memory_before = rss_kb(server.pids), cpu_before = cpu_seconds(server.pids);
    uint64_t start = now_ns();
    for (int i = 0; i < count; i++) {
        open_listener(i, argv[3], getenv("HELLO"));
        if (i % 64 == 63) hear_all(); // who came first is pinged while the last still come in
    }
    double connecting = (double)(now_ns() - start) / 1e9;
    double cpu_connecting = cpu_seconds(server.pids) - cpu_before;
    settle();

    double memory_settled = rss_kb(server.pids), cpu_settled = cpu_seconds(server.pids), own_before = own_cpu_seconds();
    double cpu_joined = cpu_settled - cpu_before, beside[MOST_BESIDE];
    beside_cpu_seconds(beside);
    start = now_ns();
    speak();
    double seconds = (double)(now_ns() - start) / 1e9;
    usleep(20000);
    double cpu = cpu_seconds(server.pids) - cpu_settled;
    double beside_after[MOST_BESIDE];
    int many_beside = beside_cpu_seconds(beside_after);
    sort_latencies(&latencies);

    printf("{\"n\":%d,\"m\":%ld,\"w\":%d,\"deliveries\":%ld,\"lost\":%ld,\"dups\":%ld,\"ooo\":%ld,", count, posts, window,
           deliveries, count * posts - deliveries, doubled, out_of_order);
    printf("\"secs\":%.3f,\"deliv_per_s\":%.0f,\"msgs_per_s\":%.1f,\"srv_cpu_s\":%.2f,\"srv_us_per_deliv\":%.2f,\"client_cpu_s\":%.2f,",
           seconds, (double)deliveries / seconds, (double)done / seconds, cpu, cpu * 1e6 / (double)(deliveries ? deliveries : 1),
           own_cpu_seconds() - own_before);
    print_beside(beside, beside_after, many_beside);
    printf("\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,", percentile_ms(&latencies, .5), percentile_ms(&latencies, .99),
           percentile_ms(&latencies, 1));
    printf("\"kb_per_conn\":%.1f,\"conn_per_s\":%.0f,\"srv_ms_per_conn\":%.3f,\"srv_ms_per_join\":%.3f,\"rss_mb\":%.0f}\n",
           (memory_settled - memory_before) / count, count / connecting, cpu_connecting * 1000 / count, cpu_joined * 1000 / count,
           rss_kb(server.pids) / 1024);
    return 0;
}
