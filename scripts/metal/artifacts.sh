#!/usr/bin/env bash
# Builds what the metal tests boot, from Debian packages alone: the agent's kernel, ramdisk and boot loader image, and two
# disk images that differ in a random marker. Prints the folder that holds them. Needs root, and the trixie root of
# scripts/e2e/provision.sh, whose tools do the work. A finished folder is kept in the user's cache and used again.
#
# usage: artifacts.sh TRIXIE_ROOT
#   ipa.kernel, ipa.initramfs, esp.img    deploy_kernel, deploy_ramdisk, bootloader
#   {a,b}.{raw,qcow2,raw.zst,marker}      whole-disk images for UEFI, and the marker that each prints on the serial console
set -euo pipefail

root="$1"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/cdktf-ironic-oci"
# Another recipe, or another root to build it in, makes a new folder beside the old.
recipe="$({ cat "${BASH_SOURCE[0]}"; basename "$root"; } | sha256sum | cut -c1-16)"
out="$cache/metal-$recipe"

say() { echo "artifacts: $*" >&2; }

if [ "${METAL_NAMESPACE:-}" = "" ]; then
  [ "$(id -u)" = 0 ] || { say "building bootable images needs root"; exit 1; }
  mkdir -p "$cache"
  # Two builds at once take turns.
  exec 9>"$cache/lock-metal"
  flock 9
  if [ -e "$out/.made" ]; then echo "$out"; exit 0; fi
  # Mounts and processes of the build end with it, however it ends.
  METAL_NAMESPACE=1 exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "${BASH_SOURCE[0]}" "$@"
fi

started=$SECONDS
say "building the agent's ramdisk and two disk images (about a minute)"
rm -rf --one-file-system "$out"
mkdir -p "$out/work"
mount --bind "$out/work" "$root/mnt"
mount -t proc proc "$root/proc"
cd "$out/work"
inside() { chroot "$root" "$@"; }
log="$cache/metal.log"
: >"$log"
# shellcheck disable=SC2154
trap 'code=$?; [ $code = 0 ] || { tail -n 20 "$log" >&2; say "the build failed"; }; exit $code' EXIT

# 1. Packages. ironic-python-agent depends on libguestfs, and by that on a qemu and a kernel, which the agent never imports: so
#    its real needs are named here. Nothing is configured; what the packages' scripts would do is done below.
needs=(curl dmidecode dosfstools e2fsprogs efibootmgr ethtool gdisk hdparm kmod lshw mdadm nvme-cli parted pciutils psmisc
  qemu-utils smartmontools iproute2 udev busybox-static ca-certificates zstd util-linux-extra
  python3-cryptography python3-eventlet python3-oslo.concurrency python3-oslo.config python3-oslo.log python3-oslo.service
  python3-oslo.utils python3-pbr python3-pint python3-psutil python3-pyudev python3-requests python3-stevedore
  python3-tenacity python3-tooz python3-werkzeug python3-zeroconf)
# apt as on a machine that has nothing installed; the root's own lists and state stay as they are.
mkdir -p apt/lists/partial apt/archives/partial extra
: >apt/status
cat >apt/apt.conf <<'APT'
Dir::State::status "/mnt/apt/status";
Dir::State::lists "/mnt/apt/lists";
Dir::Cache "/mnt/apt";
APT::Install-Recommends "0";
APT::Sandbox::User "root";
APT
apt() { inside env APT_CONFIG=/mnt/apt/apt.conf "$@"; }
apt apt-get update -qq >>"$log" 2>&1
apt apt-get install -y -qq --download-only '?essential' "${needs[@]}" >>"$log" 2>&1
kernel_package="$(apt apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)"
apt sh -ec 'cd /mnt/extra; apt-get download -qq ironic-python-agent "$1"' sh "$kernel_package" >>"$log" 2>&1

# 2. The agent's root file system, without what an agent never reads.
exclude=(./boot ./usr/share/{doc,man,locale,info,perl*,zoneinfo,ieee-data,python-babel-localedata,i18n,bash-completion}
  ./usr/share/bug ./usr/share/lintian './usr/share/mime' './usr/lib/udev/hwdb.*' ./usr/lib/x86_64-linux-gnu/gconv
  './usr/lib/x86_64-linux-gnu/perl*' './usr/bin/perl*' ./usr/bin/qemu-{storage-daemon,io,nbd} ./usr/lib/valgrind
  ./usr/lib/apt './usr/bin/apt*' './usr/bin/dpkg*' ./usr/bin/sqv './var/lib/dpkg' './usr/include' './usr/lib/udev/hwdb.d'
  '*/dist-packages/*/tests' '*/dist-packages/'{setuptools,grpc,gevent,docutils,testtools,redis,pymysql,yappi,babel})
