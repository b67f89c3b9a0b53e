// The least that the kernel needs for batches of datagrams: sends back what comes, 64 at a time,
// with the QR bit set. bench/servers.ts compiles it.
//
//   echo PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, BYTES = 4096 };

static unsigned char bytes[BATCH][BYTES];
static struct sockaddr_in peers[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr messages[BATCH];

int main(int argc, char **argv) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int udp = socket(AF_INET, SOCK_DGRAM, 0);
  here.sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"));
  if (udp < 0 || bind(udp, (struct sockaddr *)&here, sizeof here) != 0) return 1;
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      parts[i] = (struct iovec){bytes[i], BYTES};
      messages[i].msg_hdr = (struct msghdr){
          .msg_name = &peers[i],
          .msg_namelen = sizeof peers[i],
          .msg_iov = &parts[i],
          .msg_iovlen = 1,
      };
    }
    int count = recvmmsg(udp, messages, BATCH, MSG_WAITFORONE, NULL);
    for (int i = 0; i < count; i++) {
      bytes[i][2] |= 0x80;
      parts[i].iov_len = messages[i].msg_len;
    }
    for (int sent = 0; sent < count;) {
      int more = sendmmsg(udp, messages + sent, (unsigned)(count - sent), 0);
      sent += more > 0 ? more : 1; // one that cannot be sent is left out
    }
  }
}
