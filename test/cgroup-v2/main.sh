# What the virtual machine does: cgroup v2 alone, mounted as systemd does, and this shell in a group as that of a service.
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for folder in /dev/shm /tmp /run; do mount -t tmpfs tmpfs $folder; done
chmod 1777 /tmp
ip link set lo up
tree=/sys/fs/cgroup
mountpoint -q $tree && umount -R $tree
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 $tree
for group in $tree $tree/system.slice; do
  mkdir -p $group
  echo '+memory +pids +cpu' >$group/cgroup.subtree_control
done
mkdir $tree/system.slice/greenroom.service
echo $$ >$tree/system.slice/greenroom.service/cgroup.procs
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
sh /mnt/share/task.sh >/mnt/share/said 2>&1
sync
echo o >/proc/sysrq-trigger
while :; do sleep 1; done
