// herd: N clients lose their server and all come back at once. Measures how long until everybody has everything.
//
// usage: herd HOST PORT PATH BACK N ROOMS AT_ONCE [HEADER…]
//
// 1. N clients open PATH, spread over ROOMS rooms (%r in PATH), and get BEFORE posts each, live.
// 2. herd prints "ready". Now somebody else kills the server and starts it again on the same port.
// 3. As soon as the server listens, one client of each room returns and posts AFTER posts; then all the others return on
//    BACK, where %c is the cursor of the client, at most AT_ONCE handshakes at a time.
// 4. When all have every post, or after PATIENCE seconds, it prints one line of JSON: seconds since the loss and since the
//    server was back, clients that are not caught up (behind), posts skipped (gaps) and doubled (dups).
//
// Environment
//   TMPL        a post; default {"message":"%s"}. %s is the text, %r the room, %n a nonce never used before
//   HELLO       a first frame for each connection on PATH; HELLO_BACK on BACK (%r, %c)
//   BEFORE, AFTER   posts a room before and after the loss; default 5 each. PATIENCE seconds; default 120
#include "ws.h"

enum state { AWAY, ARRIVING, HERE };

struct client {
    struct wire wire;
    enum state state;
    char room[64];
    long newest; // number of the latest post that it has; -1 for none
    long cursor; // `changed` of the latest frame: from there it resumes
};

static struct server server;
static struct client *clients;
static int count, rooms, at_once, poll_fd;
static int arriving, here;
static const char *template = "{\"message\":\"%s\"}";
static const char *path, *hello;
static uint64_t born, deadline;
static long gaps, doubled;

static void hang_up(struct client *client) {
    if (client->state == ARRIVING) arriving--;
    else if (client->state == HERE) here--;
    client->state = AWAY;
    close_wire(&client->wire);
}

// Starts a handshake. Returns 0 when the server does not listen.
static int set_out(int index) {
    static char full[4096];
    struct client *client = &clients[index];
    int fd = dial(&server, index);
    if (fd < 0) return 0;
    fill(full, sizeof full, path, (struct fields){.room = client->room, .cursor = client->cursor});
    open_inbox(&client->wire, fd);
    client->state = ARRIVING;
    arriving++;
    never_wait(fd);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
    if (send_handshake(fd, &server, full)) hang_up(client);
    return 1;
}

static void arrive(struct client *client) {
    static char first[4096];
    client->state = HERE;
    arriving--;
    here++;
    struct fields with = {.room = client->room, .cursor = client->cursor};
    if (hello) send_frame(client->wire.fd, OP_TEXT, first, fill(first, sizeof first, hello, with));
}

static long number_after(const struct frame *frame, const char *key) {
    char *found = memmem(frame->text, frame->length, key, strlen(key));
    return found ? strtol(found + strlen(key), NULL, 10) : -1;
}

static void note_frame(struct client *client, const struct frame *frame) {
    long changed = number_after(frame, "\"changed\":"), post = number_after(frame, "H:");
    if (changed > client->cursor) client->cursor = changed;
    if (post < 0) return;
    if (post <= client->newest) {
        doubled++;
        return;
    }
    gaps += post - client->newest - 1;
    client->newest = post;
}

static void take_frames(struct client *client) {
    struct frame frame;
    while (client->state == HERE && next_frame(&client->wire, &frame)) {
        if (frame.op == OP_TEXT || frame.op == OP_BINARY) note_frame(client, &frame);
        else if (frame.op == OP_PING) answer_ping(&client->wire, &frame);
        else if (frame.op == OP_CLOSE) hang_up(client);
    }
}

static void hear(struct client *client) {
    int more = 1;
    while (client->state != AWAY && more) {
        more = read_more(&client->wire);
        if (more < 0) {
            hang_up(client);
            return;
        }
        if (client->state == ARRIVING && handshake_done(&client->wire)) arrive(client);
        take_frames(client);
    }
}

static void pump(int wait_ms) {
    struct epoll_event events[EVENTS];
    if (now_ns() > deadline) return;
    int n = epoll_wait(poll_fd, events, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) hear(&clients[events[i].data.u32]);
}

static int out_of_patience(void) { return now_ns() > deadline; }

