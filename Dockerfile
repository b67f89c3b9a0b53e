# svcdns on port 53, as a user without privileges. Give it a folder of manifests:
#
#   docker build --tag svcdns .
#   docker run --rm --volume "$PWD/zones:/manifests:ro" svcdns
#
# test/system/image.test.ts carries these instructions out one by one where no Docker engine runs.

FROM node:24-bookworm-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc libc6-dev
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY scripts scripts
COPY native native
RUN npm run build:native
COPY src src
RUN node scripts/bundle.mjs

# Port 53 belongs to root. A capability on the node binary lets any user of this image have it, on
# engines of any age. Engines that open low ports to all (net.ipv4.ip_unprivileged_port_start=0:
# Docker since 20.10, most Kubernetes) need none, and then `no-new-privileges` works too. With all
# capabilities dropped, add NET_BIND_SERVICE, as for CoreDNS; otherwise node does not start at all.
FROM node:24-bookworm-slim AS node
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libcap2-bin \
 && setcap cap_net_bind_service=+ep /usr/local/bin/node

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="svcdns" \
      org.opencontainers.image.description="Kubernetes Service DNS from a folder of manifests" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /svcdns
COPY --from=build /build/dist dist
COPY --from=build /build/prebuilds prebuilds
COPY package.json Corefile LICENSE ./
# State that is kept from one run to the next. A new volume takes over the owner of the folder.
RUN mkdir /manifests && install -d -o 65532 -g 65532 /var/lib/svcdns

# A number: Kubernetes cannot tell whether a user with a name is root (runAsNonRoot).
USER 65532:65532

# Every address of the container. /health, /ready and /metrics stay on 127.0.0.1:8053, since the
# metrics show internals; SVCDNS_ADMIN=:8053 opens them to probes and to Prometheus.
ENV NODE_ENV=production \
    SVCDNS_LISTEN=:53 \
    SVCDNS_MANIFESTS=/manifests \
    SVCDNS_STATE=/var/lib/svcdns
EXPOSE 53/udp 53/tcp

# A real query over UDP and another over TCP, by the program itself: no shell, no curl, no dig.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/usr/local/bin/node", "/svcdns/dist/main.js", "health"]

# The program itself, without npm between it and signals. CoreDNS's own flags work as well:
#   svcdns -conf /etc/coredns/Corefile -dns.port 53
ENTRYPOINT ["/usr/local/bin/node", "/svcdns/dist/main.js"]
