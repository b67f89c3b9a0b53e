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
  // Of what comes, the address asked and the drops; of what goes, the address and a segment's size.
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
  bool has_segments; // the kernel cuts what leaves as one into datagrams (segments.c)
  int waiting[AREAS]; // slots of an area to go through again when there is room
  vector in;
  vector out;
} udp_socket;

// Points the vectors at the memory. Once, when the socket has its family and address.
void prepare_vectors(udp_socket *s);

// A reply that is to be sent, and the slot that has its client.
typedef struct {
  slot *slot;
  const slot *client;
} reply;

// Whether the kernel can cut one message into datagrams of one size.
bool can_segment(int fd);

// Puts replies of one size to one client side by side: `sizes[i]` of them belong together as the
// i-th message. How many messages there are.
int put_together(const udp_socket *s, reply *replies, int count, int *sizes);

// Has the kernel cut a message into datagrams of so many bytes: adds that to its control.
void write_segment_size(struct msghdr *header, int32_t bytes);

// How many datagrams were taken, or -errno.
int take(udp_socket *s);

// Sends what the first `count` slots of an area hold. Returns how many datagrams the kernel
// refused, or -EAGAIN when it has no room for the rest, which then wait.
int send_area(udp_socket *s, int area, int count);
