"""Keys that a reader chose: every binding has an id, they work, and every word names them."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from diaries import PaperDiary
from screenkit import everything, open_day, open_segment, press, reading, said, until
from terminalkit import a_server
from textual.dom import DOMNode
from tmuxkit import a_tmux
from workdiary_tui.key_ids import SCREENS, all_keys, chosen_keys
from workdiary_tui.keymap import Keymap, keys_in, own_ids
from workdiary_tui.look import ASCII, UNICODE
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.tui_settings import Kept, Settings, resolved
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.deed_strip import DeedStrip
from workdiary_tui.widgets.key_strip import KeyStrip
from workdiary_tui.widgets.palette import Palette
from workdiary_tui.widgets.prompt import Prompt
from workdiary_tui.widgets.zone_strip import ZoneStrip

SIZES = [(60, 20), (80, 24), (200, 60)]


def settings(**keys: str) -> Settings:
    """Ids are written with two underscores for the dot."""
    named = {name.replace("__", "."): text for name, text in keys.items()}
    return resolved(Path("tui.toml"), (), Kept({}, named))


def chosen(**keys: str) -> Keymap:
    return chosen_keys(settings(**keys))


def below(kind: type[DiaryScreen]) -> set[type[DiaryScreen]]:
    return {kind}.union(*(below(one) for one in kind.__subclasses__()))


def test_no_screen_is_forgotten() -> None:
    stages = {kind for kind in below(DiaryScreen) if kind.__subclasses__()}
    assert below(DiaryScreen) - stages == set(SCREENS)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_binding_of_a_screen_has_an_id(screen: type[DiaryScreen]) -> None:
    for part in screen.with_keys():
        for base in part.__mro__:
            if base.__module__.startswith("workdiary_tui"):
                for binding in base.__dict__.get("BINDINGS", ()):
                    assert getattr(binding, "id", None), f"{base.__name__}: {binding}"


def test_ids_are_tables_of_toml_and_no_id_begins_another() -> None:
    ids = [one.id for one in all_keys(Keymap())]
    assert len(ids) == len(set(ids))
    assert not [pair for pair in permutations(ids, 2) if pair[1].startswith(f"{pair[0]}.")]


def strips(kind: type[DOMNode]) -> set[type[DOMNode]]:
    return {kind}.union(*(strips(one) for one in kind.__subclasses__()))


def test_what_is_pressed_in_an_open_strip_is_never_changed_with_a_screen_s_keys() -> None:
    ids = {one.id for one in all_keys(Keymap())}
    others: set[type[DOMNode]] = {ZoneStrip, Palette, Prompt, DeedStrip}
    for kind in strips(KeyStrip) | others:
        assert ids.isdisjoint(own_ids(kind).values()), kind.__name__


@pytest.mark.parametrize("screen", SCREENS)
def test_each_key_that_a_screen_names_does_something_there(screen: type[DiaryScreen]) -> None:
    ids = screen.key_ids()
    for keys, what in (*screen.HINTS, *screen.every_key()):
        for word in keys.split():
            for key in keys_in(word) if word != "arrows" else ("left", "down"):
                told_elsewhere = what.startswith(("contested", "search;", "stop searching"))
                assert key in ids or told_elsewhere, (keys, what)


def test_keys_may_be_swapped_and_may_be_written_as_they_are_shown() -> None:
    swapped = chosen(segment__next="p", segment__prev="n", day__next=">, →", day__prev="<")
    assert swapped.changed == {
        "segment.next": ("p",),
        "segment.prev": ("n",),
        "day.next": ("greater_than_sign", "right"),
        "day.prev": ("less_than_sign",),
    }
    assert chosen(move__up="k,up").changed == {"move.up": ("k", "up")}
    assert chosen(back="escape,b").changed == {"back": ("escape", "b")}


def test_hints_are_told_in_the_keys_that_hold() -> None:
    keymap = chosen(segment__next="ctrl+n", move__down="S", move__up="up", back="b")
    ids = DayScreen.key_ids()
    hints = (("n/p", ""), ("j k ↓ ↑", ""), ("q esc", ""), ("N P", ""), ("n p → ←", ""))
    assert [keys for keys, _ in keymap.hints(hints, ids)] == [
        "ctrl+n p",
        "S ↑",
        "b",
        "N P",
        "ctrl+n p → ←",
    ]
    assert Keymap().hints(hints, ids) == hints


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("ascii_only", "colour"), [(False, True), (True, True), (False, False)])
async def test_chosen_keys_work_and_the_last_line_the_help_and_the_palette_name_them(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int],
    ascii_only: bool,
    colour: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    keymap = chosen(segment__prev="f5", minutes="g,f6", move__first="home", help="f1", back="b")
    signs = ASCII if ascii_only else UNICODE
    async with reading(paper, decoder, size, signs=signs, keymap=keymap) as page:
        day = await open_day(page)
        line = said(page)
        assert line.rstrip().endswith("f1 help")
        assert "n f5 segment" in line
        before = day.query_one(DayList).cursor
        await press(page, "p")
        assert day.query_one(DayList).cursor == before
        await press(page, "f5")
        assert day.query_one(DayList).cursor != before
        await press(page, "g")
        assert day.classes & {"-minutes", "-no-minutes"}
        await press(page, "question_mark")
        assert "Keys of this screen" not in everything(page)
        await press(page, "f1")
        told = everything(page)
        assert "Keys of this screen" in told
        assert " g       minute by minute" in told
        assert " f1      show or hide this hel" in told
        await press(page, "f1", "ctrl+p", *"minute by")
        await until(page, lambda: ">g  " in everything(page))
        classes = set(day.classes)
        await press(page, "enter")
        await until(page, lambda: set(day.classes) != classes)
        await press(page, "q", "escape")
        assert page.app.screen is day
        await press(page, "b")
        assert isinstance(page.app.screen, ContractsScreen)


async def test_a_way_back_of_one_key_ends_the_innermost_first(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder, keymap=chosen(back="b,escape")) as page:
        day = await open_day(page)
        await press(page, "f")
        assert day.query_one(DayList).filter_words
        await press(page, "b")
        assert page.app.screen is day
        assert not day.query_one(DayList).filter_words
        await press(page, "b")
        assert isinstance(page.app.screen, ContractsScreen)


async def test_swapped_keys_do_each_other_s(paper: PaperDiary, decoder: Decoder) -> None:
    keymap = chosen(segment__next="p", segment__prev="n")
    async with reading(paper, decoder, keymap=keymap) as page:
        segment = await open_segment(page, 9)
        first = segment.segment.start
        await press(page, "p")
        assert segment.segment.start > first
        await press(page, "n")
        assert segment.segment.start == first


async def test_what_is_said_names_the_chosen_keys(paper: PaperDiary, decoder: Decoder) -> None:
    keymap = chosen(set__next="f7", day__next="f8", why="f9", quit="f10")
    async with reading(paper, decoder, keymap=keymap) as page:
        await open_day(page)
        await press(page, "g", "p")
        assert "[ for the day before" in said(page)
        await press(page, "G", "f7")
        assert "f8 for the next day" in said(page)
        await press(page, "f9")
        await until(page, lambda: "f9 closes" in everything(page) or "f9 more" in everything(page))
        await press(page, "ctrl+c")
        assert "f10 quits" in said(page)


async def test_a_chosen_key_works_in_a_real_terminal(paper: PaperDiary, tmp_path: Path) -> None:
    (tmp_path / "tui.toml").write_text('[keymap]\nweek.open = "ctrl+w"\nquit = "X"\n')
    async with a_server(paper) as url:
        with a_tmux(tmp_path, url, WORKDIARY_HOME=str(tmp_path)) as tmux:
            await tmux.until("acme/website", "ctrl+w week")
            tmux.press("w", "C-w")
            await tmux.until("Week ", "total")
            tmux.press("q", ",")
            listed = await tmux.until("Settings", "theme", "auto")
            assert str(tmp_path / "tui.toml")[:40] in listed
            tmux.press("G")
            await tmux.until("settings.default")
            tmux.press("X")
