"""How a fork becomes the first process of a sandbox: namespaces, groups, mounts of its own, and nothing besides."""
import ctypes
import fcntl
import os
import signal
import socket
import struct

WORK = '/home/runner'
libc = ctypes.PyDLL(None, use_errno=True)
python = ctypes.pythonapi

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET, INTO_CGROUP = 0x10000000, 0x20000000, 0x40000000, 0x200000000
NOSUID, NODEV, NOEXEC, BIND, DETACH = 2, 4, 8, 0x1000, 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38


class Settings:
    """What holds for all sandboxes, as the host tells it once."""

    def __init__(self, words):
        told = dict(word.split('=', 1) for word in words)
        self.clone3 = int(dict(pair.split(':') for pair in told['calls'].split(','))['clone3'])
        self.masked = told['masked'].split(',')
        self.trees = open_trees(told['trees'].split(','))
        program = bytes.fromhex(told['filter'])
        self.program = ctypes.create_string_buffer(program, len(program))
        self.filter = Filter(len(program) // 8, ctypes.addressof(self.program))


def checked(result, what):
    if result == -1:
        raise OSError(ctypes.get_errno(), f'{what}: {os.strerror(ctypes.get_errno())}')
    return result


def mount(source, target, kind, flags, options=b''):
    checked(libc.mount(source.encode(), target.encode(), kind.encode(), flags, options), f'mount {target}')


def prctl(option, *values):
    return libc.prctl(option, *(ctypes.c_ulong(value) for value in (*values, *[0] * (4 - len(values)))))


def open_trees(names):
    """The trees of groups stay open here, and out of sight."""
    trees = {}
    for name in names:
        path = f'/home/groups/{name}'
        trees[name] = os.open(path, os.O_RDONLY)
        checked(libc.umount2(path.encode(), DETACH), 'umount groups')
    return trees


def clone(settings, group):
    """Forks into namespaces of its own, born in its group; tells 0 in the child, its process id in the parent."""
    folder = os.open(group, os.O_RDONLY, dir_fd=settings.trees['unified'])
    flags = NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | INTO_CGROUP
    request = struct.pack('11Q', flags, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, folder)
    python.PyOS_BeforeFork()
    pid = libc.syscall(settings.clone3, request, len(request))
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    python.PyOS_AfterFork_Parent()
    os.close(folder)
    return checked(pid, 'clone')


def join_groups(settings, group):
    """The groups that it was not born in: a thread that moves itself moves at once."""
    for name, tree in settings.trees.items():
        if name != 'unified':
            tasks = os.open(f'{group}/tasks', os.O_WRONLY, dir_fd=tree)
            os.write(tasks, b'0')
    checked(libc.unshare(NEWCGROUP), 'unshare cgroup')


def mounts(settings, uid, disk):
    checked(libc.umount2(b'/proc', DETACH), 'umount /proc')
    mount('proc', '/proc', 'proc', NOSUID | NODEV | NOEXEC)
    for path in settings.masked:
        mount('/dev/null', path, '', BIND)
    mount('tmpfs', '/dev/shm', 'tmpfs', NOSUID | NODEV, b'size=16777216,mode=1777')
    mount('tmpfs', '/home', 'tmpfs', NOSUID | NODEV, f'size={disk},mode=755,uid={uid},gid={uid}'.encode())
    for path, mode in ((WORK, 0o700), ('/home/tmp', 0o1777)):
        os.mkdir(path)
        os.chmod(path, mode)
        os.chown(path, uid, uid)


def network():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack('16sH14x', b'lo', 1))  # up


def write(path, text):
    fd = os.open(path, os.O_WRONLY)
    os.write(fd, text.encode())
    os.close(fd)


class Filter(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('program', ctypes.c_void_p)]


def forsake(settings, uid):
    """Gives up everything that the sandbox must not have. The mounts stay those of the host's user namespace."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    prctl(PR_SET_DUMPABLE, 1)
    checked(libc.unshare(NEWUSER), 'unshare user')
    write('/proc/self/setgroups', 'deny')
    write('/proc/self/uid_map', f'1000 {uid} 1')
    write('/proc/self/gid_map', f'1000 {uid} 1')
    for capability in range(64):
        if prctl(PR_CAPBSET_DROP, capability) != 0:
            break
    header, none = struct.pack('Ii', 0x20080522, 0), bytes(24)
    checked(libc.capset(header, none), 'capset')
    checked(prctl(PR_SET_NO_NEW_PRIVS, 1), 'no new privileges')
    checked(prctl(PR_SET_SECCOMP, 2, ctypes.addressof(settings.filter)), 'seccomp')


def isolate(settings, uid, disk):
    os.setsid()
    mounts(settings, uid, disk)
    network()
    socket.sethostname('sandbox')
    os.chdir(WORK)
    os.umask(0o022)
    forsake(settings, uid)
    checked(prctl(PR_SET_PDEATHSIG, signal.SIGKILL), 'death signal')
