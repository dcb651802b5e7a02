"""Decoding a stranger's picture in a child process: 512 MB, five seconds, WebP alone.

A picture that breaks libwebp, or unpacks to gigabytes, ends the child and not the diary. The child
lives on between pictures, since starting it costs more than most of them.
"""

from __future__ import annotations

import selectors
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from workdiary_tui.pictures.child import LENGTH, REASON

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a part of a picture, in its pixels."""

SECONDS = 5.0
_START_SECONDS = 10.0
_WHOLE: Box = (0, 0, 0, 0)
_CHILD = "workdiary_tui.pictures.child"


class UndecodableError(Exception):
    """The picture is not one, too large, or took too long; the message says which."""


class Decoder:
    """One child at a time, from any thread; ``close`` ends it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Decoder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def decode(self, webp: bytes, longest: tuple[int, int]) -> Image.Image:
        """The picture as RGB, made smaller to fit ``longest`` pixels where it is larger.

        :raises UndecodableError: it cannot be had
        """
        return self._decode(webp, _WHOLE, longest)

    def decode_spot(self, webp: bytes, box: Box, size: tuple[int, int]) -> Image.Image:
        """A part of the picture as RGB of exactly ``size`` pixels.

        :raises UndecodableError: it cannot be had
        """
        return self._decode(webp, box, size)

    def _decode(self, webp: bytes, box: Box, longest: tuple[int, int]) -> Image.Image:
        from PIL import Image

        with self._lock:
            try:
                size, content = self._ask(self._running(), webp, box, longest)
            except UndecodableError:
                self._end()
                raise
            except OSError as error:
                self._end()
                raise UndecodableError(f"its decoder ended: {error}") from error
        if not all(size):
            raise UndecodableError(content.decode(errors="replace"))
        return Image.frombytes("RGB", size, content)

    def close(self) -> None:
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._end()
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-P", "-m", _CHILD],  # -P: import nothing from where we stand
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            self._read(self._child, 1, _START_SECONDS)
        return self._child

    def _ask(
        self, child: subprocess.Popen[bytes], webp: bytes, box: Box, longest: tuple[int, int]
    ) -> tuple[tuple[int, int], bytes]:
        """Size and RGB bytes, or a size of nothing and the reason, in words."""
        numbers = (*box, *longest, len(webp))
        request = b"".join(number.to_bytes(LENGTH, "big") for number in numbers) + webp
        assert child.stdin is not None  # noqa: S101 (asked for by PIPE)
        view = memoryview(request)
        while view:
            view = view[child.stdin.write(view) or 0 :]
        head = self._read(child, 3 * LENGTH, self._seconds)
        width, height, length = (
            int.from_bytes(head[at : at + LENGTH], "big") for at in (0, LENGTH, 2 * LENGTH)
        )
        fits = width <= longest[0] and height <= longest[1]
        expected = width * height * 3 or min(length, REASON)
        if not fits or length != expected:
            raise UndecodableError("its decoder answered nonsense")  # who broke it may answer
        return (width, height), self._read(child, length, self._seconds)

    def _read(self, child: subprocess.Popen[bytes], count: int, seconds: float) -> bytes:
        """Exactly ``count`` bytes within ``seconds``."""
        assert child.stdout is not None  # noqa: S101 (asked for by PIPE)
        deadline, found = time.monotonic() + seconds, bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while len(found) < count:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise UndecodableError(f"it took longer than {seconds:.0f} s to decode")
                piece = child.stdout.read(count - len(found))
                if not piece:
                    raise UndecodableError("its decoder ended: too large, or damaged")
                found += piece
        return bytes(found)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
