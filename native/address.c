// Addresses of sockets.
#include "shared.h"

#include <arpa/inet.h>
#include <net/if.h>

int read_address(char *text, uint16_t port, struct sockaddr_in6 *to) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)to;
  memset(to, 0, sizeof(*to));
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return 0;
  }
  char *interface = strchr(text, '%');
  if (interface != NULL) {
    *interface++ = '\0';
    to->sin6_scope_id = if_nametoindex(interface);
    if (to->sin6_scope_id == 0) return -ENODEV;
  }
  if (inet_pton(AF_INET6, text, &to->sin6_addr) != 1) return -EINVAL;
  to->sin6_family = AF_INET6;
  to->sin6_port = htons(port);
  return 0;
}
