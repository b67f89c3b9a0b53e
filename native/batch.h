// A batch of datagrams: the memory that it lies in, and the system calls that take and send it.
#include "shared.h"

enum {
  BATCH = 64,
  // A query may have 4096 bytes, and a longer one must be seen to be longer. The 128 bytes beyond
  // a page keep the slots from sharing the same few lines of the CPU's cache.
  SLOT_BYTES = 4160,
  AREAS = 2,
  LAYOUT = 5, // another one for whatever src/server/udp/native-binding.ts has to know of
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

// Points the vectors at the memory. Once, when the socket has its family and address.
void prepare_vectors(udp_socket *s);

// How many datagrams were taken, or -errno.
int take(udp_socket *s);

// Sends what the first `count` slots of an area hold. Returns how many datagrams the kernel
// refused, or -EAGAIN when it has no room for the rest, which then wait.
int send_area(udp_socket *s, int area, int count);