// Brings the first `wanted` clients in, at_once handshakes at a time, and stays until all are here.
static void bring_in(int wanted) {
    int next = 0;
    while (here < wanted && !out_of_patience()) {
        for (int tried = 0; arriving < at_once && tried < wanted; tried++, next = (next + 1) % wanted)
            if (clients[next].state == AWAY && !set_out(next)) break;
        pump(20);
    }
}

static void post(int index, long number) {
    char text[64], nonce[64], frame[4096];
    struct client *client = &clients[index];
    snprintf(text, sizeof text, "H:%ld: everybody comes back", number);
    snprintf(nonce, sizeof nonce, "%llx-%d-%ld", (unsigned long long)born, index, number);
    size_t length = fill(frame, sizeof frame, template, (struct fields){.text = text, .room = client->room, .nonce = nonce});
    send_frame(client->wire.fd, OP_TEXT, frame, length);
}

static int behind(int among, long newest) {
    int sum = 0;
    for (int i = 0; i < among; i++) sum += clients[i].newest != newest;
    return sum;
}

// The first client of each room posts numbers from … to; stays until the first `among` clients have them all.
static void post_everywhere(long from, long to, int among) {
    for (long number = from; number <= to; number++)
        for (int room = 0; room < rooms; room++) post(room, number);
    while (behind(among, to) && !out_of_patience()) pump(20);
}

static void name_rooms(void) {
    for (int i = 0; i < count; i++) {
        clients[i] = (struct client){.newest = -1, .state = AWAY};
        snprintf(clients[i].room, sizeof clients[i].room, "herd-%llx-%d", (unsigned long long)born, i % rooms);
    }
}

int main(int argc, char **argv) {
    if (argc < 8) return fprintf(stderr, "usage: herd HOST PORT PATH BACK N ROOMS AT_ONCE [HEADER...]\n"), 2;
    server = (struct server){.host = argv[1], .headers = argv + 8, .header_count = argc - 8};
    count = atoi(argv[5]), rooms = atoi(argv[6]), at_once = atoi(argv[7]);
    if (rooms < 1 || count < rooms || at_once < 1) return fprintf(stderr, "N must be ROOMS or more, ROOMS and AT_ONCE 1 or more\n"), 2;
    read_ports(&server, argv[2]);
    if (getenv("TMPL")) template = getenv("TMPL");
    long before = number_from_environment("BEFORE", 5), after = number_from_environment("AFTER", 5);
    uint64_t patience = (uint64_t)number_from_environment("PATIENCE", 120) * 1000000000u;
    born = now_ns();
    allow_connections(count);
    clients = calloc((size_t)count, sizeof *clients);
    poll_fd = epoll_create1(0);
    name_rooms();

    deadline = now_ns() + patience;
    path = argv[3], hello = getenv("HELLO");
    bring_in(count);
    for (uint64_t until = now_ns() + 2000000000u; now_ns() < until;) pump(20);
    post_everywhere(0, before - 1, count);
    if (here < count || behind(count, before - 1)) give_up("not everybody got in, or not everybody got the posts before the loss");
    double joining = (double)(now_ns() - born) / 1e9;
    printf("ready\n");
    fflush(stdout);

    deadline = now_ns() + patience;
    while (here == count && !out_of_patience()) pump(20);
    uint64_t lost_at = now_ns();
    deadline = lost_at + patience;
    while (here && !out_of_patience()) pump(20);
    path = argv[4], hello = getenv("HELLO_BACK");
    bring_in(1);
    uint64_t back_at = now_ns();
    bring_in(rooms);
    post_everywhere(before, before + after - 1, rooms);
    bring_in(count);
    while (behind(count, before + after - 1) && !out_of_patience()) pump(20);
    uint64_t caught_up_at = now_ns();

    printf("{\"n\":%d,\"rooms\":%d,\"at_once\":%d,\"join_s\":%.2f,\"away_s\":%.2f,\"since_loss_s\":%.2f,\"since_back_s\":%.2f,", count,
           rooms, at_once, joining, (double)(back_at - lost_at) / 1e9, (double)(caught_up_at - lost_at) / 1e9,
           (double)(caught_up_at - back_at) / 1e9);
    printf("\"behind\":%d,\"gaps\":%ld,\"dups\":%ld}\n", behind(count, before + after - 1), gaps, doubled);
    return 0;
}
