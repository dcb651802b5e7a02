from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from PIL import Image
from rich.console import Console
from textual.color import Color
from textual.filter import Monochrome
from textual.strip import Strip
from workdiary_capture_demo.desktop import draw_desktop
from workdiary_tui.pictures import (
    Decoder,
    Mode,
    UndecodableError,
    choose_mode,
    fit,
    half_blocks,
    quadrants,
    sextants,
)

RED, BLUE = (252, 0, 0), (0, 0, 252)


def a_webp(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True)
    return file.getvalue()


def cells(strips: list[Strip]) -> list[str]:
    return [strip.text for strip in strips]


def colours(strip: Strip) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    for segment in strip:
        assert segment.style is not None, "a segment without a style crashes under NO_COLOR"
        assert segment.style.color is not None
        assert segment.style.bgcolor is not None
        found.append((segment.style.color.triplet, segment.style.bgcolor.triplet))
    return found


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


def test_a_half_block_shows_two_pixels() -> None:
    image = Image.new("RGB", (1, 2), RED)
    image.putpixel((0, 1), BLUE)
    (strip,) = half_blocks(image, 1, 1)
    assert strip.text == "▀"
    assert colours(strip) == [(RED, BLUE)]


@pytest.mark.parametrize(
    ("light", "character"), [((0, 0), "▘"), ((1, 0), "▝"), ((0, 1), "▖"), ((1, 1), "▗")]
)
def test_a_quadrant_lies_where_its_pixel_is(light: tuple[int, int], character: str) -> None:
    image = Image.new("RGB", (2, 2), (0, 0, 0))
    image.putpixel(light, (252, 252, 252))
    (strip,) = quadrants(image, 1, 1)
    assert strip.text == character
    assert colours(strip) == [((252, 252, 252), (0, 0, 0))]


@pytest.mark.parametrize(
    ("lights", "character"),
    [
        ([(0, 0)], "\U0001fb00"),
        ([(1, 0)], "\U0001fb01"),
        ([(0, 0), (0, 1), (0, 2)], "▌"),
        ([(1, 0), (1, 1), (1, 2)], "▐"),
        ([(1, 2)], "\U0001fb1e"),
        ([(1, 0), (0, 1), (1, 1), (0, 2), (1, 2)], "\U0001fb3b"),
    ],
)
def test_a_sextant_has_the_shape_of_its_pixels(
    lights: list[tuple[int, int]], character: str
) -> None:
    image = Image.new("RGB", (2, 3), (0, 0, 0))
    for light in lights:
        image.putpixel(light, (252, 252, 252))
    assert cells(sextants(image, 1, 1)) == [character]


@pytest.mark.parametrize("draw", [half_blocks, quadrants, sextants])
def test_one_colour_is_one_run_of_spaces_a_line(draw: object) -> None:
    assert callable(draw)
    strips = draw(Image.new("RGB", (64, 64), BLUE), 10, 4)
    assert cells(strips) == [" " * 10] * 4
    assert [len(list(strip)) for strip in strips] == [1] * 4


def test_colours_that_change_places_are_one_run() -> None:
    """Each run costs forty bytes on the line, and a cell can be drawn from either side."""
    image = Image.new("RGB", (4, 6), RED)
    image.paste(BLUE, (0, 0, 2, 3))
    image.paste(BLUE, (2, 3, 4, 6))
    (strip,) = half_blocks(image, 2, 1)
    assert [segment.text for segment in strip] == ["▀▄"]
    image = Image.new("RGB", (6, 6), RED)
    image.paste(BLUE, (1, 0, 3, 6))
    for draw in (quadrants, sextants):
        (strip,) = draw(image, 3, 1)
        assert [segment.text for segment in strip] == ["▌▐█"]


def test_an_edge_one_step_off_joins_its_neighbours_and_two_steps_do_not() -> None:
    image = Image.new("RGB", (3, 2), (100, 100, 100))
    image.paste((200, 200, 200), (0, 0, 1, 1))
    image.paste((204, 200, 196), (1, 0, 2, 1))
    image.paste((208, 200, 200), (2, 0, 3, 1))
    (strip,) = half_blocks(image, 3, 1)
    assert [segment.text for segment in strip] == ["▀▀", "▀"]


def test_plain_areas_keep_their_own_colour() -> None:
    """A panel one step darker than the page beside it does not run out over the page."""
    image = Image.new("RGB", (4, 2), (32, 32, 32))
    image.paste((36, 36, 36), (0, 0, 2, 2))
    (strip,) = half_blocks(image, 4, 1)
    assert [segment.text for segment in strip] == ["  ", "  "]


