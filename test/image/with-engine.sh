#!/usr/bin/env bash
# Runs a command with a Docker engine of its own, as root on Debian, where no image can be pulled:
#
#   bash test/image/with-engine.sh npm run test:image
#
# Needs the packages of packages.txt. The images that the tests name are made here: the Dockerfile's
# node:… from Debian's archive and the npm registry, busybox:1 from Debian's busybox.
#
# Nothing stays, not when it fails, is ended or takes too long either: files are in one temporary
# folder, processes and mounts in namespaces that end with the first process in them. What the engine
# keeps is in memory: it syncs so often that containers wait for minutes on a busy disk. The engine
# that builds the image has the machine's network, where it makes no firewall rule, and no bridge
# but one of ours. The one that runs containers has a network namespace without a way out; it takes
# each step of the build from the first one's cache.
set -euo pipefail
cd "$(dirname "$0")/../.."

# How long all of it may take.
readonly patience_s=1800

on_machine() {
  local bridge=svcdns-$$ folder child
  folder=$(mktemp --directory --tmpdir svcdns-engine-XXXXXX)
  # shellcheck disable=SC2064 # the names of now
  trap "remove '$bridge' '$folder'" EXIT
  # With no bridge, an engine removes docker0, which may be another engine's.
  ip link add "$bridge" type bridge
  ip address add 192.0.2.1/24 dev "$bridge" # RFC 5737
  # unshare passes no signal on, hence the second one, that kills.
  timeout --kill-after=2 "$patience_s" \
    unshare --mount --pid --fork --kill-child --mount-proc \
    bash test/image/with-engine.sh --inside "$bridge" "$folder" "$@" &
  child=$!
  trap 'kill "$child"; wait "$child" || true; exit 143' INT TERM
  wait "$child"
}

remove() {
  ip link delete "$1" || true
  rm --recursive --force --one-file-system "$2"
}

inside() {
  local bridge=$1 place
  folder=$2
  shift 2
  # Where an engine has settings and sockets, whatever else it is told.
  for place in /etc/docker /run/containerd; do
    mkdir --parents "$place"
    mount --types tmpfs tmpfs "$place"
  done
  mkdir "$folder/data"
  mount --types tmpfs --options size=6g tmpfs "$folder/data"
  export DOCKER_HOST=unix://$folder/docker.sock DOCKER_CONFIG=$folder/config DOCKER_BUILDKIT=0
  start_engine dockerd --bridge="$bridge" --iptables=false --ip-forward=false
  import_busybox
  import_node "$(sed --quiet 's/^FROM \(node:\S*\).*/\1/p;T;q' Dockerfile)"
  # As test/image/build.ts builds it.
  docker build --network host --tag svcdns .
  kill "$engine"
  wait "$engine" || true
  start_engine unshare --net dockerd
  "$@"
}

# Starts dockerd, the last words of the command being its arguments, and waits until it answers.
start_engine() {
  "$@" --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/docker.pid" \
    --host "$DOCKER_HOST" > "$folder/dockerd.log" 2>&1 < /dev/null &
  engine=$!
  for _ in {1..200}; do
    if docker version > /dev/null 2>&1; then return; fi
    kill -0 "$engine" 2> /dev/null || break
    sleep 0.3
  done
  tail --lines=20 "$folder/dockerd.log" >&2
  echo 'No Docker engine: expected dockerd to start' >&2
  return 1
}

import_busybox() {
  local root=$folder/busybox applet
  mkdir --parents "$root/bin"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in $(busybox --list); do
    [[ $applet == busybox ]] || ln --symbolic busybox "$root/bin/$applet"
  done
  tar --directory "$root" --create . | docker import --change 'CMD ["sh"]' - busybox:1
}

# `node:24-bookworm-slim`: Debian's least, Node.js of that version, the npm of this machine, and the
# machine's ways to Debian's archive and to the npm registry.
import_node() {
  local image=$1 root=$folder/root suite version arch mirror name
  version=${image#node:}
  suite=${version#*-}
  suite=${suite%-slim}
  version=${version%%-*}
  arch=$(uname --machine | sed 's/x86_64/x64/;s/aarch64/arm64/')
  local settings=(--change "ENV NPM_CONFIG_REGISTRY=$(npm config get registry)")
  mkdir "$root"
  mount --types tmpfs tmpfs "$root"
  # shellcheck disable=SC2016 # apt fills them in
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | sort --unique > "$folder/sources.list"
  mirror=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' "$folder/sources.list")
  if [[ -z $mirror ]]; then
    echo "Cannot make $image: apt has no $suite: expected Debian's in its sources" >&2
    return 1
  fi
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" \
    > "$folder/debootstrap.log" 2>&1 || { tail "$folder/debootstrap.log" >&2 && return 1; }
  cp "$folder/sources.list" "$root/etc/apt/sources.list"
  apt-config dump Acquire | grep --invert-match IndexTargets > "$root/etc/apt/apt.conf.d/90machine"
  unpack "node-linux-$arch@$version" "$root/usr/local"
  unpack "npm@$(npm --version)" "$root/usr/local/lib/node_modules/npm"
  for name in npm npx; do
    ln --symbolic --force "../lib/node_modules/npm/bin/$name-cli.js" "$root/usr/local/bin/$name"
  done
  if [[ -n ${NODE_EXTRA_CA_CERTS:-} ]]; then
    cp "$NODE_EXTRA_CA_CERTS" "$root/etc/ssl/machine.crt"
    settings+=(--change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/machine.crt')
  fi
  for name in http_proxy https_proxy no_proxy; do
    [[ -z ${!name:-} ]] || settings+=(--change "ENV $name=${!name}")
  done
  tar --directory "$root" --create . | docker import "${settings[@]}" - "$image"
  umount "$root"
}

# A package of the npm registry, into a folder.
unpack() {
  local archive
  archive=$(npm pack --silent --pack-destination "$folder" "$1")
  mkdir --parents "$2"
  tar --directory "$2" --extract --strip-components=1 --file "$folder/$archive"
}

case ${1:-} in
  '') echo 'No command: expected bash test/image/with-engine.sh COMMAND …' >&2 && exit 2 ;;
  --inside) inside "${@:2}" ;;
  *) on_machine "$@" ;;
esac
