"""Who looked at which picture: on a screen, and nothing written down that nobody looked at."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from billkit import TEN, WEDNESDAY
from diaries import CLIENT, NOW, PaperDiary, at
from ownkit import Home, a_home, at_home, flat
from screenkit import Page, everything, open_segment, press, reading, said, until
from workdiary import api
from workdiary.bodies import DeletedBody
from workdiary.entries import EntryKind
from workdiary.segments import from_epoch
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.screens.own_actions import OwnActions
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.views import ViewsScreen
from workdiary_tui.views_lines import Looked, Looker, row_line, rows_of
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.picture_view import PictureView
from workdiary_tui.zones import Whose, clock

UTC = clock(Whose.UTC, "UTC")
SECOND, THIRD = (from_epoch(WEDNESDAY + TEN * number) for number in (1, 2))


def a_view(minutes_ago: int, **changes: object) -> api.View:
    values: dict[str, object] = {
        "at": NOW - timedelta(minutes=minutes_ago),
        "by": CLIENT,
        "start": at(9),
        "digest": "e" * 64,
        "monitor": 0,
        "renditions": ("preview",),
        "times": 1,
    }
    return api.View(**(values | changes))  # type: ignore[arg-type]  # values of one builder


def text(row: Looked | Looker, width: int = 80) -> str:
    return "".join(piece for piece, _ in row_line(row, UTC, width))


async def shown_views(page: Page) -> ViewsScreen:
    await press(page, "W")
    screen = page.app.screen
    assert isinstance(screen, ViewsScreen)
    await until(page, lambda: "looks" in everything(page) or "look " in everything(page))
    return screen


async def drawn(page: Page) -> None:
    await until(page, lambda: page.app.screen.query_one(PictureView).drawn)


async def ahead(page: Page, *numbers: int) -> None:
    """Until the thumbnails of these segments were fetched, before anybody looked at them."""
    screen = page.app.screen
    assert isinstance(screen, OwnActions)
    pictures = [screen.own_segments()[number].pictures[0] for number in numbers]
    cache, contract = screen.reader.cache, screen.contract.id
    keys = [(contract, picture.digest, "thumbnail") for picture in pictures]
    await until(page, lambda: all(cache.known_picture(key) for key in keys))


async def grace_looks(home: Home) -> None:
    """She opens the second segment, and takes the loupe to it."""
    async with at_home(home, home.grace, mode=Mode.HALF) as page:
        await press(page, "n", "enter")
        await drawn(page)
        await press(page, "x")
        async with asyncio.timeout(5):
            while [one.renditions for one in await home.looks()] != [("original", "preview")]:
                await page.pause(0.01)


async def test_only_what_was_shown_is_written_down(tmp_path: Path) -> None:
    """Neighbours are fetched ahead as thumbnails, which are no looks."""
    async with a_home(tmp_path) as home:
        async with at_home(home, home.grace, mode=Mode.HALF) as page:
            await press(page, "j", "j", "k")
            await ahead(page, 1)
            assert await home.looks() == ()
            await press(page, "enter")
            await drawn(page)
            await ahead(page, 0, 2)
            (look,) = await home.looks()
            assert (look.by.name, look.start, look.renditions) == ("Grace", SECOND, ("preview",))
            await press(page, "n")
            await until(page, lambda: "09:20" in everything(page))
            await drawn(page)
        assert [one.start for one in await home.looks()] == [THIRD, SECOND]


async def test_what_a_held_key_runs_past_is_not_asked_for(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_segment(page, 9)
        view, contract = screen.query_one(PictureView), screen.contract.id
        await until(page, lambda: view.drawn)
        passed = [paper.segments[contract][at(9, minute)] for minute in (10, 20, 40, 50)]
        for segment in passed:
            view.show(contract, segment, 0)
        last = passed[-1].pictures[0].digest
        await until(page, lambda: ("picture", contract, last, "preview") in paper.asked)
        for segment in passed[1:-1]:
            digest = segment.pictures[0].digest
            assert ("picture", contract, digest, "preview") not in paper.asked


async def test_the_freelancer_reads_who_looked_and_opens_the_segment(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home:
        await grace_looks(home)
        async with at_home(home, home.ada) as page:
            screen = await shown_views(page)
            shown = everything(page)
            assert "Grace  2 looks at 1 segment" in shown
            assert "saw Wed 30 Sep 09:10  full size, preview" in shown
            told = flat(screen.query_one("#told", LinesView))
            assert "written down before it is sent, and nobody can switch that off" in told
            await press(page, "enter")
            await until(page, lambda: isinstance(page.app.screen, SegmentScreen))
            opened = page.app.screen
            assert isinstance(opened, SegmentScreen)
            assert opened.segment.start == SECOND


async def test_the_freelancers_own_looking_is_not_written_down(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home:
        async with at_home(home, home.ada, mode=Mode.HALF) as page:
            await press(page, "enter")
            await drawn(page)
        assert await home.looks() == ()


async def test_a_client_reads_their_own_looks(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home:
        await grace_looks(home)
        async with at_home(home, home.grace) as page:
            screen = await shown_views(page)
            assert "saw Wed 30 Sep 09:10" in everything(page)
            told = flat(screen.query_one("#told", LinesView))
            assert told.startswith("These are your own looks; the freelancer sees them too.")


async def test_of_a_deleted_segment_only_that_somebody_had_looked_is_left(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home:
        await grace_looks(home)
        body = DeletedBody(segments=(WEDNESDAY + TEN,))
        await home.pen(home.ada).write(home.contract, EntryKind.SEGMENT_DELETED, body)
        async with at_home(home, home.ada) as page:
            await shown_views(page)
            assert "deleted since" in everything(page)
            await press(page, "enter")
            await until(page, lambda: "nothing is left to open" in said(page))


def test_looks_are_grouped_by_day_person_and_segment() -> None:
    bert = api.Person(id="b" * 32, name="Bert\x1b]52;c;x\x07")
    views = [
        a_view(1, renditions=("original",), times=3),
        a_view(2),
        a_view(3, start=at(9, 10), digest="d" * 64),
        a_view(4, start=at(9, 10), digest="e" * 64),
        a_view(5, by=bert, digest=None),
        a_view(24 * 60),
    ]
    rows = rows_of(views, UTC)
    assert [type(row) for row in rows] == [Looker, Looked, Looked, Looker, Looked, Looker, Looked]
    assert text(rows[0]) == "Fri 06 Nov 2026  Alice  6 looks at 2 segments"
    assert text(rows[1]) == "18:43-18:44  saw Fri 06 Nov 09:00  full size, preview  4 times"
    assert text(rows[2]).endswith("saw Fri 06 Nov 09:10  preview  2 times  2 monitors")
    assert "\x1b" not in text(rows[3])
    assert text(rows[4]).endswith("saw Fri 06 Nov 09:00  preview  deleted since")
    assert text(rows[5]).startswith("Thu 05 Nov 2026  Alice")


async def test_older_looks_are_fetched_on_the_way_down(paper: PaperDiary, decoder: Decoder) -> None:
    starts = [at(9) + timedelta(minutes=10 * (number % 9)) for number in range(250)]
    paper.looks = [a_view(number, start=start) for number, start in enumerate(starts)]
    async with reading(paper, decoder) as page:
        await press(page, "enter")
        await shown_views(page)
        assert "100+ looks" in everything(page)
        await press(page, "G")
        await until(page, lambda: "200+ looks" in everything(page))
        await press(page, "G")
        await until(page, lambda: "250 looks" in everything(page))
        assert [asked[2] for asked in paper.asked if asked[0] == "views"] == [None, "100", "200"]


async def test_while_a_picture_is_on_its_way_its_thumbnail_stands_in(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_segment(page, 9)
        view = screen.query_one(PictureView)
        await until(page, lambda: view.drawn)
        picture = paper.segments[screen.contract.id][at(9, 10)].pictures[0]
        cache = screen.reader.cache
        thumbnail = (screen.contract.id, picture.digest, "thumbnail")
        await until(page, lambda: cache.known_picture(thumbnail) is not None)
        paper.slow = asyncio.Event()
        await press(page, "n")
        await until(page, lambda: view.drawn and "09:10" in everything(page))
        preview = (screen.contract.id, picture.digest, "preview")
        assert cache.known_picture(preview) is None
        paper.slow.set()
        await until(page, lambda: cache.known_picture(preview) is not None)
        assert view.drawn