mkdir tree
unpack() { dpkg-deb --fsys-tarfile "$1" | tar -x -C tree --keep-directory-symlink "${exclude[@]/#/--exclude=}"; }
# base-files brings the links /bin -> usr/bin and so on, which the others have to find.
unpack apt/archives/base-files_*.deb
for deb in apt/archives/*.deb extra/ironic-python-agent_*.deb; do unpack "$deb"; done
cp tree/usr/share/base-passwd/passwd.master tree/etc/passwd
cp tree/usr/share/base-passwd/group.master tree/etc/group
mkdir -p tree/etc/ssl/certs tree/etc/ironic-python-agent.d tree/{proc,sys,dev,tmp,run,root}
cat tree/usr/share/ca-certificates/mozilla/*.crt >tree/etc/ssl/certs/ca-certificates.crt
rm -rf tree/usr/share/ca-certificates
echo ipa >tree/etc/hostname
echo 127.0.0.1 localhost ipa >tree/etc/hosts
ln -sf /proc/self/mounts tree/etc/mtab
# The agent ends with these; systemd, which has them elsewhere, is not there.
printf '#!/bin/sh\nsync; exec busybox poweroff -f\n' >tree/usr/sbin/poweroff
printf '#!/bin/sh\nsync; exec busybox reboot -f\n' >tree/usr/sbin/reboot
chmod +x tree/usr/sbin/poweroff tree/usr/sbin/reboot
chroot tree ldconfig
# Under software emulation, importing from source takes a minute. A few files of other Python versions do not compile.
mkdir -p tree/dev/shm
mount -t tmpfs shm tree/dev/shm
chroot tree sh -c 'python3 -W ignore -m compileall -q -j 0 /usr/lib/python3*' >>"$log" 2>&1 || true
umount tree/dev/shm
for compiled in tree/usr/lib/python3/dist-packages/ironic_python_agent/__pycache__/agent.*.pyc \
  tree/usr/lib/python3.*/__pycache__/threading.*.pyc; do
  test -s "$compiled"
done

# 3. The kernel, and the modules that a qemu machine needs.
mkdir kernel
dpkg-deb -x extra/linux-image-*.deb kernel
release="$(basename kernel/usr/lib/modules/*)"
cp "kernel/boot/vmlinuz-$release" "$out/ipa.kernel"
modules="virtio_blk virtio_net virtio_pci virtio_scsi virtio_rng ahci sd_mod sr_mod isofs vfat nls_ascii nls_cp437 nls_iso8859_1 efivarfs loop ext4"
inside depmod -b /mnt/kernel/usr "$release"
mkdir -p "tree/usr/lib/modules/$release"
cp "kernel/usr/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "tree/usr/lib/modules/$release/"
for module in $modules; do
  inside modprobe -d /mnt/kernel/usr -S "$release" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
done | sort -u | while read -r file; do
  target="tree/usr/lib/modules/$release/${file#*"/lib/modules/$release/"}"
  install -D -m 644 "$root$file" "$target"
  # The whole archive is compressed anyway.
  case "$target" in *.xz) xz -d "$target" ;; esac
done
inside depmod -b /mnt/tree/usr "$release"

