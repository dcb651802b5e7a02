"""A Textual driver that never takes a terminal's reply for keys."""

from __future__ import annotations

import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

from workdiary_tui.terminal.probe import Probe
from workdiary_tui.terminal.stream import ESC, Piece

_WAIT = 0.05


class SwitchedMouse(LinuxDriver):
    """Textual's driver, whose mouse can be switched while it runs."""

    def switch_mouse(self) -> bool:
        """Give the mouse to the app or back to the terminal; whether the app has it now."""
        if self._mouse:
            self._disable_mouse_support()
            self._mouse = False
        else:
            self._mouse = True
            self._enable_mouse_support()
        self.flush()
        return self._mouse


def driver_after(probe: Probe) -> type[LinuxDriver]:
    """The driver that goes on where the probe left off, with what was typed meanwhile."""
    stream = probe.stream

    class ReplyFilter(SwitchedMouse):
        """Fed with what was typed alone."""

        def run_input_thread(self) -> None:
            parser = XTermParser(self._debug)
            self._pass(parser, probe.typed)
            decode = getincrementaldecoder("utf-8")("replace").decode
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    if selector.select(_WAIT):
                        read = os.read(self.fileno, 4096)
                        if not read:
                            return
                        self._pass(parser, stream.feed(decode(read), time.monotonic()))
                    else:
                        self._pass(parser, stream.tick(time.monotonic()))
                    for message in parser.tick():
                        self.process_message(message)

        def _pass(self, parser: XTermParser, pieces: Iterable[Piece]) -> None:
            for piece in pieces:
                if piece.reply:
                    continue
                if piece.text == ESC:  # it was waited for already
                    self.process_message(Key("escape", ESC))
                    continue
                for message in parser.feed(piece.text):
                    self.process_message(message)

    return ReplyFilter
