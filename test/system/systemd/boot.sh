#!/usr/bin/env bash
# Boots systemd in namespaces, as root on Linux, and ends with it:
#
#   bash test/system/systemd/boot.sh FOLDER NODE
#
# It has the files of this machine below an overlay, with those of FOLDER/files over them, NODE as
# /usr/bin/node, no units in /etc but those of FOLDER/files, and a network with nothing but loopback.
# Nothing is written outside of FOLDER, which the caller makes and removes.
set -euo pipefail

# How long it may run at most.
readonly patience_s=900

# What systemd would otherwise do to the machine itself: load modules, set the clock, make devices.
readonly without=-sys_module,-sys_rawio,-sys_time,-syslog,-mknod

on_machine() {
  mkdir "$1/cgroups" "$1/memory" "$1/root"
  mount --types cgroup2 cgroup2 "$1/cgroups"
  # systemd rules over all groups that it sees: so it sees none but those below this one.
  group=$1/cgroups/svcdns-$$
  mkdir "$group"
  trap end EXIT
  timeout "$patience_s" bash -c 'echo "$$" > "$1/cgroup.procs"; shift; exec "$@"' \
    bash "$group" unshare --cgroup --mount --pid --net --ipc --uts --fork --kill-child \
    bash "$0" --inside "$@" < /dev/null &
  trap 'exit 0' INT TERM
  wait "$!"
}

# Ends all that is in the group, and removes it.
end() {
  echo 1 > "$group/cgroup.kill"
  for _ in {1..100}; do
    if find "$group" -depth -type d -exec rmdir {} + 2> /dev/null; then return; fi
    sleep 0.1
  done
  echo "Cannot remove $group" >&2
  return 1
}

inside() {
  local root=$1/root device
  mount --types tmpfs tmpfs "$1/memory"
  mkdir "$1/memory/upper" "$1/memory/work"
  mount --types overlay overlay "$root" \
    --options "lowerdir=/,upperdir=$1/memory/upper,workdir=$1/memory/work"
  rm --recursive --force "$root/etc/systemd/system" "$root/etc/fstab"
  cp --recursive --no-dereference "$1/files/." "$root/"
  touch "$root/usr/bin/node"
  mount --bind "$2" "$root/usr/bin/node"
  mount --types proc proc "$root/proc"
  # Settings of the kernel are not for each namespace.
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount --options remount,bind,ro "$root/proc/sys"
  mount --types sysfs --options ro sysfs "$root/sys"
  mount --types cgroup2 cgroup2 "$root/sys/fs/cgroup"
  for device in run tmp dev; do mount --types tmpfs --options mode=755 tmpfs "$root/$device"; done
  chmod 1777 "$root/tmp"
  mkdir "$root/dev/pts" "$root/dev/shm"
  ln --symbolic pts/ptmx "$root/dev/ptmx"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  ip link set lo up
  # In a chroot no user namespace could be made (PrivateUsers=).
  cd "$root"
  pivot_root . .
  umount --lazy .
  exec env --ignore-environment container=svcdns PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --bounding-set="$without" \
    /usr/lib/systemd/systemd --system --log-target=journal --show-status=no
}

if [[ $1 == --inside ]]; then
  shift
  inside "$@"
elif [[ $1 == --own-mounts ]]; then
  shift
  on_machine "$@"
else
  exec unshare --mount bash "$0" --own-mounts "$@"
fi
