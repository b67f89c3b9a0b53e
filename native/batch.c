// One recvmmsg and one sendmmsg for up to 64 datagrams. Both go to the kernel directly: musl's
// sendmmsg is a loop around sendmsg.
#include "batch.h"

#include <sys/syscall.h>

void prepare_vectors(udp_socket *s) {
  for (int i = 0; i < BATCH; i++) {
    slot *taken = &s->memory->taken[i];
    s->in.parts[i] = (struct iovec){taken->bytes, SLOT_BYTES};
    s->in.headers[i].msg_hdr.msg_name = &taken->peer;
    s->out.headers[i].msg_hdr.msg_namelen = address_bytes(s->family);
    s->in.headers[i].msg_hdr.msg_control = s->in.controls[i].bytes;
    s->out.headers[i].msg_hdr.msg_control = s->out.controls[i].bytes;
    s->in.headers[i].msg_hdr.msg_iov = &s->in.parts[i];
    s->in.headers[i].msg_hdr.msg_iovlen = 1;
  }
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

int take(udp_socket *s) {
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

// Makes messages of replies that stand side by side, `sizes[i]` of them the i-th.
static void write_messages(udp_socket *s, const reply *replies, const int *sizes, int messages) {
  int part = 0;
  for (int i = 0; i < messages; i++) {
    const reply *first = &replies[part];
    struct msghdr *header = &s->out.headers[i].msg_hdr;
    header->msg_name = (void *)&first->client->peer;
    header->msg_iov = &s->out.parts[part];
    header->msg_iovlen = (size_t)sizes[i];
    header->msg_controllen = 0;
    if (s->is_wildcard) write_control(s, first->client, header);
    if (sizes[i] > 1) write_segment_size(header, first->slot->length);
    for (int end = part + sizes[i]; part < end; part++) {
      slot *from = replies[part].slot;
      s->out.parts[part] = (struct iovec){from->bytes, (size_t)from->length};
    }
  }
}

int send_area(udp_socket *s, int area, int count) {
  slot *slots = s->memory->areas[area];
  // The reply to a datagram goes where that came from.
  const slot *clients = area == 0 ? s->memory->taken : slots;
  reply replies[BATCH];
  int sizes[BATCH];
  int faults = 0;
  int total = 0;
  for (int i = 0; i < count; i++) {
    int32_t length = slots[i].length;
    if (length > SLOT_BYTES) {
      slots[i].length = -EMSGSIZE;
      faults++;
    } else if (length > 0) {
      replies[total++] = (reply){&slots[i], &clients[i]};
    }
  }
  int messages = put_together(s, replies, total, sizes);
  write_messages(s, replies, sizes, messages);
  s->waiting[area] = 0;
  const reply *next = replies;
  for (int sent = 0; sent < messages;) {
    long done = syscall(SYS_sendmmsg, s->channel.fd, &s->out.headers[sent], messages - sent, 0);
    if (done > 0) {
      for (; done > 0; done--) {
        for (int i = sizes[sent++]; i > 0; i--) next++->slot->length = 0;
      }
    } else if (errno == EAGAIN) {
      s->waiting[area] = count;
      return -EAGAIN;
    } else if (errno != EINTR && sizes[sent] > 1) {
      // Sent apart, the error tells which reply it is. These three may be about the cutting.
      bool is_cut_refused = errno == EINVAL || errno == EMSGSIZE || errno == EIO;
      s->has_segments = false;
      int refused = send_area(s, area, count);
      s->has_segments = !is_cut_refused;
      return refused < 0 ? refused : faults + refused;
    } else if (errno != EINTR) {
      // The error is that of the first one; those behind it are sent all the same.
      next++->slot->length = -errno;
      sent++;
      faults++;
    }
  }
  return faults;
}
