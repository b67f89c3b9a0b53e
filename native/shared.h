// What udp.c, the sockets that listen, asking.c, those that ask other servers, and memory.c have in
// common.
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

// Makes a handle of libuv for the file, with `data`, on the event loop. 0 or -errno.
int poll_file(napi_env env, int fd, void *data, void **poll);

// What JavaScript is given: { [name]: data, memory }.
napi_value opened(napi_env env, const char *name, void *data, napi_finalize finalize,
                  napi_value memory);

// Calls a function of JavaScript from the event loop with the number.
void call_back(napi_env env, napi_ref function, int32_t value);

static inline napi_value number(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static inline socklen_t address_bytes(int family) {
  return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

// Adds the functions of asking.c to what the library exports.
void export_asking(napi_env env, napi_value exports);

// Adds those of memory.c.
void export_memory(napi_env env, napi_value exports);
