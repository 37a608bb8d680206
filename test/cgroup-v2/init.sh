#!/bin/busybox sh
# The first process of the virtual machine: puts this machine's files, as they are, below a memory of its own, and hands over.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# In the order in which they need each other.
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci netfs fscache 9pnet 9pnet_virtio 9p overlay; do
  insmod /modules/$module.ko
done
options=trans=virtio,version=9p2000.L,msize=512000
mkdir /host /memory
mount -t 9p -o $options,cache=loose,ro host /host
mount -t tmpfs memory /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work files /root
for folder in proc sys dev; do mount --move /$folder /root/$folder; done
mkdir -p /root/mnt/share
mount -t 9p -o $options share /root/mnt/share
exec switch_root /root /bin/sh /mnt/share/main.sh
