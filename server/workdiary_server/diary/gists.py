"""The gists: what a search needs of a week's contents, sealed together and kept beside them.

Opening each segment of a year takes most of a search that remembers nothing; a week's gists open at
once. They are written in the transaction that changes a segment, each time under a new key that
replaces the last: what was deleted is in no gist that can still be read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import apsw
import msgspec
from workdiary.billing import WEEK_SECONDS, week_start
from workdiary.segments import epoch, from_epoch
from workdiary.storage import CorruptError

from workdiary_server.diary.projection import meter_of, open_content
from workdiary_server.vault.keyring import Keyring, place_of

if TYPE_CHECKING:
    from workdiary_server.diary.service import Diary

_SEALS = (
    "SELECT start, substr(sealed, 5, 12) FROM segment "
    "WHERE contract = ? AND start >= ? AND start < ? ORDER BY start"
)
_SEALED = "SELECT sealed FROM segment WHERE contract = ? AND start = ?"
_GISTS = "SELECT sealed FROM gist WHERE contract = ? AND week = ?"
_PUT = "INSERT OR REPLACE INTO gist (contract, week, sealed) VALUES (?, ?, ?)"
_DROP = "DELETE FROM gist WHERE contract = ? AND week = ?"
_MONDAY = epoch(week_start(from_epoch(0)))
_LACKING = (
    f"SELECT DISTINCT contract, {_MONDAY} + (start - ({_MONDAY})) / {WEEK_SECONDS} "  # noqa: S608 - constants alone
    f"* {WEEK_SECONDS} AS monday FROM segment "
    "WHERE NOT EXISTS (SELECT 1 FROM gist WHERE contract = segment.contract AND week = monday)"
)


class Gist(msgspec.Struct, frozen=True, gc=False):
    """What a search needs of one segment's content."""

    memo: str
    meter: int
    pictures: int


class _Week(msgspec.Struct, frozen=True, array_like=True):
    """As it is sealed: each memo once, and by a content's seal [memo, meter, pictures]."""

    memos: tuple[str, ...]
    gists: dict[bytes, tuple[int, int, int]]


def gists_of(
    db: apsw.Connection, keyring: Keyring, contract: bytes, week: int
) -> dict[bytes, Gist]:
    """A week's gists by the seal of the content that each was made of.

    They are derived: where they are missing or do not open, the contents still tell.
    """
    row = db.execute(_GISTS, (contract, week)).fetchone()
    if row is None:
        return {}
    bound = _bound(contract, week)
    try:
        plain = keyring.unseal(db, contract, place_of(*bound), row[0], bound)
    except CorruptError:
        return {}
    found = msgspec.msgpack.decode(plain, type=_Week)
    memos = [sys.intern(memo) for memo in found.memos]
    return {
        seal: Gist(memos[memo], meter, pictures)
        for seal, (memo, meter, pictures) in found.gists.items()
    }


def gist_of(db: apsw.Connection, keyring: Keyring, contract: bytes, start: int) -> Gist:
    """The gist of a segment, made of its content."""
    (sealed,) = next(iter(db.execute(_SEALED, (contract, start))))
    content = open_content(db, keyring, contract, start, sealed)
    return Gist(sys.intern(content.memo), meter_of(content), len(content.shots))


def keep_gists(
    db: apsw.Connection, keyring: Keyring, contract: bytes, starts: Iterable[int]
) -> None:
    """Write the gists of the weeks that changed, in the transaction that changed them."""
    for week in sorted({epoch(week_start(from_epoch(start))) for start in starts}):
        known = gists_of(db, keyring, contract, week)
        rows = list(db.execute(_SEALS, (contract, week, week + WEEK_SECONDS)))
        _put(
            db,
            keyring,
            contract,
            week,
            {seal: known.get(seal) or gist_of(db, keyring, contract, at) for at, seal in rows},
        )


def _put(
    db: apsw.Connection, keyring: Keyring, contract: bytes, week: int, gists: Mapping[bytes, Gist]
) -> None:
    bound = _bound(contract, week)
    if not gists:
        keyring.destroy(db, place_of(*bound))
        db.execute(_DROP, (contract, week))
        return
    memos = {memo: n for n, memo in enumerate(dict.fromkeys(g.memo for g in gists.values()))}
    packed = {seal: (memos[g.memo], g.meter, g.pictures) for seal, g in gists.items()}
    plain = msgspec.msgpack.encode(_Week(tuple(memos), packed))
    sealed = keyring.seal_derived(db, contract, place_of(*bound), plain, bound)
    db.execute(_PUT, (contract, week, sealed))


async def make_lacking(diary: Diary) -> None:
    """Make the gists of what was recorded before there were any, a week at a time."""
    for contract, week in await diary.db.read(lambda db: list(db.execute(_LACKING))):
        await diary.db.write(
            lambda db, key=contract, at=week: keep_gists(db, diary.keyring, key, [at])  # type: ignore[misc]  # mypy cannot infer a lambda's default
        )


def _bound(contract: bytes, week: int) -> tuple[str, ...]:
    return ("gists", contract.hex(), str(week))
