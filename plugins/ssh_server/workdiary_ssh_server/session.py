"""One session: a forked TUI on a terminal of its own, and the channel that shows it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios
from collections.abc import Callable, Mapping
from contextlib import suppress

import asyncssh
from workdiary.authorized_keys import KeyLine

from workdiary_ssh_server.nursery import Nursery, kept

QUEUED = 256 * 1024
"""Bytes that may wait for a slow line; beyond them the TUI waits."""
_CHUNK = 32_768
_SIZES = struct.Struct("HHHH")


class Session(asyncssh.SSHServerSession[bytes]):
    """``left`` is told once, when it is over; ``refusal`` is said instead of showing anything."""

    def __init__(
        self,
        line: KeyLine,
        nursery: Nursery,
        idle: float,
        left: Callable[[Session], None],
        refusal: str = "",
    ) -> None:
        self.line = line
        self._nursery, self._idle, self._left, self._refusal = nursery, idle, left, refusal
        self._loop = asyncio.get_running_loop()
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._command: str | None = None
        self._terminal = False
        self._ours = self._aside = -1
        self._number = 0
        self._code: int | None = None
        self._typed = bytearray()
        self._clock: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan
        chan.set_write_buffer_limits(high=QUEUED, low=QUEUED // 4)

    def pty_requested(
        self,
        term_type: str,
        term_size: tuple[int, int, int, int],
        term_modes: Mapping[int, int],
    ) -> bool:
        self._terminal = True
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        return False

    def session_started(self) -> None:
        if self._refusal:
            self._say(self._refusal)
            self._chan.exit(1)
            return
        theirs = self._open()
        try:
            self._number = self._nursery.start(
                self.line.command[1:], self._environment(), theirs, self._terminal, self._ended
            )
        except OSError:
            self._say("this server is busy: try again in a moment")
            self._chan.exit(1)
            return
        finally:
            for descriptor in set(theirs):
                os.close(descriptor)
        self._loop.add_reader(self._ours, self._show)
        if self._aside >= 0:
            self._loop.add_reader(self._aside, self._show_aside)
        self._wind_up()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if not self._terminal or self._ours < 0:
            return
        self._wind_up()
        self._typed += data
        self._type()

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        if self._terminal and self._ours >= 0:
            self._resize((width, height, pixwidth, pixheight))

    def break_received(self, msec: int) -> bool:
        return True

    def eof_received(self) -> bool:
        """A client that types no more still reads, unless it sits at a terminal."""
        return not self._terminal

    def pause_writing(self) -> None:
        if self._ours >= 0:
            self._loop.remove_reader(self._ours)

    def resume_writing(self) -> None:
        if self._ours >= 0:
            self._loop.add_reader(self._ours, self._show)

    def connection_lost(self, exc: Exception | None) -> None:
        self._nursery.end(self._number)
        self._hang_up()
        self._left(self)

    def end(self, why: str) -> None:
        """Say why, and close."""
        self._nursery.end(self._number)
        self._hang_up()
        self._say(why)
        self._chan.exit(1)

    @property
    def _chan(self) -> asyncssh.SSHServerChannel[bytes]:
        if self._channel is None:
            raise RuntimeError("a session begins with its channel")
        return self._channel

    def _open(self) -> tuple[int, int, int]:
        """The session's three descriptors: a new terminal, or two pipes and nothing to read."""
        if self._terminal:
            self._ours, theirs = os.openpty()
            self._resize(self._chan.get_terminal_size())
            descriptors = (theirs, theirs, theirs)
        else:
            self._ours, answer = os.pipe()
            self._aside, narration = os.pipe()
            os.set_blocking(self._aside, False)
            descriptors = (os.open(os.devnull, os.O_RDONLY), answer, narration)
        os.set_blocking(self._ours, False)
        return descriptors

    def _environment(self) -> dict[str, str]:
        peer = self._chan.get_extra_info("peername")
        own = self._chan.get_extra_info("sockname")
        asked = self._chan.get_environment()
        environment = kept(os.environ)
        environment["SSH_CONNECTION"] = f"{peer[0]} {peer[1]} {own[0]} {own[1]}"
        environment["TERM"] = self._chan.get_terminal_type() or "dumb"
        if "COLORTERM" in asked:
            environment["COLORTERM"] = asked["COLORTERM"]
        if self._command is not None:
            environment["SSH_ORIGINAL_COMMAND"] = self._command
        return environment

    def _resize(self, size: tuple[int, int, int, int]) -> None:
        width, height, *pixels = (min(max(number, 0), 0xFFFF) for number in size)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, _SIZES.pack(height, width, *pixels))

    def _show(self) -> None:
        """Pass on what the TUI drew, unless the line is behind."""
        if self._is_behind():
            self._loop.remove_reader(self._ours)
            self._retry = self._loop.call_later(0.05, self.resume_writing)
            return
        try:
            drawn = os.read(self._ours, _CHUNK)
        except BlockingIOError:
            return
        except OSError:  # a terminal whose other end is closed
            drawn = b""
        if drawn:
            self._chan.write(drawn)
            return
        self._close_ours()
        self._finish()

    def _show_aside(self) -> None:
        """What goes to stderr, a line or two, stays apart from the answer where no terminal is."""
        narrated = os.read(self._aside, _CHUNK)
        if narrated:
            self._chan.write_stderr(narrated)
            return
        self._close_aside()
        self._finish()

    def _is_behind(self) -> bool:
        """asyncssh counts what waits for the client's window, and the transport what waits for
        the network; it shows the transport to nobody."""
        transport = self._chan.get_connection()._transport
        return transport is not None and transport.get_write_buffer_size() > QUEUED

    def _type(self) -> None:
        try:
            del self._typed[: os.write(self._ours, self._typed)]
        except BlockingIOError:
            pass
        except OSError:
            self._typed.clear()
        if self._typed:
            self._chan.pause_reading()
            self._loop.add_writer(self._ours, self._type)
        else:
            self._loop.remove_writer(self._ours)
            self._chan.resume_reading()

    def _ended(self, code: int) -> None:
        self._code = code
        self._finish()

    def _finish(self) -> None:
        """Both the process and what it drew have come to their end."""
        if self._code is not None and self._ours < 0 and self._aside < 0:
            self._chan.exit(self._code)

    def _hang_up(self) -> None:
        for handle in (self._clock, self._retry):
            if handle is not None:
                handle.cancel()
        self._close_ours()
        self._close_aside()

    def _close_ours(self) -> None:
        if self._ours >= 0:
            self._loop.remove_reader(self._ours)
            self._loop.remove_writer(self._ours)
            os.close(self._ours)
            self._ours = -1

    def _close_aside(self) -> None:
        if self._aside >= 0:
            self._loop.remove_reader(self._aside)
            os.close(self._aside)
            self._aside = -1

    def _wind_up(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        why = f"closed: no key was pressed for {self._idle / 60:g} minutes"
        self._clock = self._loop.call_later(self._idle, self.end, why)

    def _say(self, words: str) -> None:
        with suppress(OSError):  # the channel is closed already
            self._chan.write_stderr(f"workdiary: {words}\r\n".encode())
