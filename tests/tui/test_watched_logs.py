"""While a diary is read, the reader's own machine holds its log to what it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from billkit import TEN, WEDNESDAY
from ownkit import Home, a_home
from screenkit import Page, everything, press, until
from serverkit import send, tracked_entry
from workdiary import credentials
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials
from workdiary.mirror import Mirror
from workdiary.segments import from_epoch
from workdiary.witness import Witness
from workdiary_tui.app import DiaryApp
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.live import LinkLost, LinkUp
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.watching import Watch, watching

DOUBT = "NOT THE LOG THAT IT WAS"


@asynccontextmanager
async def at_graces(home: Home, mirror: Mirror) -> AsyncIterator[Page]:
    """Grace's TUI on her own machine, at the list of contracts."""
    grace = home.grace
    client: DiaryClient = grace.client
    me, contracts = await asyncio.gather(client.me(), client.contracts())
    watch = Watch(Witness(client, mirror, grace.key, lambda: home.clock.now))
    with Decoder() as decoder:
        reader = Reader(
            me,
            DiaryCache(client),
            decoder,
            mode=Mode.OFF,
            now=lambda: from_epoch(int(home.clock.now)),
        )
        app = DiaryApp(reader, client, contracts, watch=watch)
        async with app.run_test(size=(80, 24)) as page:
            yield page


def rewrite(home: Home, statement: str) -> None:
    db = apsw.Connection(str(home.server.folder / "diary.sqlite"))
    db.execute(statement)
    db.close()


@asynccontextmanager
async def a_mirror(folder: Path) -> AsyncIterator[Mirror]:
    mirror = Mirror(folder)
    try:
        yield mirror
    finally:
        mirror.close()


async def test_reading_mirrors_and_cosigns_and_follows_what_is_added(tmp_path: Path) -> None:
    async with (
        a_home(tmp_path) as home,
        a_mirror(tmp_path / "grace") as mirror,
        at_graces(home, mirror) as page,
    ):
        await until(page, lambda: mirror.held(home.contract).cosigned == 5)
        entry = tracked_entry(home.ada, home.contract, WEDNESDAY + 5 * TEN)
        receipt = await send(home.ada, home.contract, entry)
        await until(page, lambda: mirror.held(home.contract).cosigned == 6)
        assert mirror.held(home.contract).tree.root.hex() == receipt.head.root
        (seen,) = await home.ada.client.cosignatures(home.contract)
        assert (seen.person, seen.role, seen.size) == ("Grace", "client", 6)
        assert DOUBT not in everything(page)


async def test_a_log_that_was_altered_is_shown_on_every_screen_of_it(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, a_mirror(tmp_path / "grace") as mirror:
        async with at_graces(home, mirror) as page:
            await until(page, lambda: mirror.held(home.contract).cosigned == 5)
        rewrite(home, "UPDATE contract SET size = 1, edge = zeroblob(32)")
        async with at_graces(home, mirror) as page:
            told = f"{DOUBT}: 4 of 5 entries are gone from the server's log"
            await until(page, lambda: told in everything(page))
            await press(page, "enter")
            screen = page.app.screen
            assert isinstance(screen, DayScreen)
            await until(page, lambda: told in everything(page))
            page.app.post_message(LinkLost("no answer", 1.0))
            await page.pause()
            assert told in everything(page)
        (kept,) = mirror.complaints()
        assert kept.code == "shrunk"


async def test_a_log_that_is_again_what_it_was_is_in_doubt_no_more(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, a_mirror(tmp_path / "grace") as mirror:
        async with at_graces(home, mirror) as page:
            await until(page, lambda: mirror.held(home.contract).cosigned == 5)
        edge = mirror.held(home.contract).tree.packed().hex()
        rewrite(home, "UPDATE contract SET size = 1, edge = zeroblob(32)")
        async with at_graces(home, mirror) as page:
            await until(page, lambda: DOUBT in everything(page))
            rewrite(home, f"UPDATE contract SET size = 5, edge = x'{edge}'")  # noqa: S608 - ours
            page.app.post_message(LinkUp())
            await until(page, lambda: DOUBT not in everything(page))
        assert len(mirror.complaints()) == 1


@pytest.mark.parametrize(
    ("scope", "watches"), [("tracker", True), ("review", True), ("read", False)]
)
async def test_only_a_machine_with_a_key_to_sign_with_watches(
    tmp_path: Path, scope: str, watches: bool
) -> None:
    known = Credentials(
        server="http://127.0.0.1:9",
        token="t",  # noqa: S106 - nobody is asked
        scope=scope,
        person="a" * 32,
        person_name="Grace",
        device="b" * 32,
        secret="00" * 32,
        storage_key="00" * 32,
    )
    credentials.save(tmp_path, known)
    with watching(tmp_path, DiaryClient(known.server)) as watch:
        assert (watch is not None) == watches
    assert (tmp_path / "mirror.sqlite").exists() == watches
    with watching(None, DiaryClient(known.server)) as watch:
        assert watch is None
