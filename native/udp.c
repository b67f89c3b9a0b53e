// A UDP socket on Node's event loop that takes and sends datagrams in batches: one recvmmsg, one
// call into JavaScript and one sendmmsg for up to 64 of them. What is answered, and to whom, is
// decided in src/server/udp/native.ts; here are only the system calls.
// The batched calls go to the kernel directly: musl's sendmmsg is a loop around sendmsg.
#include "shared.h"

#include <sys/syscall.h>

enum {
  BATCH = 64,
  // A query may have 4096 bytes, and a longer one must be seen to be longer. The 128 bytes beyond
  // a page keep the slots from sharing the same few lines of the CPU's cache.
  SLOT_BYTES = 4160,
  REUSE_PORT = 1,
  LAYOUT = 5, // another one for whatever src/server/udp/native-binding.ts has to know of
  AREAS = 2,
};

// The memory that JavaScript reads and writes too. Nothing in it is trusted: no length in it is
// used unchecked, and no pointer is kept in it. `SLOT` in src/server/udp/native-binding.ts is this
// struct.
typedef struct {
  // Bytes of the message; 0 for none, and once it is sent; -errno of one that the kernel refused.
  int32_t length;
  int32_t interface;
  union {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } peer;
  uint8_t local[16]; // our address that was asked; only where the socket is bound to all
  uint8_t unused[12];
  uint8_t bytes[SLOT_BYTES];
} slot;

typedef struct {
  int32_t port;
  int32_t receive_buffer;
  int32_t dropped; // by the kernel for want of room in the receive buffer, since the socket opened
  int32_t unused[13];
  slot taken[BATCH];
  slot areas[AREAS][BATCH]; // replies to what was taken, by the same places; and later replies
} shared;

typedef union {
  uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))];
  struct cmsghdr aligned;
} control;

typedef struct {
  struct mmsghdr headers[BATCH];
  struct iovec parts[BATCH];
  control controls[BATCH];
} vector;

typedef struct {
  channel channel;
  shared *memory;
  int family;
  bool is_wildcard;
  bool is_paused;
  int waiting[AREAS]; // slots of an area to go through again when there is room
  vector in;
  vector out;
} udp_socket;

static void release(channel *c) {
  free((udp_socket *)c);
}

// Notes where a datagram was sent to, and how many the kernel has dropped.
static void read_control(udp_socket *s, struct msghdr *header, slot *to) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      memcpy(&s->memory->dropped, CMSG_DATA(c), sizeof(int32_t));
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof(info));
      // Not ipi_addr, which may be a broadcast address.
      memcpy(to->local, &info.ipi_spec_dst, sizeof(info.ipi_spec_dst));
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof(info));
      to->interface = (int32_t)info.ipi6_ifindex;
      memcpy(to->local, &info.ipi6_addr, sizeof(info.ipi6_addr));
    }
  }
}

// How many datagrams were taken, or -errno.
static int take(udp_socket *s) {
  // The kernel has overwritten the lengths with those of the last batch.
  for (int i = 0; i < BATCH; i++) {
    struct msghdr *header = &s->in.headers[i].msg_hdr;
    header->msg_namelen = address_bytes(s->family);
    header->msg_controllen = sizeof(control);
  }
  long count;
  do {
    count = syscall(SYS_recvmmsg, s->channel.fd, s->in.headers, BATCH, 0, NULL);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  for (int i = 0; i < count; i++) {
    slot *to = &s->memory->taken[i];
    struct msghdr *header = &s->in.headers[i].msg_hdr;
    to->length = (int32_t)s->in.headers[i].msg_len;
    if (header->msg_controllen > 0) read_control(s, header, to);
  }
  return (int)count;
}

// Has a reply leave from the address that was asked.
static void write_control(const udp_socket *s, const slot *from, struct msghdr *header) {
  struct cmsghdr *c = header->msg_control;
  if (s->family == AF_INET) {
    struct in_pktinfo info = {0};
    memcpy(&info.ipi_spec_dst, from->local, sizeof(info.ipi_spec_dst));
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(c), &info, sizeof(info));
    header->msg_controllen = CMSG_SPACE(sizeof(info));
    return;
  }
  struct in6_pktinfo info = {0};
  // What was sent to a group is answered from whichever address the route has.
  if (from->local[0] != 0xff) memcpy(&info.ipi6_addr, from->local, sizeof(info.ipi6_addr));
  // Link-local addresses exist once an interface; for others the route decides.
  if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = (uint32_t)from->interface;
  c->cmsg_level = IPPROTO_IPV6;
  c->cmsg_type = IPV6_PKTINFO;
  c->cmsg_len = CMSG_LEN(sizeof(info));
  memcpy(CMSG_DATA(c), &info, sizeof(info));
  header->msg_controllen = CMSG_SPACE(sizeof(info));
}

