#!/usr/bin/env bash
# Makes, or repairs, a Debian root that the end-to-end and metal tests run real services in. Everything comes from Debian's
# packages; the mirror is the one this machine uses. Prints the root's path. Needs root; a made root is kept in the
# user's cache and used again.
#
# usage: provision.sh [trixie|sid|platforms|go]     (default: trixie)
#   trixie:    docker-registry, oras, skopeo, Ironic 29 and its client, Keystone; the tools that build bootable images
#   sid:       docker-registry, oras, podman, buildah, cosign, Ironic 39 and its client
#   platforms: trixie with what runs programs of other platforms: wine; qemu's user emulation and the C and C++ libraries for arm64
#   go:        trixie with Go and HashiCorp's go-plugin, for bench/handshake
# The first two carry qemu, OVMF and what Ironic needs to make virtual media.
set -euo pipefail

name="${1:-trixie}"
suite=trixie
cache="${XDG_CACHE_HOME:-$HOME/.cache}/cdktf-ironic-oci"
services=(ca-certificates openssl apache2-utils docker-registry oras skopeo ironic-api ironic-conductor python3-ironicclient)
machines=(python3-sushy qemu-system-x86 ovmf qemu-utils xorriso dosfstools mtools gdisk curl procps iproute2)
images=(cpio lz4 zstd xz-utils grub-efi-amd64-bin grub-common systemd-boot-efi systemd-ukify busybox-static kmod)
case "$name" in
  trixie) packages=("${services[@]}" python3-keystone "${machines[@]}" "${images[@]}") ;;
  # Ironic unpacks zstd layers by that program, and deploys them as they are where it is missing.
  sid) suite=sid packages=("${services[@]}" "${machines[@]}" zstd cosign podman buildah) ;;
  go) packages=(ca-certificates golang-go golang-google-grpc-dev golang-github-hashicorp-go-plugin-dev) ;;
  platforms) packages=(wine64 qemu-user libc6-arm64-cross libstdc++6-arm64-cross) ;;
  *) echo "provision: trixie, sid, platforms or go, not $name" >&2; exit 2 ;;
esac
# Another list of packages, or another way to make the root, makes a new one beside the old: branches with different lists
# may be at work at once.
recipe="$(printf '%s\n' "${packages[@]}" 2 | sha256sum | cut -c1-16)"
root="$cache/$name-$recipe"

say() { echo "provision: $*" >&2; }
fail() { say "$*"; exit 1; }

[ "$(id -u)" = 0 ] || fail "the end-to-end tests need root, to make a Debian root and run services in it"
command -v apt-get >/dev/null || fail "the end-to-end tests need a Debian machine (apt-get)"
mkdir -p "$cache"

# Two runs at once take turns.
exec 9>"$cache/lock-$name"
flock 9

mounts() {
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  # podman asks for the type of that folder's file system, and fails where it is missing.
  mkdir -p "$root/sys/fs/cgroup"
  # The machine's own CA bundle, so that whatever apt goes through is trusted inside as well.
  if [ -f /etc/ssl/certs/ca-certificates.crt ] && [ ! -e "$root/etc/ssl/certs/ca-certificates.crt" ]; then
    mkdir -p "$root/etc/ssl/certs"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  fi
}

if [ -e "$root/.made" ]; then
  mounts
  echo "$root"
  exit 0
fi

# The first URI of the machine's own sources, in either of apt's formats.
mirror() {
  local file
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' "$file"
  done
  { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
    sed -n 's/^deb[[:space:]]\+\(\[[^]]*\][[:space:]]\+\)\?\([^[:space:]]*\).*/\2/p'
}
source_uri="$(mirror | grep -v security | head -n 1)"
[ -n "$source_uri" ] || fail "no Debian mirror in this machine's apt sources"

started=$SECONDS
if ! command -v debootstrap >/dev/null; then
  say "installing debootstrap"
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq debootstrap >&2
fi

# A root that was not finished is worth nothing.
umount -q "$root/proc" 2>/dev/null || true
rm -rf "$root"
say "making a $name root (about three minutes the first time)"
debootstrap --variant=minbase "$suite" "$root" "$source_uri" >"$cache/debootstrap-$name.log" 2>&1 ||
  { tail -n 20 "$cache/debootstrap-$name.log" >&2; fail "debootstrap failed"; }
mounts
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
find /etc/apt/apt.conf.d -maxdepth 1 -type f -exec cp {} "$root/etc/apt/apt.conf.d/" \;
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
{
  chroot "$root" apt-get update -qq
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
  chroot "$root" apt-get clean
} >"$cache/packages-$name.log" 2>&1 || { tail -n 20 "$cache/packages-$name.log" >&2; fail "installing packages failed"; }

touch "$root/.made"
say "made in $((SECONDS - started)) s, $(du -sh "$root" --exclude=proc 2>/dev/null | cut -f1)"
echo "$root"
