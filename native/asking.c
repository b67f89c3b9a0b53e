// UDP sockets that ask other servers, a thousand of them if need be, each with a port of its own
// (RFC 5452) and connected to one server. They wait in an epoll set of their own, which the event
// loop watches as one file: what has come to any of them is read into one buffer, and handed to
// JavaScript in one call. What is asked and believed is decided in src/plugins/forward.
#include "shared.h"

#include <sys/epoll.h>

enum {
  BATCH = 64,
  MAX_DATAGRAM_BYTES = 65536,
  // A batch ends when less than the longest datagram has room.
  BUFFER_BYTES = 2 * MAX_DATAGRAM_BYTES,
  // A question with the longest name and 900 bytes of options.
  MAX_QUERY_BYTES = 1280,
  INDEX_BITS = 16,
  MAX_SOCKETS = 1 << INDEX_BITS,
  GENERATIONS = 1 << 15,
  FIRST_SOCKETS = 64,
};

// `ASKING` in src/server/udp/native-binding.ts is this struct. Nothing here is read but `query`.
typedef struct {
  int32_t socket; // its number
  int32_t length; // of the datagram; -errno when the socket failed
  int32_t offset; // in `bytes`
  int32_t is_stray; // it came from elsewhere before the socket was connected
} arrival;

typedef struct {
  arrival arrivals[BATCH];
  uint8_t query[MAX_QUERY_BYTES];
  uint8_t bytes[BUFFER_BYTES];
} exchange;

typedef struct {
  int fd; // -1 when free
  uint16_t generation;
  int32_t next_free;
  struct sockaddr_in6 peer;
} asking_socket;

typedef struct {
  channel channel; // whose file is the epoll set
  exchange *memory;
  asking_socket *sockets;
  int32_t total;
  int32_t open;
  int32_t first_free; // -1 for none
} asking;

static void release(channel *c) {
  asking *a = (asking *)c;
  free(a->sockets);
  free(a);
}

static int32_t number_of(const asking *a, int32_t index) {
  return (int32_t)a->sockets[index].generation << INDEX_BITS | index;
}

// The socket with the number; NULL when it is closed.
static asking_socket *find(const asking *a, int32_t wanted) {
  int32_t index = wanted & (MAX_SOCKETS - 1);
  if (wanted < 0 || index >= a->total || a->sockets[index].fd < 0) return NULL;
  return number_of(a, index) == wanted ? &a->sockets[index] : NULL;
}

static void close_socket(asking *a, asking_socket *s) {
  close(s->fd); // which takes it out of the epoll set
  s->fd = -1;
  s->generation = (uint16_t)((s->generation + 1) % GENERATIONS);
  s->next_free = a->first_free;
  a->first_free = (int32_t)(s - a->sockets);
  // The poll handle of a set without sockets would keep the process alive.
  if (--a->open == 0) uv_poll_stop(a->channel.poll);
}

static void close_asking(channel *c) {
  asking *a = (asking *)c;
  for (int32_t i = 0; i < a->total; i++) {
    if (a->sockets[i].fd >= 0) close_socket(a, &a->sockets[i]);
  }
  close_channel(c);
}

// Zones of link-local addresses do not count.
static bool is_peer(const struct sockaddr_in6 *peer, const struct sockaddr_in6 *from) {
  if (peer->sin6_family != from->sin6_family || peer->sin6_port != from->sin6_port) return false;
  if (peer->sin6_family == AF_INET) {
    const struct sockaddr_in *one = (const void *)peer, *other = (const void *)from;
    return one->sin_addr.s_addr == other->sin_addr.s_addr;
  }
  return memcmp(&peer->sin6_addr, &from->sin6_addr, sizeof(peer->sin6_addr)) == 0;
}

// Reads one datagram, or the error, of each socket that has any. Returns how many there are.
static int32_t take(asking *a) {
  struct epoll_event events[BATCH];
  int ready = epoll_wait(a->channel.fd, events, BATCH, 0);
  int32_t taken = 0;
  int32_t used = 0;
  for (int i = 0; i < ready && used <= BUFFER_BYTES - MAX_DATAGRAM_BYTES; i++) {
    asking_socket *s = find(a, (int32_t)events[i].data.u32);
    if (s == NULL) continue;
    struct sockaddr_in6 from = {0};
    socklen_t bytes = sizeof(from);
    ssize_t length = recvfrom(s->fd, a->memory->bytes + used, MAX_DATAGRAM_BYTES, MSG_DONTWAIT,
                              (struct sockaddr *)&from, &bytes);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    bool is_stray = length >= 0 && !is_peer(&s->peer, &from);
    a->memory->arrivals[taken++] = (arrival){(int32_t)events[i].data.u32,
                                             length < 0 ? -errno : (int32_t)length, used, is_stray};
    if (length > 0) used += (int32_t)length;
  }
  return taken;
}

static void on_ready(void *handle, int status, int events) {
  (void)status, (void)events;
  asking *a = uv_handle_get_data(handle);
  if (a->channel.fd < 0) return;
  int32_t taken = take(a);
  if (taken > 0) call_back(&a->channel, taken);
}

// Takes a place for a socket, and makes more where there is none. Its index or -errno.
static int32_t place(asking *a) {
  if (a->first_free >= 0) {
    int32_t index = a->first_free;
    a->first_free = a->sockets[index].next_free;
    return index;
  }
  if (a->total >= MAX_SOCKETS) return -EMFILE;
  int32_t total = a->total == 0 ? FIRST_SOCKETS : 2 * a->total;
  asking_socket *sockets = realloc(a->sockets, (size_t)total * sizeof(asking_socket));
  if (sockets == NULL) return -ENOMEM;
  a->sockets = sockets;
  for (int32_t i = total - 1; i >= a->total; i--) {
    sockets[i] = (asking_socket){.fd = -1, .next_free = a->first_free};
    a->first_free = i;
  }
  a->total = total;
  return place(a);
}

