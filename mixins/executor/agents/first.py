"""The first process of a forked sandbox: builds it, starts the program's process, tells how that ended."""
import _signal
import ctypes
import fcntl
import os
import signal
import time

import agent
import isolation

OVER = signal.SIGRTMIN + 5
TRIED = signal.SIGRTMIN + 6
# As numbers, to the function below Python's own, which would look up a name for each.
EVERY = frozenset(map(int, signal.valid_signals()))
NONE = frozenset()
mask = _signal.pthread_sigmask
SIGNALS = {signal.SIGCHLD, OVER}
# A sandbox waits on some of them, its program goes on on all.
CPUS = os.sched_getaffinity(0)
# Woken by its own end, such a process does not go before whoever has woken it.
YIELDING = (0, os.SCHED_BATCH, os.sched_param(0))
set_scheduler = os.sched_setscheduler
# The number of the program's own process: the first of its sandbox is 1.
MAIN = 2


def place(settings, order, opened, loaded):
    """The first process of a sandbox: builds it, starts the program's process, tells how that ended."""
    _signal.signal(signal.SIGCHLD, _signal.SIG_DFL)
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD, isolation.CLEAR) for fd in opened]
    for number, fd in enumerate(moved):
        os.dup2(fd, number, inheritable=number < 3)
    isolation.isolate(settings, order.calls)
    os.closerange(len(moved), 1 << 20)
    frames = agent.Frames(4)
    # Nobody reads or traces this process.
    isolation.prctl(isolation.PR_SET_DUMPABLE, 0)
    # Nor does any signal of the program end it, or disturb it.
    mask(signal.SIG_SETMASK, EVERY)
    main = os.fork()
    if main == 0:
        isolation.prctl(isolation.PR_SET_DUMPABLE, 1)
        mask(signal.SIG_SETMASK, NONE)
        serve(frames, order.hurry, loaded)
    watch(main, order.hurry)


def tell(line):
    os.write(3, line.encode() + b'\n')


def serve(frames, hurry, loaded):
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
        frames.list()  # a fork hands nothing out
        agent.forget_shadowed(*loaded)
        path = agent.become(environment, command)
        frames.go()
        everywhere()
        tell(f'S {time.monotonic_ns() // 1000}')
        agent.bound(limits)
        os.close(3)
        os.close(4)
        code = agent.execute(path)
        # The first process hears of the end now. A fork of the program may come here too, whose end is not the program's.
        if os.getpid() == MAIN:
            end_with(code)
    finally:
        os._exit(code)


def everywhere():
    try:
        os.sched_setaffinity(0, CPUS)
    except OSError:
        pass  # none of them is there any more; it goes on where it is


def end_with(code):
    """Has the first process end this one, which is taken apart only after that: nobody has to wait for it."""
    set_scheduler(*YIELDING)
    if over_with(OVER, code) == 0:
        # Not Python's own, which lets other threads of the program go on.
        isolation.libc.pause()


def over_with(number, code):
    return isolation.libc.sigqueue(1, number, ctypes.c_void_p(code))


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
