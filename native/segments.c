// Replies of one size to one client leave as one message, which the kernel cuts into datagrams
// again (UDP_SEGMENT, Linux 4.18). It walks once through routing, filters and the device for all
// of them, which is a good part of what a reply costs. Clients see no difference but in the order
// of replies; who watches packets on this machine sees one long packet. So it is only done when
// many come at once, and never with what the path might have to fragment.
#include "batch.h"

#include <netinet/udp.h>

enum {
  // Below a quarter of a batch too few belong together to be worth looking for.
  MANY = BATCH / 4,
  // Fits any path: IPv4 has 576 bytes with the headers (RFC 1122 section 3.3.3).
  SEGMENT_BYTES = 512,
};

bool can_segment(int fd) {
  int none = 0;
  // Older kernels would send the message as one datagram; they do not know the option either.
  return setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &none, sizeof(none)) == 0;
}

// What replies that belong together have in common, as far as it fits: compared first, side by
// side in memory.
static uint32_t key_of(const reply *r) {
  return (uint32_t)r->slot->length << 16 | r->client->peer.v4.sin_port; // as in a sockaddr_in6
}

static bool belong_together(const udp_socket *s, const reply *a, const reply *b) {
  return a->slot->length == b->slot->length &&
         memcmp(&a->client->peer, &b->client->peer, address_bytes(s->family)) == 0 &&
         (!s->is_wildcard ||
          (a->client->interface == b->client->interface &&
           memcmp(a->client->local, b->client->local, sizeof(a->client->local)) == 0));
}

int put_together(const udp_socket *s, reply *replies, int count, int *sizes) {
  bool is_worth_it = s->has_segments && count >= MANY;
  uint32_t keys[BATCH];
  int messages = 0;
  for (int i = 0; is_worth_it && i < count; i++) keys[i] = key_of(&replies[i]);
  for (int first = 0; first < count; first += sizes[messages++]) {
    int end = first + 1;
    bool is_short = replies[first].slot->length <= SEGMENT_BYTES;
    for (int i = end; is_worth_it && is_short && i < count; i++) {
      if (keys[i] != keys[first] || !belong_together(s, &replies[first], &replies[i])) continue;
      reply found = replies[i];
      replies[i] = replies[end];
      keys[i] = keys[end];
      replies[end++] = found;
    }
    sizes[messages] = end - first;
  }
  return messages;
}

void write_segment_size(struct msghdr *header, int32_t bytes) {
  uint8_t *control = header->msg_control;
  struct cmsghdr *c = (struct cmsghdr *)(void *)(control + header->msg_controllen);
  uint16_t size = (uint16_t)bytes;
  c->cmsg_level = IPPROTO_UDP;
  c->cmsg_type = UDP_SEGMENT;
  c->cmsg_len = CMSG_LEN(sizeof(size));
  memcpy(CMSG_DATA(c), &size, sizeof(size));
  header->msg_controllen += CMSG_SPACE(sizeof(size));
}