// A socket from an address of ours, or any, to a server. Its file descriptor or -errno. The kernel
// picks the port at random from its ephemeral range.
static int connected(const struct sockaddr_in6 *to, const struct sockaddr_in6 *source) {
  int family = to->sin6_family;
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  socklen_t bytes = address_bytes(family);
  bool is_bound = source == NULL || bind(fd, (const struct sockaddr *)source, bytes) == 0;
  if (is_bound && connect(fd, (const struct sockaddr *)to, bytes) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

// Reads an address from an argument. 0 or -errno.
static int address_from(napi_env env, napi_value value, int32_t port, struct sockaddr_in6 *to) {
  char text[ADDRESS_CHARACTERS] = {0};
  if (napi_get_value_string_utf8(env, value, text, sizeof(text), NULL) != napi_ok) return -EINVAL;
  if (port < 0 || port > UINT16_MAX) return -EINVAL;
  return read_address(text, (uint16_t)port, to);
}

// connect(asking, address, port, source): the number of a socket, or -errno. An empty source is
// any.
static napi_value connect_one(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  struct sockaddr_in6 to, source;
  int32_t port = -1;
  size_t source_characters = 0;
  asking *a = channel_from(env, info, release, 4, argv);
  if (a == NULL) return NULL;
  if (a->channel.fd < 0) return number(env, -EBADF);
  napi_get_value_int32(env, argv[2], &port);
  int status = address_from(env, argv[1], port, &to);
  if (status < 0) return number(env, status);
  napi_get_value_string_utf8(env, argv[3], NULL, 0, &source_characters);
  if (source_characters > 0) {
    status = address_from(env, argv[3], 0, &source);
    if (status == 0 && source.sin6_family != to.sin6_family) status = -EINVAL;
    if (status < 0) return number(env, status);
  }
  int32_t index = place(a);
  if (index < 0) return number(env, index);
  asking_socket *s = &a->sockets[index];
  int fd = connected(&to, source_characters > 0 ? &source : NULL);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number_of(a, index)};
  if (fd >= 0 && epoll_ctl(a->channel.fd, EPOLL_CTL_ADD, fd, &event) < 0) {
    int error = errno;
    close(fd);
    fd = -error;
  }
  if (fd < 0) {
    s->next_free = a->first_free;
    a->first_free = index;
    return number(env, fd);
  }
  s->fd = fd;
  // Not `to`: 0.0.0.0 stands for this machine, whose replies come from 127.0.0.1.
  memset(&s->peer, 0, sizeof(s->peer));
  socklen_t bytes = sizeof(s->peer);
  getpeername(fd, (struct sockaddr *)&s->peer, &bytes);
  if (a->open++ == 0) uv_poll_start(a->channel.poll, UV_READABLE, on_ready);
  return number(env, number_of(a, index));
}

// ask(asking, socket, length): sends so many bytes of `query`. 0 or -errno.
static napi_value ask(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int32_t wanted = -1, length = -1;
  asking *a = channel_from(env, info, release, 3, argv);
  if (a == NULL) return NULL;
  napi_get_value_int32(env, argv[1], &wanted);
  napi_get_value_int32(env, argv[2], &length);
  if (a->channel.fd < 0) return number(env, -EBADF);
  asking_socket *s = find(a, wanted);
  if (s == NULL) return number(env, -EBADF);
  if (length < 0 || length > MAX_QUERY_BYTES) return number(env, -EMSGSIZE);
  ssize_t sent;
  do {
    sent = send(s->fd, a->memory->query, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return number(env, 0);
  return number(env, errno == EAGAIN ? -ENOBUFS : -errno);
}

// hangUp(asking, socket): closes a socket; harmless when repeated.
static napi_value hang_up(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  int32_t wanted = -1;
  asking *a = channel_from(env, info, release, 2, argv);
  if (a == NULL || a->channel.fd < 0) return NULL;
  napi_get_value_int32(env, argv[1], &wanted);
  asking_socket *s = find(a, wanted);
  if (s != NULL) close_socket(a, s);
  return NULL;
}

// startAsking(ready): { asking, memory }, or -errno. `ready` is called with the number of arrivals.
static napi_value start(napi_env env, napi_callback_info info) {
  napi_value argv[1], memory;
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (!is_function(env, argv[0])) return NULL;
  asking *a = calloc(1, sizeof(asking));
  if (a == NULL) return number(env, -ENOMEM);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int status = epoll < 0 ? -errno : 0;
  a->channel = (channel){env, .fd = epoll, .close = close_asking, .release = release};
  a->first_free = -1;
  if (napi_create_arraybuffer(env, sizeof(exchange), (void **)&a->memory, &memory) != napi_ok)
    status = -ENOMEM;
  if (status == 0) status = watch_channel(&a->channel);
  if (status < 0) {
    if (a->channel.fd >= 0) close(a->channel.fd);
    free(a);
    return number(env, status);
  }
  return opened(&a->channel, "asking", memory, argv[0]);
}

// stopAsking(asking): closes everything; harmless when repeated.
static napi_value stop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  asking *a = channel_from(env, info, release, 1, argv);
  if (a != NULL) close_asking(&a->channel);
  return NULL;
}

void export_asking(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"startAsking", NULL, start, NULL, NULL, NULL, napi_enumerable, NULL},
      {"connect", NULL, connect_one, NULL, NULL, NULL, napi_enumerable, NULL},
      {"ask", NULL, ask, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hangUp", NULL, hang_up, NULL, NULL, NULL, napi_enumerable, NULL},
      {"stopAsking", NULL, stop, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, 5, properties);
}
