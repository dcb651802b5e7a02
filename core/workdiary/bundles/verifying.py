"""Verifying a bundle with nothing else: log, heads, contents, pictures, closed weeks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workdiary.billing import PolicyFactory, lock_time
from workdiary.bodies import (
    Body,
    ContestBody,
    DeletedBody,
    ManualBody,
    MemoBody,
    TrackedBody,
    WeekBody,
)
from workdiary.bundles import form
from workdiary.bundles.complaints import Complaint, Learned
from workdiary.bundles.reading import Bundle
from workdiary.bundles.walk import Told, Walk
from workdiary.bundles.weeks import Weeks
from workdiary.checkpoints import Head, read_head
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError
from workdiary.segments import epoch, from_epoch
from workdiary.tlog.cosignatures import read_cosignature, read_cosigner

_ANY = -1
"""Stands for all slots: the last entry that deletes anything."""

_NAMES_SEGMENTS = frozenset(
    {
        EntryKind.SEGMENT_MANUAL,
        EntryKind.MEMO_EDITED,
        EntryKind.SEGMENT_DELETED,
        EntryKind.SEGMENT_CONTESTED,
        EntryKind.ADJUSTMENT_ACCEPTED,
        EntryKind.ADJUSTMENT_DECLINED,
    }
)


@dataclass(slots=True)
class Verification:
    """``known`` is the head of this log that whoever verifies remembers, if there is one."""

    bundle: Bundle
    policies: Mapping[str, PolicyFactory]
    full: bool = False
    known: Head | None = None
    step: Callable[[str], None] = lambda text: None

    def run(self, learned: Learned) -> Iterator[Complaint]:
        """Every complaint, as it is found; ``learned`` is filled meanwhile."""
        self.step("the archive")
        deviation = self.bundle.deviation()
        if deviation:
            yield Complaint("archive", "the archive", deviation)
        walk = Walk(self.bundle, self.full)
        self.step("the log")
        yield from walk.check()
        if walk.head is None:
            return
        learned.origin, learned.size, learned.root = (
            walk.head.origin,
            walk.tree.size,
            walk.tree.root,
        )
        learned.devices, learned.afterwards = len(walk.keys), walk.afterwards
        if walk.tree.root != walk.head.root:
            return
        yield from self._check_heads(walk, learned)
        self.step("contents")
        yield from self._check_contents(walk, learned)

    def _check_heads(self, walk: Walk, learned: Learned) -> Iterator[Complaint]:
        """The head that is remembered, and those that others cosigned, are heads of this log."""
        if self.known is not None:
            yield from _compare(walk, self.known, "this machine")
        raw = self.bundle.read(form.COSIGNED)
        if raw is None:
            yield Complaint("file", form.COSIGNED, "it is missing")
            return
        try:
            cosigned = form.decode_cosigned(raw)
        except InvalidError as error:
            yield Complaint("file", form.COSIGNED, str(error))
            return
        for one in cosigned:
            try:
                head = _cosigned_head(one)
            except InvalidError as error:
                yield Complaint("cosignature", form.COSIGNED, str(error))
                continue
            name = read_cosigner(one.key).name
            yield from _compare(walk, head, name)
            learned.cosigners.append((name, head.size))

    def _check_contents(self, walk: Walk, learned: Learned) -> Iterator[Complaint]:
        buried = _buried(walk)
        weeks = Weeks(self.policies)
        named = {form.MANIFEST, form.CHECKPOINT, form.COSIGNED}
        for told in walk.entries():
            try:
                body = walk.body(told)
            except InvalidError as error:
                yield Complaint("content", told.place, f"{form.body_name(told.id)}: {error}")
                named.add(form.body_name(told.id))
                continue
            gone = _is_buried(told, body, buried)
            weeks.take(told, body, gone)
            if body is None:
                if self.bundle.manifest.bodies and not gone:
                    said = "its content is missing, and nothing says that it was deleted"
                    yield Complaint("missing", f"{told.place} ({told.entry.kind})", said)
                learned.deleted += gone
                continue
            named.add(form.body_name(told.id))
            if gone:
                yield Complaint("left", told.place, "it was deleted, and its content is still here")
            if isinstance(body, TrackedBody):
                yield from self._check_pictures(told, body, learned, named)
            if isinstance(body, WeekBody):
                yield from self._check_week(weeks, told, body, learned)
            learned.segments += told.entry.kind is EntryKind.SEGMENT_TRACKED
            learned.late += _is_late(told)
        for name in form.in_order(self.bundle.names - named):
            if not name.startswith("tile/"):
                yield Complaint("stray", name, "no entry names it")

    def _check_week(
        self, weeks: Weeks, told: Told, body: WeekBody, learned: Learned
    ) -> Iterator[Complaint]:
        clean = True
        for found in weeks.check(told, body):
            clean = False
            if isinstance(found, Complaint):
                yield found
            else:
                learned.notes.append(found)
        if clean:
            money = f"{body.amount} minor units {body.currency}"
            learned.weeks.append(f"{from_epoch(body.week):%Y-%m-%d}: {money}")

    def _check_pictures(
        self, told: Told, body: TrackedBody, learned: Learned, named: set[str]
    ) -> Iterator[Complaint]:
        for claim in body.pictures:
            name = form.picture_file(claim.original.digest)
            named.add(name)
            if not self.bundle.manifest.pictures and name not in self.bundle.names:
                continue
            try:
                found = self.bundle.read(name)
            except InvalidError as error:
                yield Complaint("picture", told.place, str(error))
                continue
            if found is None:
                yield Complaint("picture", told.place, f"{name} is missing")
            elif hashlib.sha256(found).hexdigest() != claim.original.digest:
                yield Complaint("picture", told.place, f"{name} is another picture")
            else:
                learned.pictures += 1


def _buried(walk: Walk) -> dict[int, int]:
    """By slot, the last entry that deletes it."""
    found: dict[int, int] = {}
    for told in walk.entries():
        if told.entry.kind is EntryKind.SEGMENT_DELETED:
            found[_ANY] = told.index
            try:
                body = walk.body(told)
            except InvalidError:
                continue  # it is named with the other contents
            for start in body.segments if isinstance(body, DeletedBody) else ():
                found[start] = told.index
    return found


def _is_buried(told: Told, body: Body | None, buried: Mapping[int, int]) -> bool:
    """Whether a deletion covers an entry's content.

    Where an entry names its segments in its content, nothing tells them once that is gone: any
    later deletion may have covered it.
    """
    start = told.entry.start
    if start is not None:
        return buried.get(start, -1) > told.index
    if isinstance(body, ManualBody | MemoBody | ContestBody | DeletedBody):
        return all(buried.get(start, -1) > told.index for start in body.segments)
    return told.entry.kind in _NAMES_SEGMENTS and buried.get(_ANY, -1) > told.index and body is None


def _is_late(told: Told) -> bool:
    start = told.entry.start
    return start is not None and told.received >= epoch(lock_time(from_epoch(start)))


def _compare(walk: Walk, head: Head, who: str) -> Iterator[Complaint]:
    if walk.head is None or head.origin != walk.head.origin:
        yield Complaint("origin", "checkpoint", f"{who} knows {head.origin}, another log")
    elif head.size > walk.tree.size:
        said = f"{who} has seen {head.size} entries, and this has {walk.tree.size}: some are gone"
        yield Complaint("shrunk", "checkpoint", said)
    else:
        try:
            same = walk.root_at(head.size) == head.root
        except InvalidError as error:
            yield Complaint("tile", "checkpoint", str(error))
            return
        if not same:
            said = f"{who} has seen another log of {head.size} entries: history was changed"
            yield Complaint("history", "checkpoint", said)


def _cosigned_head(one: form.Cosigned) -> Head:
    """:raises InvalidError: it is not signed by the key that is named"""
    text, _, line = one.note.rpartition("\n\n")
    head = read_head(f"{text}\n")
    read_cosignature(line, head, read_cosigner(one.key))
    return head
