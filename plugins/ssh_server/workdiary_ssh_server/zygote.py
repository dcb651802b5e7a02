"""The process that sessions are forked from: it imports the TUI once, and runs nothing itself.

It has one thread and no event loop, because a fork copies neither rightly. Started as
``python -m workdiary_ssh_server.zygote DESCRIPTOR``.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import sys
import time
from contextlib import suppress

import click
from workdiary.cli import cli

from workdiary_ssh_server import wire
from workdiary_ssh_server.child import run

_PATIENCE = 1.0
"""Seconds between hanging up on a session and killing it."""


class Zygote:
    """``_running`` is each session's process; ``_doomed``, when those that were hung up on die."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._running: dict[int, int] = {}
        self._doomed: dict[int, float] = {}
        self._woken, self._waker = os.pipe()
        for descriptor in (self._woken, self._waker):
            os.set_blocking(descriptor, False)

    def live(self) -> None:
        """Fork and reap until the SSH server is gone; then end what still runs."""
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._line.sendall(wire.encode(wire.Ready()))
        try:
            while self._turn():
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            for process in self._running:
                _signal(process, signal.SIGKILL)

    def _turn(self) -> bool:
        watched = [self._line.fileno(), self._woken]
        ready, _, _ = select.select(watched, [], [], self._longest_wait())
        if self._woken in ready:
            with suppress(BlockingIOError):
                os.read(self._woken, 4096)
        self._reap()
        self._kill_the_deaf()
        if self._line.fileno() not in ready:
            return True
        packet, descriptors, _, _ = socket.recv_fds(self._line, wire.LONGEST, 3)
        if not packet:
            return False
        message = wire.told(packet)
        if isinstance(message, wire.Start):
            self._fork(message, descriptors)
        else:
            self._hang_up(message.session)
        return True

    def _fork(self, start: wire.Start, descriptors: list[int]) -> None:
        process = os.fork()
        if process == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (self._woken, self._waker, self._line.detach()):
                os.close(descriptor)
            run(start.arguments, start.environment, descriptors, start.terminal)
        for descriptor in descriptors:
            os.close(descriptor)
        self._running[process] = start.session

    def _hang_up(self, session: int) -> None:
        for process, its in self._running.items():
            if its == session:
                _signal(process, signal.SIGHUP)
                self._doomed[process] = time.monotonic() + _PATIENCE

    def _kill_the_deaf(self) -> None:
        for process, when in self._doomed.items():
            if time.monotonic() >= when:
                _signal(process, signal.SIGKILL)

    def _longest_wait(self) -> float | None:
        return _PATIENCE / 4 if self._doomed else None

    def _reap(self) -> None:
        """Say which sessions are over. What they left behind in their own group goes first, while
        the group's id cannot be another's."""
        while self._running:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return
            process = found.si_pid
            _signal(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            self._doomed.pop(process, None)
            code = os.waitstatus_to_exitcode(status)
            ended = wire.Ended(self._running.pop(process), 128 - code if code < 0 else code)
            self._line.sendall(wire.encode(ended))


def _signal(process: int, number: signal.Signals) -> None:
    """To a session's whole group, which has its leader's id; before its setsid, to it alone."""
    try:
        os.killpg(process, number)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def load() -> None:
    """Import what ``workdiary tui`` will: every module of the package that brings the command."""
    command = cli.get_command(click.Context(cli), "tui")
    if command is None or command.callback is None:
        sys.exit("workdiary: there is no 'workdiary tui' here: install workdiary-tui")
    package = importlib.import_module(command.callback.__module__.partition(".")[0])
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    load()
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        sys.exit(f"workdiary: an import started {threads - 1} threads, and a fork would lose them")
    gc.collect()
    gc.freeze()
    Zygote(line).live()


if __name__ == "__main__":
    main()
