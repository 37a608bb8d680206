"""Forks sandboxes from an interpreter that is up. It reads orders of the executor and never runs a program itself."""
import sys

BARE = frozenset(sys.modules)

import ctypes
import fcntl
import os
import signal
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import agent
import isolation

# What programs most often import; importing it again then costs nothing.
import collections, contextlib, copy, dataclasses, datetime, decimal, enum, functools, heapq, io, itertools  # noqa
import math, operator, pathlib, random, re, string, textwrap, traceback, typing  # noqa

AHEAD = agent.packages(BARE)

OVER = signal.SIGRTMIN + 5
TRIED = signal.SIGRTMIN + 6
SIGNALS = {signal.SIGCHLD, OVER}
# The number of the program's own process: the first of its sandbox is 1.
MAIN = 2
HELD = {}
# In haste where a program is there already: nothing is done ahead then.
Order = collections.namedtuple('Order', 'uid group hurry calls')


def place(settings, order, opened):
    """The first process of a sandbox: builds it, starts the program's process, tells how that ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD, isolation.CLEAR) for fd in opened]
    for number, fd in enumerate(moved):
        os.dup2(fd, number, inheritable=number < 3)
    isolation.isolate(settings, order.calls)
    os.closerange(len(moved), 1 << 20)
    frames = agent.Frames(4)
    # Nobody reads or traces this process.
    isolation.prctl(isolation.PR_SET_DUMPABLE, 0)
    # Nor does any signal of the program end it, or disturb it.
    before = signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    main = os.fork()
    if main == 0:
        isolation.prctl(isolation.PR_SET_DUMPABLE, 1)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        serve(frames, order.hurry)
    watch(main, order.hurry)


def tell(line):
    os.write(3, line.encode() + b'\n')


def serve(frames, hurry):
    """The program's own process: waits for the job, becomes the program."""
    isolation.write('/proc/self/oom_score_adj', '1000')
    if not hurry:
        agent.pretouch()
        over_with(0, 0)
    tell('R')
    code = 1
    try:
        if frames.count() != 1:
            os._exit(122)
        limits, environment, command = frames.step()
        try:
            for _ in range(frames.count()):
                agent.write_file(frames)
        except OSError:
            tell('B')
            os._exit(1)
        agent.forget_shadowed(BARE, AHEAD)
        path = agent.become(environment, command)
        tell(f'S {time.monotonic_ns() // 1000}')
        agent.bound(limits)
        os.close(3)
        os.close(4)
        code = agent.execute(path)
        # The first process hears of the end now; that this one still has to be taken apart concerns nobody. A fork of the
        # program may come here too, whose end is not the program's.
        if os.getpid() == MAIN:
            over_with(OVER, code)
    finally:
        os._exit(code)


def over_with(number, code):
    isolation.libc.sigqueue(1, number, ctypes.c_void_p(code))


def watch(main, hurry):
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    if not hurry:
        rehearse_end()
    status = over(main)
    ended = time.monotonic_ns() // 1000
    kill_all(signal.SIGKILL)
    tell(last_word(status, ended))
    os._exit(0)


def kill_all(number):
    try:
        os.kill(-1, number)
    except ProcessLookupError:
        pass


def last_word(status, ended):
    room = os.statvfs('/home')
    return f'E {status} {ended} {room.f_bfree * room.f_bsize} {room.f_blocks * room.f_bsize}'


def rehearse_end():
    """Goes the way of an end once, so that what a fork copies of it is copied while it waits."""
    os.kill(1, TRIED)
    last_word(signal.sigwaitinfo({TRIED}).si_status & 0xFF, time.monotonic_ns() // 1000)
    kill_all(0)


def over(main):
    """Waits for the end of the program and tells its wait status. Whoever forges OVER has merely ended it early."""
    while True:
        heard = signal.sigwaitinfo(SIGNALS)
        if heard.si_signo == OVER:
            return (heard.si_status & 0xFF) << 8
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == main:
                return status
            if pid == 0:
                break


def answer(*words):
    os.write(1, (' '.join(map(str, words)) + '\n').encode())


def open_pipes(number, uid):
    """The ends of a sandbox's pipes: its own, and those that the host takes over."""
    held = HELD[number] = []
    pairs = []
    for _ in range(5):
        pairs.append(os.pipe())
        held.extend(pairs[-1])
        for fd in pairs[-1]:
            # The program may open its own output anew, by its name in /proc.
            os.fchown(fd, uid, uid)
    inward = (True, False, False, False, True)
    theirs = [pair[0 if into else 1] for pair, into in zip(pairs, inward)]
    ours = [pair[1 if into else 0] for pair, into in zip(pairs, inward)]
    return theirs, ours


def made(settings, number, order):
    try:
        theirs, ours = open_pipes(number, order.uid)
        pid = isolation.clone(settings, order.group)
    except OSError as error:
        return answer('failed', number, error)
    if pid != 0:
        return answer('made', number, pid, *ours)
    try:
        place(settings, order, theirs)
    except BaseException as error:
        tell(f'F {error}')
    finally:
        os._exit(121)


def main():
    # Not sys.stdin: what that has read ahead would be the input of the program that is forked next.
    orders = os.fdopen(os.dup(0), 'rb')
    settings = isolation.Settings(orders.readline().decode().split()[1:])
    agent.gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    answer('up', os.getpid())
    for line in iter(orders.readline, b''):
        what, number, *rest = line.decode().split()
        if what == 'make':
            uid, group, haste, *calls = rest
            made(settings, number, Order(int(uid), group, haste == 'now', calls))
        else:
            for fd in HELD.pop(number, ()):
                os.close(fd)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


if __name__ == '__main__':
    sys.path.pop(0)
    main()
