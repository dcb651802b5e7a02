"""The SSH server's end of the line to the process that forks sessions."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType

from workdiary.errors import WorkdiaryError

from workdiary_ssh_server import wire

_KEPT = ("HOME", "LANG", "LOGNAME", "PATH", "TZ", "USER", "VIRTUAL_ENV")


class Nursery:
    """Use it as ``async with``; ``lost`` is set when the forking process is gone."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self._ready = asyncio.Event()
        self._numbers = itertools.count(1)
        self._ended: dict[int, Callable[[int], None]] = {}
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(  # noqa: S603 - this program, and nobody's words
            [sys.executable, "-P", "-m", "workdiary_ssh_server.zygote", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=kept(os.environ),
        )
        theirs.close()
        self._line.setblocking(False)

    @property
    def pid(self) -> int:
        """The process that sessions are children of."""
        return self._process.pid

    async def __aenter__(self) -> Nursery:
        asyncio.get_running_loop().add_reader(self._line, self._read)
        ready = asyncio.ensure_future(self._ready.wait())
        lost = asyncio.ensure_future(self.lost.wait())
        await asyncio.wait((ready, lost), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        lost.cancel()
        if self.lost.is_set():
            await self.__aexit__(None, None, None)
            raise WorkdiaryError("the TUI could not be loaded: see the line above")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        descriptors: Sequence[int],
        terminal: bool,
        ended: Callable[[int], None],
    ) -> int:
        """Fork a session on three descriptors; ``ended`` is told its exit code. Returns its number.

        :raises OSError: the forking process is gone, or far behind
        """
        number = next(self._numbers)
        message = wire.Start(number, tuple(arguments), dict(environment), terminal)
        socket.send_fds(self._line, [wire.encode(message)], list(descriptors))
        self._ended[number] = ended
        return number

    def end(self, number: int) -> None:
        if number in self._ended:
            with suppress(OSError):
                self._line.send(wire.encode(wire.End(number)))

    def _read(self) -> None:
        try:
            packet = self._line.recv(wire.LONGEST)
        except ConnectionResetError:
            packet = b""
        if not packet:
            asyncio.get_running_loop().remove_reader(self._line)
            self.lost.set()
            return
        message = wire.said(packet)
        if isinstance(message, wire.Ready):
            self._ready.set()
        else:
            self._ended.pop(message.session)(message.code)


def kept(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the server's own environment a session may know."""
    return {name: environment[name] for name in _KEPT if name in environment}
