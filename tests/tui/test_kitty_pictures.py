"""Pictures by Kitty's protocol, put together again by a terminal that is not ours."""

from __future__ import annotations

import io
import math

import pytest
from diaries import a_picture_file
from kittykit import CELL, MARKS, KittyScreen
from PIL import Image, ImageChops, ImageStat
from rich.console import Console
from textual.strip import Strip
from workdiary.errors import ConfigError
from workdiary_tui.drawing import DrawingKey, Encoded
from workdiary_tui.graphics import Graphics, graphics_for
from workdiary_tui.pictures import Mode, kitty
from workdiary_tui.terminal import Terminal, choose


def a_screen(seed: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(a_picture_file(seed))).convert("RGB")


def a_photograph() -> Image.Image:
    """Every pixel another colour, as no screen is."""
    channels = [Image.effect_noise((960, 540), spread) for spread in (60, 80, 100)]
    return Image.merge("RGB", channels)


def a_key(digest: str = "9f2c", contract: str = "c") -> DrawingKey:
    return DrawingKey(contract, digest, 80, 20, Mode.KITTY)


def an_encoded(seed: int = 0, columns: int = 71, lines: int = 20) -> Encoded:
    return Encoded(kitty.encode(a_screen(seed), columns, lines), columns, lines)


def written(strips: tuple[Strip, ...]) -> bytes:
    terminal = Console(color_system="truecolor", force_terminal=True, file=io.StringIO())
    lines = [f"\x1b[{y + 1};1H{strip.render(terminal)}" for y, strip in enumerate(strips)]
    return "".join(lines).encode()


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean distance of two images' channels, of 255."""
    means = ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean
    return sum(means) / len(means)


@pytest.mark.parametrize("in_tmux", [False, True])
def test_what_the_cells_show_is_the_picture(in_tmux: bool) -> None:
    sent: list[str] = []
    graphics = Graphics(in_tmux)
    graphics.write_with(sent.append)
    strips = graphics.show(a_key(), an_encoded())
    assert all(("\x1bPtmux;" in one) == in_tmux for one in sent)
    screen = KittyScreen()
    screen.feed("".join(sent).encode() + written(strips))
    window, box = screen.image()
    assert box == (0, 0, 71 * CELL[0], 20 * CELL[1])
    assert difference(window.crop(box), a_screen()) < 4


def test_a_picture_is_sent_once_and_every_number_is_new() -> None:
    sent: list[str] = []
    graphics = Graphics()
    graphics.write_with(sent.append)
    screen = KittyScreen()
    for digest in ("a", "b", "a", "b", "c"):
        graphics.show(a_key(digest), an_encoded(columns=10, lines=3))
    screen.feed("".join(sent).encode())
    assert screen.sent == len(screen.pictures) == 3


def test_the_terminal_holds_no_more_than_64_mb() -> None:
    sent: list[str] = []
    graphics = Graphics()
    graphics.write_with(sent.append)
    encoded = Encoded(kitty.encode(a_screen(), 10, 3), 200, 58)
    for number in range(40):
        graphics.show(a_key(str(number)), encoded)
    screen = KittyScreen()
    screen.feed("".join(sent).encode())
    assert sum(c * r * math.prod(CELL) * 4 for _, c, r in screen.pictures.values()) <= 64_000_000
    assert graphics.cells(a_key("0")) is None
    assert graphics.cells(a_key("39")) is not None


def test_forgotten_pictures_leave_the_terminal() -> None:
    sent: list[str] = []
    graphics = Graphics()
    graphics.write_with(sent.append)
    for contract in ("one", "other"):
        graphics.show(a_key(contract=contract), an_encoded(columns=10, lines=3))
    graphics.forget("one")
    screen = KittyScreen()
    screen.feed("".join(sent).encode())
    assert len(screen.pictures) == 1
    graphics.forget_all()
    screen.feed(sent[-1].encode())
    assert not screen.pictures


@pytest.mark.parametrize(("columns", "lines"), [(71, 20), (100, 38), (18, 5)])
def test_a_picture_costs_few_bytes(columns: int, lines: int) -> None:
    for image in (a_screen(), a_photograph()):
        content = kitty.encode(image, columns, lines)
        assert len(content) * 4 / 3 <= columns * lines * 23 + 200
        with Image.open(io.BytesIO(content)) as shown:
            assert difference(shown.convert("RGB"), image) < 60


def test_cells_can_be_cut_and_covered() -> None:
    """What is left of a row after a cut starts anew within eight cells."""
    strips = kitty.cells(0x123456, 71, 2)
    assert [strip.cell_length for strip in strips] == [71, 71]
    left, right = strips[1].divide([10, 71])
    assert (left.cell_length, right.cell_length) == (10, 61)
    text = right.text
    assert text[6] == "\U0010eeee"
    assert [MARKS[mark] for mark in text[7:9]] == [1, 16]


def test_rows_and_columns_are_named_by_the_protocol_s_marks() -> None:
    (*_, strip) = kitty.cells(1 << 20, 129, 45)
    assert [MARKS[mark] for mark in strip.text[-2:]] == [44, 128]
    assert kitty.cells(1 << 20, kitty.FARTHEST, 1)[0].cell_length == 297


def test_colours_are_asked_for_and_no_colour_is_refused() -> None:
    environment = {"TERM": "xterm-kitty"}
    graphics_for(Mode.KITTY, environment, in_tmux=False)
    assert environment["COLORTERM"] == "truecolor"
    with pytest.raises(ConfigError, match="unset NO_COLOR"):
        graphics_for(Mode.KITTY, {"NO_COLOR": "1"}, in_tmux=False)


def test_only_what_was_asked_for_is_offered_besides_blocks() -> None:
    blocks = (Mode.SEXTANT, Mode.QUADRANT, Mode.HALF, Mode.OFF)
    assert choose(Terminal(), {}, "kitty").modes == (Mode.KITTY, *blocks)
    assert choose(Terminal(), {}, "half").modes == blocks
