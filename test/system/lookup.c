/* Prints what getaddrinfo finds for a name, an address a line, or why it finds nothing. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found, *one;
  int code = argc < 2 ? EAI_NONAME : getaddrinfo(argv[1], NULL, &hints, &found);
  if (code != 0) return puts(gai_strerror(code)), 1;
  for (one = found; one != NULL; one = one->ai_next) {
    char text[INET6_ADDRSTRLEN];
    const void *v4 = &((struct sockaddr_in *)one->ai_addr)->sin_addr;
    const void *v6 = &((struct sockaddr_in6 *)one->ai_addr)->sin6_addr;
    puts(inet_ntop(one->ai_family, one->ai_family == AF_INET ? v4 : v6, text, sizeof text));
  }
  return 0;
}
