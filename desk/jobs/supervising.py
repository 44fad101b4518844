"""Running several long-lived programs as one: start, log, restart, stop.

Each child leads its own session, so a Ctrl-C in the terminal reaches the supervisor alone, which sends one SIGTERM
to every child's main process and waits; whole groups that get SIGINT stop badly (granian and celery both do). What a
child leaves behind when it dies is killed, so nothing keeps a port or a queue. One thread and no Django in here.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

STARTS = 5  # within WINDOW seconds, then the child is given up and everything stops
WINDOW = 60.0
PATIENCE = 20.0  # from the SIGTERM to the SIGKILL
TICK = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Program:
    """What is to run, under the name its lines carry."""

    name: str
    command: Sequence[str]


@dataclass(slots=True)
class Child:
    """A program and the process that runs it now, if one does."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=STARTS))
    start_at: float = 0.0
    unfinished_line: bytes = b""

    @property
    def tired(self) -> bool:
        """Started too often within the window to be started again."""
        return len(self.starts) == STARTS and time.monotonic() - self.starts[0] < WINDOW


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(self, programs: Sequence[Program], *, environment: Mapping[str, str], out: IO[str]) -> None:
        self._children = [Child(program) for program in programs]
        self._environment = environment
        self._out = out
        self._width = max(len(program.name) for program in programs)
        self._selector = selectors.DefaultSelector()
        self._signals = 0  # how often it was told to stop
        self._failed = False  # a child was given up
        self._stopping = False

    def run(self, *, on_tick: Callable[[], None]) -> int:
        """Start everything and stay until a stop signal, or until a child had to be given up; the exit code.

        ``on_tick`` is called a few times a second while all is well.
        """
        with self._listening():
            try:
                while not self._signals and not self._failed:
                    self._start_due()
                    self._wait_for_events()
                    self._reap()
                    on_tick()
            finally:
                # Also when on_tick raises: no child outlives its supervisor.
                self._stop_all()
        return 1 if self._failed else 0

    def say(self, line: str) -> None:
        """One line on the terminal, which may be gone (SIGHUP, a closed pipe): the desk does not mind."""
        with contextlib.suppress(OSError, ValueError):
            print(line, file=self._out, flush=True)

    # --- starting and dying -------------------------------------------------------------------------------

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is None and now >= child.start_at:
                self._start(child)

    def _start(self, child: Child) -> None:
        child.starts.append(time.monotonic())
        child.process = subprocess.Popen(
            child.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
            # Safe here: the supervisor has one thread.
            preexec_fn=_stop_with_parent,  # noqa: PLW1509
        )
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _reap(self) -> None:
        for child in self._children:
            if child.process is None or not _has_ended(child.process.pid):
                continue
            code = self._bury(child)
            if self._stopping:
                continue
            if child.tired:
                self.say(
                    f"{child.program.name} ended {STARTS} times within a minute; giving up. Its lines above say why."
                )
                self._failed = True
                return
            delay = 0.5 * len(child.starts)
            self.say(f"{child.program.name} ended ({_ending(code)}); starting it again.")
            child.start_at = time.monotonic() + delay

    def _bury(self, child: Child) -> int:
        """Kill what a dead child left in its session, print its last lines; its exit code."""
        assert child.process is not None
        assert child.process.stdout is not None
        # Before it is reaped: until then nobody else can have got its number.
        _signal_group(child.process.pid, signal.SIGKILL)
        code = child.process.wait()
        self._read(child)
        if child.unfinished_line:
            self._print_lines(child, b"\n")
        self._forget_pipe(child)
        child.process.stdout.close()
        child.process = None
        return code

    # --- stopping -----------------------------------------------------------------------------------------

    @property
    def _alive(self) -> list[Child]:
        return [child for child in self._children if child.process is not None]

    def _stop_all(self) -> None:
        self._stopping = True
        if self._signals:
            self.say("Stopping … (Ctrl-C again: at once)")
        for child in self._alive:
            _send(child, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        already = self._signals
        while self._alive and time.monotonic() < deadline and self._signals <= already:
            self._wait_for_events()
            self._reap()
        for child in self._alive:
            self.say(f"{child.program.name} did not stop; killed.")
            self._bury(child)

    # --- signals and lines --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Signals arrive as bytes on a socket, so that the wait for events ends at once; old handlers come back."""
        receiver, sender = socket.socketpair()
        for end in (receiver, sender):
            end.setblocking(False)
        self._selector.register(receiver, selectors.EVENT_READ, None)
        old_descriptor = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        old_handlers = {number: signal.signal(number, self._told_to_stop) for number in STOP_SIGNALS}
        old_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        try:
            yield
        finally:
            for number, handler in old_handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(old_descriptor)
            self._selector.close()
            receiver.close()
            sender.close()

    def _told_to_stop(self, number: int, frame: object) -> None:
        self._signals += 1

    def _wait_for_events(self) -> None:
        for key, _ in self._selector.select(TICK):
            if key.data is not None:
                self._read(key.data)
            elif isinstance(key.fileobj, socket.socket):
                with contextlib.suppress(BlockingIOError):
                    key.fileobj.recv(4096)

    def _read(self, child: Child) -> None:
        """Take what the child has written so far."""
        assert child.process is not None
        assert child.process.stdout is not None
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(child.process.stdout.fileno(), 65536):
                self._print_lines(child, chunk)
            self._forget_pipe(child)  # end of file, for which select would wake up for ever

    def _forget_pipe(self, child: Child) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.process.stdout)  # type: ignore[union-attr, arg-type]

    def _print_lines(self, child: Child, chunk: bytes) -> None:
        *lines, child.unfinished_line = (child.unfinished_line + chunk).split(b"\n")
        for line in lines:
            self.say(f"{child.program.name:{self._width}} │ {line.decode(errors='replace')}")


def _stop_with_parent() -> None:
    """Between fork and exec: SIGTERM for this child when the supervisor is killed outright. Linux only."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_libc = ctypes.CDLL(None)  # loaded before any fork


def _has_ended(pid: int) -> bool:
    """Whether the child has died; it stays a zombie, so that its number remains its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _send(child: Child, number: signal.Signals) -> None:
    assert child.process is not None
    with contextlib.suppress(ProcessLookupError):
        child.process.send_signal(number)


def _signal_group(leader: int, number: signal.Signals) -> None:
    # PermissionError is macOS's word for a group of which only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