// Sends what the first `count` slots of an area hold. Returns how many datagrams the kernel
// refused, or -EAGAIN when it has no room for the rest, which then wait.
static int send_area(udp_socket *s, int area, int count) {
  slot *slots = s->memory->areas[area];
  // The reply to a datagram goes where that came from.
  slot *peers = area == 0 ? s->memory->taken : slots;
  slot *sending[BATCH];
  int faults = 0;
  int total = 0;
  for (int i = 0; i < count; i++) {
    int32_t length = slots[i].length;
    if (length > SLOT_BYTES) {
      slots[i].length = -EMSGSIZE;
      faults++;
    } else if (length > 0) {
      struct msghdr *header = &s->out.headers[total].msg_hdr;
      s->out.parts[total] = (struct iovec){slots[i].bytes, (size_t)length};
      header->msg_name = &peers[i].peer;
      if (s->is_wildcard) write_control(s, &peers[i], header);
      sending[total++] = &slots[i];
    }
  }
  s->waiting[area] = 0;
  for (int sent = 0; sent < total;) {
    long done = syscall(SYS_sendmmsg, s->channel.fd, &s->out.headers[sent], total - sent, 0);
    if (done > 0) {
      for (; done > 0; done--) sending[sent++]->length = 0;
    } else if (errno == EAGAIN) {
      s->waiting[area] = count;
      return -EAGAIN;
    } else if (errno != EINTR) {
      // The error is that of the first one; those behind it are sent all the same.
      sending[sent++]->length = -errno;
      faults++;
    }
  }
  return faults;
}

static void on_ready(void *handle, int status, int events);

// While replies wait for room nothing more is read.
static void listen_again(udp_socket *s) {
  bool is_full = false;
  for (int i = 0; i < AREAS; i++) is_full = is_full || s->waiting[i] > 0;
  if (is_full) uv_poll_start(s->channel.poll, UV_WRITABLE, on_ready);
  else if (s->is_paused) uv_poll_stop(s->channel.poll);
  else uv_poll_start(s->channel.poll, UV_READABLE, on_ready);
}

// Calls JavaScript with the number of datagrams taken, with 0 when there is room for replies again,
// or with -errno.
static void on_ready(void *handle, int status, int events) {
  udp_socket *s = uv_handle_get_data(handle);
  if (s->channel.fd < 0) return;
  if (status < 0) {
    // libuv stops at an error and does not say which.
    int error = 0;
    socklen_t length = sizeof(error);
    getsockopt(s->channel.fd, SOL_SOCKET, SO_ERROR, &error, &length);
    listen_again(s);
    if (error != 0) call_back(&s->channel, -error);
  } else if (events & UV_WRITABLE) {
    call_back(&s->channel, 0);
  } else {
    int count = take(s);
    if (count != 0 && count != -EAGAIN) call_back(&s->channel, count);
  }
}

// send(socket, area, count): what send_area does, and -EBADF once closed. While some of an area
// wait, it goes on with those.
static napi_value send_replies(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int32_t area = 0;
  int32_t count = 0;
  udp_socket *s = channel_from(env, info, release, 3, argv);
  if (s == NULL) return NULL;
  napi_get_value_int32(env, argv[1], &area);
  napi_get_value_int32(env, argv[2], &count);
  if (s->channel.fd < 0) return number(env, -EBADF);
  if (area < 0 || area >= AREAS || count < 0 || count > BATCH) return number(env, -EINVAL);
  int waited = s->waiting[area];
  int result = send_area(s, area, waited > 0 ? waited : count);
  if (waited > 0 || result < 0) listen_again(s);
  return number(env, result);
}

static napi_value pause_now(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  udp_socket *s = channel_from(env, info, release, 1, argv);
  if (s == NULL || s->channel.fd < 0) return NULL;
  s->is_paused = true;
  listen_again(s);
  return NULL;
}

static int set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof(value));
}

// share(socket): lets sockets of other threads bind to its address too, which then take a part of
// what comes. It was bound alone, so no other process has the address. 0 or -errno.
static napi_value share_now(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  udp_socket *s = channel_from(env, info, release, 1, argv);
  if (s == NULL) return NULL;
  if (s->channel.fd < 0) return number(env, -EBADF);
  return number(env, set(s->channel.fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0 ? -errno : 0);
}

static napi_value close_now(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  udp_socket *s = channel_from(env, info, release, 1, argv);
  if (s != NULL) close_channel(&s->channel);
  return NULL;
}

static bool is_wildcard(const struct sockaddr_in6 *address) {
  if (address->sin6_family == AF_INET6) return IN6_IS_ADDR_UNSPECIFIED(&address->sin6_addr);
  return ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_ANY);
}

