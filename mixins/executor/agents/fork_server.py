"""Forks sandboxes from an interpreter that is up. It reads orders of the executor and never runs a program itself."""
import sys

BARE = frozenset(sys.modules)

import os
import signal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import agent
import first
import isolation

# What programs most often import; importing it again then costs nothing.
import collections, contextlib, copy, dataclasses, datetime, decimal, enum, functools, heapq, io, itertools  # noqa
import math, operator, pathlib, random, re, string, textwrap, traceback, typing  # noqa

AHEAD = agent.packages(BARE)

# More often than it takes until Python notices.
REHEARSALS = 30

HELD = {}
# In haste where a program is there already: nothing is done ahead then.
Order = collections.namedtuple('Order', 'uid group hurry calls')


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
        first.place(settings, order, theirs, (BARE, AHEAD))
    except BaseException as error:
        first.tell(f'F {error}')
    finally:
        os._exit(121)


def rehearse(settings):
    """Python makes code faster in place while it runs. What has become so here is shared by every fork, instead of copied."""
    # A call that heeds no arguments, with one of every kind.
    tree = next(iter(settings.trees))
    calls = [f'{name}:{settings.numbers["getpid"]}:1:x00:t{tree}:f:r' for name in ('+getpid', 'getpid')]
    for _ in range(REHEARSALS):
        isolation.isolate(settings, calls)
        frames = agent.Frames(-1)
        frames.ahead = agent.REHEARSAL
        frames.step()
        first.last_word(0, 0)


def main():
    # Not sys.stdin: what that has read ahead would be the input of the program that is forked next.
    orders = os.fdopen(os.dup(0), 'rb')
    settings = isolation.Settings(orders.readline().decode().split()[1:])
    rehearse(settings)
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
