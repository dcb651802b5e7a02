"""Fetching a contract's log with all that the caller may see, and writing it as a bundle.

What is fetched lies in a folder beside the bundle until that is whole: tiles, bodies and pictures
never change under their names, so that an export that was broken off goes on where it was.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from workdiary import api
from workdiary.bodies import TrackedBody
from workdiary.bundles import form
from workdiary.bundles.form import Cosigned, Manifest, Signer
from workdiary.checkpoints import Head, open_head
from workdiary.entries import EntryKind, commitment, note_id, read_body, read_entry, read_leaf
from workdiary.errors import DeniedError, InvalidError, NotFoundError
from workdiary.notes import VerifyingKey
from workdiary.tlog.tiles import WIDTH, Tile, bundles, read_bundle, width_of

Progress = Callable[[str, int, int], None]
"""Told what is being fetched, how many of it are there, and of how many."""


class Source(Protocol):
    """What is asked of a server; ``workdiary.client.DiaryClient`` is one."""

    async def checkpoint(self, contract: str) -> str: ...

    async def tile(self, contract: str, tile: Tile) -> bytes: ...

    async def bodies(self, contract: str, number: int) -> tuple[bytes | None, ...]: ...

    async def signers(self, contract: str) -> tuple[api.Signer, ...]: ...

    async def cosignatures(self, contract: str) -> tuple[api.Cosignature, ...]: ...

    async def picture(self, contract: str, digest: str, rendition: str = "original") -> bytes: ...


@dataclass(frozen=True, slots=True)
class Export:
    """One contract's log on its way into a bundle; ``work`` holds what was fetched so far."""

    source: Source
    contract: api.Contract
    work: Path
    pictures: bool
    progress: Progress

    async def write(self, file: BinaryIO) -> Head:
        """Fetch what is not there yet, and write the bundle; the head that it reaches up to.

        :raises WorkdiaryError: the server refuses, or shows what does not fit together
        """
        self.work.mkdir(parents=True, exist_ok=True)
        key = self.contract.id
        checkpoint = await self.source.checkpoint(key)
        head = open_head(checkpoint, VerifyingKey.read(self.contract.log_key))
        names = [form.MANIFEST, form.CHECKPOINT, form.COSIGNED]
        names += await self._tiles(head.size)
        try:
            names += await self._contents(head.size)
            bodies = True
        except DeniedError:
            bodies = False  # the owner hosts the diary, and does not read it
        signers = [Signer(one.device, one.public_key) for one in await self.source.signers(key)]
        manifest = Manifest(
            form=form.FORM,
            log_key=self.contract.log_key,
            bodies=bodies,
            pictures=bodies and self.pictures,
            signers=tuple(signers),
        )
        seen = await self.source.cosignatures(key)
        cosigned = tuple(Cosigned(one.key, one.note) for one in seen if one.size <= head.size)
        self._keep(form.MANIFEST, form.encode(manifest))
        self._keep(form.CHECKPOINT, checkpoint.encode())
        self._keep(form.COSIGNED, form.encode(cosigned))
        self._pack(file, form.in_order(set(names)))
        return head

    def finished(self) -> None:
        """Forget what was fetched: the bundle is whole."""
        shutil.rmtree(self.work)

    async def _tiles(self, size: int) -> list[str]:
        wanted = list(tiles_of(size))
        for done, tile in enumerate(wanted, 1):
            if not self._has(tile.path):
                self._keep(tile.path, await self.source.tile(self.contract.id, tile))
            self.progress("tiles", done, len(wanted))
        return [tile.path for tile in wanted]

    async def _contents(self, size: int) -> list[str]:
        names: list[str] = []
        digests: list[str] = []
        wanted = list(bundles(0, size))
        for done, tile in enumerate(wanted, 1):
            entries = [read_leaf(raw)[1] for raw in read_bundle(self._get(tile.path), tile.width)]
            bodies = await self.source.bodies(self.contract.id, tile.index)
            for note, body in zip(entries, bodies, strict=False):
                if body is not None:
                    names.append(self._body(note, body))
                    digests += _pictures(note, body)
            self.progress("contents", done * WIDTH if done < len(wanted) else size, size)
        if self.pictures:
            names += await self._pictures(list(dict.fromkeys(digests)))
        return names

    def _body(self, note: bytes, body: bytes) -> str:
        if commitment(body) != read_entry(note).body:
            raise InvalidError("the server sent content that its entry does not commit to", "body")
        name = form.body_name(note_id(note))
        self._keep(name, body)
        return name

    async def _pictures(self, digests: Sequence[str]) -> list[str]:
        names = []
        for done, digest in enumerate(digests, 1):
            name = form.picture_file(digest)
            if not self._has(name):
                try:
                    content = await self.source.picture(self.contract.id, digest)
                except NotFoundError:
                    continue  # verifying names it, unless it was deleted meanwhile
                if hashlib.sha256(content).hexdigest() != digest:
                    raise InvalidError(f"the server sent another picture than {digest}", "picture")
                self._keep(name, content)
            names.append(name)
            self.progress("pictures", done, len(digests))
        return names

    def _has(self, name: str) -> bool:
        return (self.work / name).exists()

    def _get(self, name: str) -> bytes:
        return (self.work / name).read_bytes()

    def _keep(self, name: str, content: bytes) -> None:
        """Under its name only once it is whole."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".new")
        part.write_bytes(content)
        os.replace(part, path)

    def _pack(self, file: BinaryIO, names: Sequence[str]) -> None:
        with zipfile.ZipFile(cast("BinaryIO", form.Forward(file.write)), "w") as archive:
            for name in names:
                archive.writestr(form.placed(name), self._get(name))


def tiles_of(size: int) -> Iterator[Tile]:
    """Every bundle of entries and every tile of hashes of a log."""
    yield from bundles(0, size)
    level = 0
    while size >> 8 * level:
        for index in range(-(-(size >> 8 * level) // WIDTH)):
            yield Tile(level, index, width_of(level, index, size))
        level += 1


def _pictures(note: bytes, raw: bytes) -> list[str]:
    if read_entry(note).kind is not EntryKind.SEGMENT_TRACKED:
        return []
    return [claim.original.digest for claim in read_body(raw, TrackedBody).pictures]
