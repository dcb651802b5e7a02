"""A week's gists are those of its contents, open at once, and are never needed for the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import apsw
import pytest
from billkit import MONDAY, TEN, WEDNESDAY, a_diary, track, write
from serverkit import Device, RunningServer, a_picture, running_server, send, tracked_entry
from workdiary import sealing
from workdiary.bodies import DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind
from workdiary_server.diary.closing import close_due
from workdiary_server.diary.gists import Gist, gist_of, gists_of
from workdiary_server.http.keys import DIARY
from workdiary_server.policies.runner import PolicyRunner
from workdiary_server.vault.keyring import place_of

WEEK = 7 * 86_400
FIRST, LAST = date(2026, 9, 27), date(2026, 10, 13)
BEFORE_THE_LOCK = MONDAY + WEEK + 11 * 3600


class Opened:
    """Counts what is unsealed and which policies are asked, by the program's own functions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seals = self.questions = 0
        unseal, judge = sealing.unseal, PolicyRunner.judge

        def unsealed(sealed: bytes, key: bytes, bound: Sequence[str]) -> bytes:
            self.seals += 1
            return unseal(sealed, key, bound)

        def judged(*arguments: object) -> object:
            self.questions += 1
            return judge(*arguments)  # type: ignore[arg-type]  # passed on as they came

        monkeypatch.setattr(sealing, "unseal", unsealed)
        monkeypatch.setattr(PolicyRunner, "judge", judged)

    async def by(self, server: RunningServer, ada: Device, contract: str, year: int) -> int:
        """How many seals a search opens that remembers nothing; ``questions`` as well."""
        server.app[DIARY].skims.clear()
        self.seals = self.questions = 0
        await ada.client.search(contract, FIRST.replace(year=year), LAST.replace(year=year))
        return self.seals


async def test_a_search_that_remembers_nothing_opens_one_seal_a_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_diary(tmp_path, BEFORE_THE_LOCK) as (server, ada, contract, clock):
        for start in (MONDAY, MONDAY + WEEK):
            await track(ada, contract, *(start + TEN * n for n in range(6)), memo=f"from {start}")
        opened = Opened(monkeypatch)
        for_nothing = await opened.by(server, ada, contract, 2025)
        assert await opened.by(server, ada, contract, 2026) == for_nothing + 2
        assert opened.questions == 2
        clock.now += WEEK + 86_400
        await close_due(server.app[DIARY])
        assert await opened.by(server, ada, contract, 2026) == for_nothing + 2
        assert opened.questions == 0, "closed weeks have their verdicts in their rows"


def compared(
    db: apsw.Connection, server: RunningServer, contract: str
) -> tuple[dict[bytes, Gist], dict[bytes, Gist]]:
    """The gists that are kept of the tested week, and those that its contents give."""
    key, keyring = bytes.fromhex(contract), server.app[DIARY].keyring
    rows = db.execute("SELECT substr(sealed, 5, 12), start FROM segment WHERE contract = ?", (key,))
    made = {seal: gist_of(db, keyring, key, start) for seal, start in list(rows)}
    return gists_of(db, keyring, key, MONDAY), made


async def both(server: RunningServer, contract: str) -> tuple[dict[bytes, Gist], dict[bytes, Gist]]:
    return await server.app[DIARY].db.read(lambda db: compared(db, server, contract))


async def test_the_gists_are_those_of_the_contents_whatever_was_done(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _clock):
        starts = tuple(WEDNESDAY + TEN * n for n in range(4))
        bodies = (
            (EntryKind.MEMO_EDITED, MemoBody(segments=starts[:2], memo="Gate")),
            (
                EntryKind.SEGMENT_MANUAL,
                ManualBody(segments=(WEDNESDAY - TEN,), memo="Talk", reason="a call"),
            ),
            (EntryKind.SEGMENT_DELETED, DeletedBody(segments=starts[1:3])),
        )
        pictures = [a_picture(WEDNESDAY)]
        await send(ada, contract, tracked_entry(ada, contract, starts[0], pictures=pictures))
        await track(ada, contract, *starts[1:], memo="Fence")
        diary, numbers = server.app[DIARY], []
        for kind, body in bodies:
            await write(ada, contract, kind, body)
            kept, made = await both(server, contract)
            assert kept == made
            numbers.append(len(kept))
        assert numbers == [4, 5, 3]
        rest = DeletedBody(segments=(WEDNESDAY - TEN, starts[0], starts[3]))
        await write(ada, contract, EntryKind.SEGMENT_DELETED, rest)
        assert await diary.db.read(lambda db: list(db.execute("SELECT * FROM gist"))) == []
        place = place_of("gists", contract, str(MONDAY))
        sql = "SELECT * FROM content_key WHERE id = ?"
        assert await diary.db.read(lambda db: list(db.execute(sql, (place,)))) == []


async def test_a_search_needs_no_gists_that_are_missing_or_damaged(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN, memo="Fence")
        for damage in ("UPDATE gist SET sealed = x'00'", "DELETE FROM gist"):
            await server.app[DIARY].db.write(lambda db, sql=damage: db.execute(sql).get)  # type: ignore[misc]  # mypy cannot infer a lambda's default
            server.app[DIARY].skims.clear()
            found = await ada.client.search(contract, FIRST, LAST, text="fence")
            assert len(found.hits) == 2


async def test_a_diary_from_before_there_were_gists_has_them_soon_after_it_starts(
    tmp_path: Path,
) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, clock):
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN)
        await server.app[DIARY].db.write(lambda db: db.execute("DELETE FROM gist").get)
    async with running_server(tmp_path, clock) as server:
        async with asyncio.timeout(20):
            while not (kept := await both(server, contract))[0]:
                await asyncio.sleep(0.01)
        assert kept[0] == kept[1]
        assert len(kept[0]) == 2
