// What the sockets that listen (udp.c), those that ask other servers (asking.c) and the rest of the
// library have in common.
//
// uv.h is no part of Node-API. The functions declared here are libuv's own accessors, which need no
// layout of any struct, and libuv keeps them and these constants for as long as it is 1.x.
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { UV_POLL = 8, UV_READABLE = 1, UV_WRITABLE = 2 };
extern size_t uv_handle_size(int type);
extern void *uv_handle_get_data(const void *handle);
extern void uv_handle_set_data(void *handle, void *data);
extern int uv_poll_init(struct uv_loop_s *loop, void *handle, int fd);
extern int uv_poll_start(void *handle, int events, void (*ready)(void *, int status, int events));
extern int uv_poll_stop(void *handle);
extern void uv_close(void *handle, void (*closed)(void *));

enum { ADDRESS_CHARACTERS = 64 };

// Fills in an address; `%` and an interface may stand behind an IPv6 one. 0 or -errno.
int read_address(char *text, uint16_t port, struct sockaddr_in6 *to);

// A file on the event loop, with memory that JavaScript reads and writes too: what a udp_socket and
// an asking begin with.
typedef struct channel {
  napi_env env;
  int fd; // -1 once closed
  void *poll;
  int users; // the poll handle, and the object in JavaScript
  napi_ref memory, ready;
  napi_async_cleanup_hook_handle cleanup;
  void (*close)(struct channel *);   // close_channel, and what belongs to it
  void (*release)(struct channel *); // frees it, once nobody uses it; tells the kinds apart, too
} channel;

// Puts the file on the event loop, and closes the channel when the environment ends, which is a
// worker thread or the process. 0 or -errno.
int watch_channel(channel *c);

// Closes the file, and gives up the memory; harmless when repeated.
void close_channel(channel *c);

// What JavaScript is given: { [name]: channel, memory }. `ready` will be called.
napi_value opened(channel *c, const char *name, napi_value memory, napi_value ready);

// Calls `ready` from the event loop with the number.
void call_back(channel *c, int32_t value);

// The first of `count` arguments, a channel with this `release`, or NULL and an error thrown.
void *channel_from(napi_env env, napi_callback_info info, void (*release)(channel *), size_t count,
                   napi_value *argv);

// False, and an error thrown, when the value is none.
bool is_function(napi_env env, napi_value value);

static inline napi_value number(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static inline socklen_t address_bytes(int family) {
  return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

// Each file adds its functions to what the library exports.
void export_udp(napi_env env, napi_value exports);
void export_asking(napi_env env, napi_value exports);
void export_memory(napi_env env, napi_value exports);
