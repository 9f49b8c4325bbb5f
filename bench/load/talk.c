// talk: everybody speaks. Measures how many posts a second a server acknowledges.
//
// usage: talk HOST PORT[,PORT…] PATH PEOPLE ROOMS W SECONDS PAYLOAD PID[,PID…] [HEADER…]
//
// PEOPLE connections, spread over ROOMS rooms, each with W posts in flight for SECONDS. %r in PATH is the room's name.
// On the plain room socket a post is acknowledged when its own message frame comes back; with ACK=ok when `ok` comes.
// Prints one line of JSON: posts acknowledged a second, latency of the acknowledgement in ms, the server's CPU in µs a
// post; lost and doubled deliveries among all the people of a room; refusals; sockets that the server closed.
//
// Environment
//   TMPL   a post; default {"message":"%s"}. %s is the text, %r the room, %n a nonce never used before
//   HELLO  a first frame for each connection, for example a join of %r
//   ACK    "message" (default) or "ok"
//   BESIDE PID[,PID…] of others whose CPU is told apart, with their children: a database, a Redis
//   ROOM   what rooms are called; default talk-, followed by a number
#include "ws.h"

struct person {
    struct wire wire;
    char room[64];
    long sent, acknowledged;
    long *newest; // newest[author]: number of that author's latest post that reached this person
};

static struct server server;
static struct person *people;
static int count, rooms, window, payload, poll_fd, acknowledged_by_ok;
static const char *template = "{\"message\":\"%s\"}";
static uint64_t born;
static struct latencies latencies;
static long received, doubled, refused, closed;
static int speaking = 1;

static void hang_up(struct person *person) {
    if (person->wire.fd < 0) return;
    close_wire(&person->wire);
    closed++;
}

static void send_post(int author) {
    static char text[BIGGEST_POST], post[2 * BIGGEST_POST];
    struct person *me = &people[author];
    char nonce[64];
    if (me->wire.fd < 0) return;
    int n = snprintf(text, sizeof text, "T:%d:%ld:%llu:", author, me->sent, (unsigned long long)now_ns());
    while (n < payload) text[n++] = 'x';
    text[n] = 0;
    // The text's beginning is in the nonce too, so that `ok`, which repeats only the nonce, can be told apart.
    snprintf(nonce, sizeof nonce, "T:%d:%ld:%llu:%llx", author, me->sent, (unsigned long long)now_ns(), (unsigned long long)born);
    size_t length = fill(post, sizeof post, template, (struct fields){.text = text, .room = me->room, .nonce = nonce});
    if (send_frame(me->wire.fd, OP_TEXT, post, length)) hang_up(me);
    else me->sent++;
}

static void note_acknowledged(int author, uint64_t posted_at) {
    people[author].acknowledged++;
    if (!speaking) return;
    note_latency(&latencies, posted_at);
    send_post(author);
}

// A frame carries T:<author>:<number>:<ns when posted>: in its text, an `ok` in its nonce.
static void note_frame(int reader, const struct frame *frame) {
    char *mark = memmem(frame->text, frame->length, "T:", 2);
    int is_ok = acknowledged_by_ok && contains(frame, "\"type\":\"ok\"");
    if (contains(frame, "\"type\":\"refused\"")) {
        refused++;
        return;
    }
    if (!mark) return;
    int author = (int)strtol(mark + 2, &mark, 10);
    long number = strtol(mark + 1, &mark, 10);
    uint64_t posted_at = strtoull(mark + 1, NULL, 10);
    if (author < 0 || author >= count) return;
    if (author == reader && is_ok == acknowledged_by_ok) note_acknowledged(author, posted_at);
    if (is_ok) return;
    if (number <= people[reader].newest[author]) {
        doubled++;
        return;
    }
    people[reader].newest[author] = number;
    received++;
}

static void hear(int reader) {
    struct wire *wire = &people[reader].wire;
    struct frame frame;
    int more;
    do {
        more = read_more(wire);
        while (wire->fd >= 0 && next_frame(wire, &frame)) {
            if (frame.op == OP_TEXT || frame.op == OP_BINARY) note_frame(reader, &frame);
            else if (frame.op == OP_PING) answer_ping(wire, &frame);
            else if (frame.op == OP_CLOSE) more = -1;
        }
        if (more < 0) hang_up(&people[reader]);
    } while (more > 0 && wire->fd >= 0);
}

static void pump(int wait_ms) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(poll_fd, events, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) hear((int)events[i].data.u32);
}