// A socket to take over must be one for datagrams of the family. 0 or -errno.
static int check_socket(const udp_socket *s) {
  int type = 0, family = 0;
  socklen_t length = sizeof(int);
  if (getsockopt(s->channel.fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0) return -errno;
  if (getsockopt(s->channel.fd, SOL_SOCKET, SO_DOMAIN, &family, &length) < 0) return -errno;
  return type == SOCK_DGRAM && family == s->family ? 0 : -EPROTOTYPE;
}

// Takes the socket over, or opens it and binds it. 0 or -errno.
static int bind_socket(udp_socket *s, const struct sockaddr_in6 *address, int flags, int buffer) {
  bool is_new = s->channel.fd < 0;
  int status = is_new ? 0 : check_socket(s);
  if (status < 0) return status;
  if (is_new) s->channel.fd = socket(s->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s->channel.fd < 0) return -errno;
  if ((flags & REUSE_PORT) && set(s->channel.fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0) return -errno;
  if (is_new && s->family == AF_INET6 && set(s->channel.fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0)
    return -errno;
  if (s->is_wildcard) {
    int done = s->family == AF_INET ? set(s->channel.fd, IPPROTO_IP, IP_PKTINFO, 1)
                                    : set(s->channel.fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    if (done < 0) return -errno;
  }
  // The kernel grants what it may; without a count of drops there is none.
  if (is_new) set(s->channel.fd, SOL_SOCKET, SO_RCVBUF, buffer);
  if (is_new) set(s->channel.fd, SOL_SOCKET, SO_SNDBUF, buffer);
  set(s->channel.fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  socklen_t length = address_bytes(s->family);
  if (is_new && bind(s->channel.fd, (const struct sockaddr *)address, length) < 0) return -errno;
  struct sockaddr_in6 bound;
  length = sizeof(bound);
  getsockname(s->channel.fd, (struct sockaddr *)&bound, &length);
  s->memory->port = ntohs(bound.sin6_port); // at the same place in a sockaddr_in
  length = sizeof(int32_t);
  getsockopt(s->channel.fd, SOL_SOCKET, SO_RCVBUF, &s->memory->receive_buffer, &length);
  return 0;
}

static void prepare_vectors(udp_socket *s) {
  for (int i = 0; i < BATCH; i++) {
    slot *taken = &s->memory->taken[i];
    s->in.parts[i] = (struct iovec){taken->bytes, SLOT_BYTES};
    s->in.headers[i].msg_hdr.msg_name = &taken->peer;
    s->out.headers[i].msg_hdr.msg_namelen = address_bytes(s->family);
    s->in.headers[i].msg_hdr.msg_control = s->in.controls[i].bytes;
    if (s->is_wildcard) s->out.headers[i].msg_hdr.msg_control = s->out.controls[i].bytes;
    s->in.headers[i].msg_hdr.msg_iov = &s->in.parts[i];
    s->out.headers[i].msg_hdr.msg_iov = &s->out.parts[i];
    s->in.headers[i].msg_hdr.msg_iovlen = s->out.headers[i].msg_hdr.msg_iovlen = 1;
  }
}

// open(address, port, flags, bufferBytes, ready, fd): { socket, memory }, or -errno.
static napi_value open_socket(napi_env env, napi_callback_info info) {
  napi_value argv[6], memory;
  size_t argc = 6;
  char text[ADDRESS_CHARACTERS] = {0};
  int32_t port = 0, flags = 0, buffer = 0, fd = -1;
  struct sockaddr_in6 address;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (!is_function(env, argv[4])) return NULL;
  napi_get_value_string_utf8(env, argv[0], text, sizeof(text), NULL);
  napi_get_value_int32(env, argv[1], &port);
  napi_get_value_int32(env, argv[2], &flags);
  napi_get_value_int32(env, argv[3], &buffer);
  napi_get_value_int32(env, argv[5], &fd);
  if (port < 0 || port > UINT16_MAX) return number(env, -EINVAL);
  udp_socket *s = calloc(1, sizeof(udp_socket));
  if (s == NULL) return number(env, -ENOMEM);
  s->channel = (channel){env, .fd = fd < 0 ? -1 : fd, .close = close_channel, .release = release};
  if (napi_create_arraybuffer(env, sizeof(shared), (void **)&s->memory, &memory) != napi_ok) {
    free(s);
    return NULL;
  }
  int status = read_address(text, (uint16_t)port, &address);
  s->family = address.sin6_family;
  s->is_wildcard = is_wildcard(&address);
  if (status == 0) status = bind_socket(s, &address, flags, buffer);
  if (status == 0) status = watch_channel(&s->channel);
  if (status < 0) {
    if (s->channel.fd >= 0 && fd < 0) close(s->channel.fd);
    free(s);
    return number(env, status);
  }
  prepare_vectors(s);
  listen_again(s);
  return opened(&s->channel, "socket", memory, argv[4]);
}

void export_udp(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"layout", NULL, NULL, NULL, NULL, number(env, LAYOUT), napi_enumerable, NULL},
      {"open", NULL, open_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"send", NULL, send_replies, NULL, NULL, NULL, napi_enumerable, NULL},
      {"pause", NULL, pause_now, NULL, NULL, NULL, napi_enumerable, NULL},
      {"share", NULL, share_now, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_now, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, 6, properties);
}
