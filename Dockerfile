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
COPY page page
COPY src src
RUN node scripts/bundle.mjs

# All that the program needs of a system: Node.js with the libraries it is linked to, names of users,
# and busybox, whose shell and tools are for who looks into a container: docker exec -it NAME sh.
# Debian would be another 70 MB.
#
# Port 53 belongs to root. A capability on the node binary lets any user of this image have it, on
# engines of any age. Engines that open low ports to all (net.ipv4.ip_unprivileged_port_start=0:
# Docker since 20.10, most Kubernetes) need none, and then `no-new-privileges` works too. With all
# capabilities dropped, add NET_BIND_SERVICE, as for CoreDNS; otherwise node does not start at all.
FROM node:24-bookworm-slim AS system
RUN apt-get update \
 && apt-get install --yes --no-install-recommends busybox-static libcap2-bin
RUN mkdir -p /system/usr/bin /system/usr/lib /system/usr/lib64 /system/usr/share/licenses \
      /system/etc /system/tmp \
 && for folder in bin lib lib64; do ln -s usr/$folder /system/$folder; done \
 && cp --parents --dereference /usr/local/bin/node $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /system \
 && for package in busybox-static libc6 libgcc-s1 libstdc++6; do \
      cp --dereference /usr/share/doc/$package/copyright /system/usr/share/licenses/$package; \
    done \
 && cp /bin/busybox /system/bin \
 && ln -s busybox /system/bin/sh \
 && echo 'root:x:0:0::/:/bin/sh' > /system/etc/passwd \
 && echo 'svcdns:x:65532:65532::/:/bin/sh' >> /system/etc/passwd \
 && echo 'hosts: files dns' > /system/etc/nsswitch.conf \
 && chmod 1777 /system/tmp \
 && setcap cap_net_bind_service=+ep /system/usr/local/bin/node

FROM scratch
LABEL org.opencontainers.image.title="svcdns" \
      org.opencontainers.image.description="Kubernetes Service DNS from a folder of manifests" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=system /system /
WORKDIR /svcdns
COPY --from=build /build/dist dist
COPY --from=build /build/prebuilds prebuilds
COPY package.json Corefile LICENSE ./
# State that is kept from one run to the next. A new volume takes over the owner of the folder.
RUN mkdir -p /manifests /var/lib/svcdns && chown 65532:65532 /var/lib/svcdns

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
