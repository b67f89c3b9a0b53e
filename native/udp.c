// A UDP socket on Node's event loop that takes and sends datagrams in batches (batch.c), with one
// call into JavaScript for each. What is answered, and to whom, is decided in
// src/server/udp/native.ts.
#include "batch.h"

enum { REUSE_PORT = 1 };

static void release(channel *c) {
  free((udp_socket *)c);
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
  s->has_segments = can_segment(s->channel.fd);
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