cat >tree/udhcpc <<'DHCP'
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr replace "$ip/${mask:-24}" dev "$interface"
[ -n "$router" ] && ip route replace default via "${router%% *}" dev "$interface"
: >/etc/resolv.conf; for d in $dns; do echo "nameserver $d" >>/etc/resolv.conf; done
DHCP
cat >tree/init <<INIT
#!/bin/sh
# PID 1 of the agent's ramdisk: mounts, modules, udev, DHCP, the agent.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run; mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /run/lock /run/ironic-python-agent /var/lib /var/log /var/cache
exec </dev/console >/dev/console 2>&1
echo "METAL-AGENT init"
for m in $modules; do modprobe -q \$m; done
# Block devices and network only: everything takes most of a minute under emulation.
/usr/lib/systemd/systemd-udevd --daemon --resolve-names=never 2>/dev/null
udevadm trigger --action=add --subsystem-match=block --subsystem-match=net; udevadm settle -t 60
mount -t efivarfs efivarfs /sys/firmware/efi/efivars
ip link set lo up
for n in /sys/class/net/e*; do nic=\${n##*/}; done
ip link set "\$nic" up
busybox udhcpc -q -n -t 10 -i "\$nic" -s /udhcpc
while :; do
  echo "METAL-AGENT start"
  ironic-python-agent --config-dir /etc/ironic-python-agent.d
  echo "METAL-AGENT ended with \$?"; sleep 3
done
INIT
chmod +x tree/init tree/udhcpc
# Does what is left still import?
mount -t proc proc tree/proc
chroot tree python3 -W ignore -c '
import ironic_python_agent.cmd.agent, stevedore
for kind in "hardware_managers", "extensions", "inspector.collectors":
    found = stevedore.ExtensionManager("ironic_python_agent." + kind, on_load_failure_callback=lambda m, e, err: print("fails:", e, err))
    print(kind, sorted(found.names()))
    assert found.names()
' >>"$log" 2>&1
umount tree/proc
rm -rf tree/root/.cache tree/tmp/*

# lz4, not zstd: the conductor unpacks whatever begins like a zstd file before it builds its ISO ([conductor]
# disable_zstandard_decompression), and the firmware would read three times as much.
inside sh -ec 'cd /mnt/tree; find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc | lz4 -q -l -9 >/mnt/ipa.initramfs'
mv ipa.initramfs "$out/"

# 4. The boot loader that Ironic puts on its ISOs: a FAT image with one GRUB that goes on with the ISO's configuration. A plain
#    grub-mkimage: in a grub-mkstandalone image $root falls back to the memory disk when another configuration is read.
mkdir esp
cat >esp/early.cfg <<'GRUB'
search --no-floppy --file --set=root /EFI/BOOT/grub.cfg
set prefix=($root)/EFI/BOOT
GRUB
inside sh -ec 'cd /mnt/esp
  grub-mkimage -O x86_64-efi -c early.cfg -p /EFI/BOOT -o BOOTX64.EFI iso9660 fat part_gpt part_msdos search search_fs_file normal configfile linux boot echo test ls cat reboot halt
  truncate -s 4M esp.img
  mkfs.vfat -n ESP esp.img
  mmd -i esp.img ::/EFI ::/EFI/BOOT
  mcopy -i esp.img BOOTX64.EFI ::/EFI/BOOT/' >>"$log" 2>&1
mv esp/esp.img "$out/"

# 5. The disk images: GPT, one ESP, at the removable-media path one EFI program of kernel, busybox and command line.
for name in a b; do
  marker="$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"
  mkdir -p "image-$name/root/bin"
  cp tree/usr/bin/busybox "image-$name/root/bin/busybox"
  cat >"image-$name/root/init" <<INIT
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /dev
/bin/busybox mount -t proc proc /proc; /bin/busybox mount -t devtmpfs dev /dev
while :; do
  echo "METAL-IMAGE name=$name marker=$marker end"
  /bin/busybox sleep 10
done
INIT
  chmod +x "image-$name/root/init"
  cp "$out/ipa.kernel" "image-$name/vmlinuz"
  printf 'console=ttyS0 loglevel=4 panic=5' >"image-$name/cmdline"
  printf 'ID=metal-%s\nPRETTY_NAME="metal %s"\n' "$name" "$name" >"image-$name/os-release"
  inside sh -ec 'cd "$1"
    (cd root && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc) | zstd -q -19 >initrd
    ukify build --linux=vmlinuz --initrd=initrd --cmdline=@cmdline --os-release=@os-release --output=BOOTX64.EFI
    size=48
    truncate -s ${size}M disk.raw
    sgdisk -n 1:2048:0 -t 1:ef00 -c 1:ESP disk.raw
    truncate -s $((size - 2))M part
    mkfs.vfat -n METAL part
    mmd -i part ::/EFI ::/EFI/BOOT
    mcopy -i part BOOTX64.EFI ::/EFI/BOOT/
    dd if=part of=disk.raw bs=1M seek=1 conv=notrunc status=none
    qemu-img convert -q -c -f raw -O qcow2 disk.raw disk.qcow2
    zstd -q -3 disk.raw -o disk.raw.zst' sh "/mnt/image-$name" >>"$log" 2>&1
  for format in raw qcow2 raw.zst; do mv "image-$name/disk.$format" "$out/$name.$format"; done
  echo "$marker" >"$out/$name.marker"
done

say "tree $(du -sm tree | cut -f1) MB, ramdisk $(du -m "$out/ipa.initramfs" | cut -f1) MB, built in $((SECONDS - started)) s"
cd "$out"
umount "$root/mnt"
rm -rf --one-file-system work
touch .made
echo "$out"
