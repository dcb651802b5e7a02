"""A bundle that somebody handed over: opened without trusting anything in it.

Nothing is unpacked onto the disk, and no file is read beyond its kind's limit.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from workdiary.bundles import form
from workdiary.bundles.form import Manifest
from workdiary.errors import InvalidError

_FILES_MOST = 20_000_000


class Bundle:
    """An open bundle. What it cannot be read without is read when it is opened."""

    manifest: Manifest
    checkpoint: str

    def __init__(self, path: Path) -> None:
        """:raises InvalidError: code ``bundle``; it is none, and nothing can be said of it"""
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InvalidError(f"{path} is no bundle: {error}", "bundle") from error
        self._known = {info.filename: info for info in self._zip.infolist()}
        if len(self._zip.infolist()) > _FILES_MOST:
            raise InvalidError(f"{path} has more files than any bundle", "bundle")
        try:
            self.manifest = form.decode_manifest(self._needed(form.MANIFEST))
            self.checkpoint = self._needed(form.CHECKPOINT).decode()
        except UnicodeDecodeError as error:
            raise InvalidError(f"{form.CHECKPOINT} is no text", "bundle") from error
        except InvalidError:
            self._zip.close()
            raise

    def __enter__(self) -> Bundle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._known)

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None where there is none.

        :raises InvalidError: code ``file``; it is damaged, or longer than any such file
        """
        info = self._known.get(name)
        most = form.longest(name)
        if info is None or most is None:
            return None
        if info.file_size > most or info.compress_type != zipfile.ZIP_STORED:
            raise InvalidError(f"{name} is longer than any such file, or compressed", "file")
        try:
            with self._zip.open(info) as file:
                return file.read(most + 1)
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError) as error:
            raise InvalidError(f"{name} is damaged: {error}", "file") from error

    def deviation(self) -> str:
        """Where the archive is not the one that its files make; "" where it is.

        It is written again, and compared byte by byte with what is there.
        """
        names = [info.filename for info in self._zip.infolist()]
        foreign = [name for name in names if form.longest(name) is None]
        if foreign:
            return f"{foreign[0][:100]!r} is no file of a bundle"
        if names != form.in_order(set(names)):
            return "its files are not in their order, or twice there"
        with self._path.open("rb") as there:
            comparison = _Comparison(there)
            stream = cast("BinaryIO", form.Forward(comparison.take))
            try:
                with zipfile.ZipFile(stream, "w") as again:
                    for name in names:
                        again.writestr(form.placed(name), self.read(name) or b"")
            except InvalidError as error:
                return str(error)
            if there.read(1):
                return "there is more behind its end"
        return "" if comparison.differs is None else f"byte {comparison.differs} is another"

    def _needed(self, name: str) -> bytes:
        try:
            found = self.read(name)
        except InvalidError as error:
            raise InvalidError(str(error), "bundle") from error
        if found is None:
            raise InvalidError(f"{self._path} is no bundle: it has no {name}", "bundle")
        return found


class _Comparison:
    """Holds what is written to what stands there, and keeps the first difference."""

    def __init__(self, there: BinaryIO) -> None:
        self._there = there
        self._at = 0
        self.differs: int | None = None

    def take(self, new: bytes) -> None:
        old = self._there.read(len(new))
        if self.differs is None and old != new:
            same = (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
            self.differs = self._at + next(same, len(old))
        self._at += len(new)
