// A client of DNS over TCP that connects, asks one question, reads the reply and closes, over and
// over. bench/connect.ts compiles and runs it.
//
//   connect PORT QUESTIONS SECONDS UNDER_WAY RATE spin|sleep
//
// QUESTIONS is a file with a name and a type a line, A or AAAA. RATE: connections begun a second,
// 0 for as many as come to their end. It waits in epoll; `spin` looks again and again instead.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, BYTES = 2 + 4096, HEADER = 12, EVENTS = 64 };

static struct query {
  unsigned char bytes[2 + HEADER + 256 + 4];
  int length;
} *queries;
static int count;

static struct connection {
  int file; // -1: none
  int query, got;
  unsigned short id;
  int is_asked;
  double begun;
  unsigned char reply[BYTES];
} all[MOST];

static struct sockaddr_in server = {.sin_family = AF_INET};
static int epoll, under_way;
static long begun, completed, failed;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void put16(unsigned char *at, int value) {
  at[0] = (unsigned char)(value >> 8);
  at[1] = (unsigned char)value;
}

static int get16(const unsigned char *at) { return at[0] << 8 | at[1]; }

static struct query query_of(char *name, const char *type) {
  struct query query = {{0}, 0};
  unsigned char *at = query.bytes + 2;
  at[2] = 1; // RD
  at[5] = 1; // one question
  at += HEADER;
  for (char *label = strtok(name, "."); label != NULL; label = strtok(NULL, ".")) {
    size_t length = strlen(label);
    *at++ = (unsigned char)length;
    memcpy(at, label, length);
    at += length;
  }
  *at++ = 0;
  put16(at, strcmp(type, "AAAA") == 0 ? 28 : 1);
  put16(at + 2, 1);
  query.length = (int)(at + 4 - query.bytes);
  put16(query.bytes, query.length - 2);
  return query;
}

static void read_queries(const char *path) {
  char name[254], type[8];
  FILE *file = fopen(path, "r");
  while (file != NULL && fscanf(file, "%253s %7s", name, type) == 2) {
    queries = realloc(queries, (size_t)(count + 1) * sizeof *queries);
    queries[count++] = query_of(name, type);
  }
}

static void end(struct connection *one, int is_right) {
  close(one->file);
  one->file = -1;
  under_way--;
  if (is_right) completed++;
  else failed++;
}

static void begin(struct connection *one) {
  one->query = (int)(begun % count);
  one->id = (unsigned short)begun++;
  one->got = one->is_asked = 0;
  one->begun = now();
  one->file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  under_way++;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = one};
  // On the loopback the other end is mostly there at once, but may have no room.
  connect(one->file, (struct sockaddr *)&server, sizeof server);
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, one->file, &event) != 0) end(one, 0);
}

static int ask(struct connection *one) {
  struct query query = queries[one->query];
  put16(query.bytes + 2, one->id);
  one->is_asked = 1;
  return send(one->file, query.bytes, (size_t)query.length, MSG_NOSIGNAL) == query.length;
}

/** 1 when all of the reply is there and right, 0 when more is to come, else -1. */
static int listen_to(struct connection *one) {
  ssize_t more = recv(one->file, one->reply + one->got, (size_t)(BYTES - one->got), MSG_DONTWAIT);
  if (more <= 0) return -1;
  one->got += (int)more;
  if (one->got < 2 || one->got < 2 + get16(one->reply)) return 0;
  int rcode = one->reply[2 + 3] & 15; // NOERROR or NXDOMAIN
  return get16(one->reply + 2) == one->id && (rcode == 0 || rcode == 3) ? 1 : -1;
}

static void take(struct connection *one, unsigned events) {
  int is_right = events & (EPOLLERR | EPOLLHUP) ? -1 : 0;
  if (is_right == 0 && !one->is_asked && events & EPOLLOUT) is_right = ask(one) ? 0 : -1;
  if (is_right == 0 && events & EPOLLIN) is_right = listen_to(one);
  if (is_right != 0) end(one, is_right > 0);
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  server.sin_port = htons((unsigned short)atoi(argv[1]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  read_queries(argv[2]);
  double seconds = atof(argv[3]), rate = atof(argv[5]);
  int most = atoi(argv[4]), spins = strcmp(argv[6], "spin") == 0;
  if (count == 0 || most < 1 || most > MOST) return 2;
  epoll = epoll_create1(0);
  for (int i = 0; i < most; i++) all[i].file = -1;
  double from = now(), at = from;
  while ((at = now()) < from + seconds) {
    double due = rate == 0 ? 0 : from + (double)begun / rate; // of the next one
    for (int i = 0; i < most && under_way < most && due <= at; i++) {
      if (all[i].file >= 0) continue;
      begin(&all[i]);
      due = rate == 0 ? 0 : from + (double)begun / rate;
    }
    double left = from + seconds - at;
    if (under_way < most && due - at < left) left = due > at ? due - at : 0;
    struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)((left - (long)left) * 1e9)};
    if (spins) wait = (struct timespec){0, 0};
    struct epoll_event events[EVENTS];
    int ready = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
    for (int i = 0; i < ready; i++) take(events[i].data.ptr, events[i].events);
  }
  // What has only just begun is neither; what has waited for so long has got no reply.
  for (int i = 0; i < most; i++) failed += all[i].file >= 0 && at - all[i].begun > 1;
  printf("connections %ld\nseconds %f\nerrors %ld\n", completed, at - from, failed);
  return 0;
}