static void pump_for(double seconds) {
    uint64_t until = now_ns() + (uint64_t)(seconds * 1e9);
    while (now_ns() < until) pump(20);
}

static void enter(int index, const char *path, const char *hello) {
    static char full[4096], first[4096];
    struct person *person = &people[index];
    const char *prefix = getenv("ROOM") ? getenv("ROOM") : "talk-";
    snprintf(person->room, sizeof person->room, "%s%d", prefix, index % rooms);
    struct fields with = {.room = person->room};
    fill(full, sizeof full, path, with);
    open_wire(&person->wire, &server, full, index);
    if (hello) send_frame(person->wire.fd, OP_TEXT, first, fill(first, sizeof first, hello, with));
    never_wait(person->wire.fd);
    person->newest = malloc(sizeof(long) * (size_t)count);
    for (int i = 0; i < count; i++) person->newest[i] = -1;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, person->wire.fd, &event);
}

static long total_sent(void) {
    long sum = 0;
    for (int i = 0; i < count; i++) sum += people[i].sent;
    return sum;
}

static long total_acknowledged(void) {
    long sum = 0;
    for (int i = 0; i < count; i++) sum += people[i].acknowledged;
    return sum;
}

// How many deliveries there should be: each post once for everybody in its author's room.
static long total_expected(void) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
        int members = count / rooms + (i % rooms < count % rooms);
        sum += people[i].sent * members;
    }
    return sum;
}

// Waits until everything that was sent has arrived everywhere, 10 s at most.
static void drain(void) {
    uint64_t until = now_ns() + 10000000000u;
    speaking = 0;
    while (received < total_expected() && now_ns() < until) pump(50);
    pump_for(0.3);
}

int main(int argc, char **argv) {
    if (argc < 10) return fprintf(stderr, "usage: talk HOST PORT PATH PEOPLE ROOMS W SECONDS PAYLOAD PID[,PID...] [HEADER...]\n"), 2;
    server = (struct server){.host = argv[1], .pids = argv[9], .headers = argv + 10, .header_count = argc - 10};
    count = atoi(argv[4]), rooms = atoi(argv[5]), window = atoi(argv[6]), payload = atoi(argv[8]);
    double seconds = atof(argv[7]);
    if (count < 1 || rooms < 1 || payload >= BIGGEST_POST) return fprintf(stderr, "PEOPLE and ROOMS must be 1 or more, PAYLOAD below 65,536\n"), 2;
    server.rooms = rooms;
    read_ports(&server, argv[2]);
    if (getenv("TMPL")) template = getenv("TMPL");
    acknowledged_by_ok = getenv("ACK") && !strcmp(getenv("ACK"), "ok");
    born = now_ns();
    allow_connections(count);
    people = calloc((size_t)count, sizeof *people);
    keep_latencies(&latencies, 10000000);
    poll_fd = epoll_create1(0);
    for (int i = 0; i < count; i++) enter(i, argv[3], getenv("HELLO"));
    pump_for(1.5);

    double cpu_before = cpu_seconds(server.pids), own_before = own_cpu_seconds(), beside[MOST_BESIDE];
    beside_cpu_seconds(beside);
    uint64_t start = now_ns();
    for (int i = 0; i < count; i++)
        for (int k = 0; k < window; k++) send_post(i);
    pump_for(seconds);
    double took = (double)(now_ns() - start) / 1e9, cpu = cpu_seconds(server.pids) - cpu_before;
    long acknowledged = total_acknowledged();
    double beside_after[MOST_BESIDE];
    int many_beside = beside_cpu_seconds(beside_after);
    double own = own_cpu_seconds() - own_before;
    drain();
    sort_latencies(&latencies);

    printf("{\"people\":%d,\"rooms\":%d,\"w\":%d,\"secs\":%.3f,\"acked\":%ld,\"acked_per_s\":%.0f,", count, rooms, window, took,
           acknowledged, (double)acknowledged / took);
    print_beside(beside, beside_after, many_beside);
    printf("\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"srv_cpu_s\":%.2f,\"srv_us_per_post\":%.1f,\"client_cpu_s\":%.2f,",
           percentile_ms(&latencies, .5), percentile_ms(&latencies, .99), percentile_ms(&latencies, 1), cpu,
           cpu * 1e6 / (double)(acknowledged ? acknowledged : 1), own);
    printf("\"unacked\":%ld,\"lost\":%ld,\"dups\":%ld,\"refused\":%ld,\"closed\":%ld}\n", total_sent() - total_acknowledged(),
           total_expected() - received, doubled, refused, closed);
    return 0;
}