@pytest.mark.parametrize("draw", [half_blocks, quadrants, sextants])
def test_a_screen_of_80_by_22_cells_costs_less_than_27_kb(draw: object) -> None:
    assert callable(draw)
    image = draw_desktop("editor", datetime(2026, 11, 20, 12, 3, tzinfo=UTC), 1, (1920, 1080))
    columns, lines = fit(image.size, (80, 22))
    terminal = Console(color_system="truecolor", force_terminal=True, file=io.StringIO())
    sent = "".join(strip.render(terminal) for strip in draw(image, columns, lines))
    assert len(sent.encode()) < 27_000


@pytest.mark.parametrize("draw", [half_blocks, quadrants, sextants])
def test_pictures_can_be_shown_without_colour(draw: object) -> None:
    assert callable(draw)
    for strip in draw(Image.effect_noise((64, 64), 90).convert("RGB"), 10, 4):
        grey = strip.apply_filter(Monochrome(), Color(0, 0, 0))
        assert grey.cell_length == 10


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (10, 4000), (1, 1)])
def test_a_fitted_picture_keeps_its_aspect(size: tuple[int, int]) -> None:
    columns, lines = fit(size, (80, 22))
    assert 1 <= columns <= 80
    assert 1 <= lines <= 22
    assert columns == 80 or lines == 22
    if min(columns, lines) > 5:
        assert columns / (lines * 2) == pytest.approx(size[0] / size[1], rel=0.06)


def test_a_picture_comes_back_as_it_was(decoder: Decoder) -> None:
    image = Image.effect_noise((300, 200), 50).convert("RGB")
    assert decoder.decode(a_webp(image), (300, 200)).tobytes() == image.tobytes()
    assert decoder.decode(a_webp(image), (30, 30)).size == (30, 20)


def test_damaged_and_foreign_files_are_named_and_the_next_one_goes_on(decoder: Decoder) -> None:
    good = a_webp(Image.effect_noise((300, 200), 50).convert("RGB"))
    png = io.BytesIO()
    Image.new("RGB", (9, 9)).save(png, "PNG")
    for bad in (b"", b"RIFF", good[: len(good) // 2], png.getvalue()):
        with pytest.raises(UndecodableError, match="not a picture"):
            decoder.decode(bad, (100, 100))
        assert decoder.decode(good, (100, 100)).size == (100, 67)


def test_a_decoder_that_was_killed_is_started_again(decoder: Decoder) -> None:
    good = a_webp(Image.new("RGB", (30, 20)))
    assert decoder.decode(good, (30, 20)).size == (30, 20)
    (child,) = psutil.Process().children()
    child.kill()
    child.wait()
    assert decoder.decode(good, (30, 20)).size == (30, 20)


def test_what_stands_in_the_working_directory_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "PIL.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with Decoder() as decoder:
        assert decoder.decode(a_webp(Image.new("RGB", (3, 2))), (3, 2)).size == (3, 2)


def test_a_bomb_of_80_megapixels_is_refused(decoder: Decoder) -> None:
    bomb = a_webp(Image.new("RGB", (16_000, 5_000)))
    with pytest.raises(UndecodableError):
        decoder.decode(bomb, (100, 100))


def test_a_decoder_that_hangs_is_ended() -> None:
    large = a_webp(Image.effect_noise((1200, 1200), 90).convert("RGB"))
    with Decoder(seconds=0.001) as decoder, pytest.raises(UndecodableError, match="longer"):
        decoder.decode(large, (100, 100))


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({"TERM": "xterm-kitty"}, Mode.SEXTANT),
        ({"TERM": "foot"}, Mode.OFF),
        ({"TERM": "foot", "COLORTERM": "truecolor"}, Mode.SEXTANT),
        ({"TERM": "xterm-256color"}, Mode.QUADRANT),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, Mode.SEXTANT),
        ({"TERM": "tmux-256color"}, Mode.QUADRANT),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, Mode.QUADRANT),
        ({"TERM": "xterm-ghostty", "COLORTERM": "truecolor"}, Mode.SEXTANT),
        ({"TERM": "xterm-256color", "VTE_VERSION": "6003"}, Mode.QUADRANT),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Mode.SEXTANT),
        ({"TERM": "xterm"}, Mode.OFF),
        ({"TERM": "linux"}, Mode.OFF),
        ({}, Mode.OFF),
    ],
)
def test_the_mode_is_one_that_the_terminal_surely_shows(
    environment: dict[str, str], mode: Mode
) -> None:
    assert choose_mode(environment) is mode
    assert choose_mode(environment, "half") is Mode.HALF
