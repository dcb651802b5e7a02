"""Colours that can be read: on a dark ground, on a light one, and without any."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from answering import XTERM
from diaries import PaperDiary, a_contract, a_full_day
from rich.style import Style
from terminalkit import READER, a_server, a_terminal
from workdiary_tui import look
from workdiary_tui.look import Ground, on_ground
from workdiary_tui.pieces import stand_on, strip_of
from workdiary_tui.terminal import Terminal, ground_of

GROUNDS = {Ground.DARK: (0, 0, 0), Ground.LIGHT: (255, 255, 255)}
STYLES = {name: style for name, style in vars(look).items() if isinstance(style, Style)}


@pytest.fixture(autouse=True)
def _the_ground_of_other_tests() -> Iterator[None]:
    yield
    stand_on(Ground.DARK)


def luminance(colour: tuple[int, int, int]) -> float:
    """WCAG 2.2's relative luminance."""
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", Ground)
@pytest.mark.parametrize("name", STYLES)
def test_every_colour_stands_out_from_what_is_behind_it(name: str, ground: Ground) -> None:
    style = on_ground(STYLES[name], ground)
    behind = style.bgcolor.get_truecolor() if style.bgcolor else GROUNDS[ground]
    if style.color is not None:
        assert contrast(style.color.get_truecolor(), behind) >= 4.5


@pytest.mark.parametrize("name", STYLES)
def test_nothing_keeps_the_ground_s_colour_under_the_cursor(name: str) -> None:
    (segment, *_) = strip_of([("text", STYLES[name])], 4, look.CURSOR)
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.bgcolor is not None
    colours = (segment.style.color.get_truecolor(), segment.style.bgcolor.get_truecolor())
    assert contrast(*colours) >= 4.5


@pytest.mark.parametrize(
    ("light", "environment", "asked", "ground"),
    [
        (None, {}, "auto", Ground.DARK),
        (True, {}, "auto", Ground.LIGHT),
        (False, {"COLORFGBG": "0;15"}, "auto", Ground.DARK),
        (None, {"COLORFGBG": "0;15"}, "auto", Ground.LIGHT),
        (None, {"COLORFGBG": "15;0"}, "auto", Ground.DARK),
        (True, {}, "dark", Ground.DARK),
    ],
)
def test_the_ground_is_asked_for_told_or_guessed(
    light: bool | None, environment: dict[str, str], asked: str, ground: Ground
) -> None:
    assert ground_of(Terminal(light=light), environment, asked) is ground


@pytest.mark.parametrize(
    ("answer", "heading"), [("ffff/ffff/ffff", "31;95;148"), ("1e1e/1e1e/1e1e", "76;158;217")]
)
async def test_a_terminal_s_answer_turns_the_colours(answer: str, heading: str) -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    answers = XTERM | {"ground": f"\x1b]11;rgb:{answer}\x1b\\"}
    async with a_server(paper) as url, a_terminal(answers) as terminal:
        await terminal.start("--server", url, **READER)
        await terminal.until("acme/website")
        assert f"38;2;{heading}".encode() in await terminal.press("\r")
        await terminal.press("Q")
        assert await terminal.ended() == 0


async def test_without_colours_no_colour_is_sent_and_every_status_is_a_word() -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, **READER, NO_COLOR="1")
        seen = await terminal.until("acme/website")
        for keys in ("\r", "?", "?", "w", "q", "\r", "q", "c"):
            seen += await terminal.press(keys)
        assert b"AUTO" in seen
        after = seen.split(b"\x1b[?1049h")[-1]  # what the probe asked before is no text
        assert not re.search(rb"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9\d|10\d)(?:;[\d;]*)?m", after)
        await terminal.press("Q")
        assert await terminal.ended() == 0


def test_pieces_stand_on_the_ground_that_was_told() -> None:
    stand_on(Ground.LIGHT)
    (segment, *_) = strip_of([("x", look.HEADING)], 1)
    assert segment.style is not None
    assert segment.style.color == on_ground(look.HEADING, Ground.LIGHT).color
