"""Sixels, drawn again by a decoder that is not ours."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from diaries import a_picture_file, at
from hypothesis import given
from hypothesis import strategies as st
from needs import require_program
from PIL import Image, ImageChops, ImageStat
from sixelkit import decoded
from workdiary.errors import ConfigError
from workdiary_capture_demo.desktop import draw_desktop
from workdiary_tui.card import write_card
from workdiary_tui.drawing import DrawingKey
from workdiary_tui.pictures import Mode, sixel
from workdiary_tui.pictures.palette import in_few_colours
from workdiary_tui.pictures.sixel import Raster
from workdiary_tui.sixels import Sixels, sixels_for
from workdiary_tui.terminal import choose
from workdiary_tui.terminal.terminal import ALL_COLOURS, Terminal
from workdiary_tui.terminal_cell import cell_of


def a_desktop(kind: str) -> Image.Image:
    drawn = draw_desktop(kind, at(12, 3), 1, (1920, 1080))
    return drawn.resize((960, 540), Image.Resampling.LANCZOS)


def in_per_cent(image: Image.Image) -> Image.Image:
    """The colours that can be said: a hundred levels a channel."""
    return image.convert("RGB").point(lambda level: round(round(level * 100 / 255) * 255 / 100))


def difference(one: Image.Image, other: Image.Image) -> float:
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


@pytest.mark.parametrize("size", [(78, 66), (71, 64), (5, 1), (1, 7)])
@pytest.mark.parametrize("colours", [2, 16, 64])
def test_sixels_are_the_picture_pixel_for_pixel(size: tuple[int, int], colours: int) -> None:
    screen = Image.open(io.BytesIO(a_picture_file(3))).convert("RGB").resize(size)
    reduced = in_few_colours(screen, colours)
    drawn = decoded(sixel.sixels(reduced))
    assert drawn.getchannel("A").getextrema() == (255, 255), "some pixel was not painted"
    assert drawn.convert("RGB").tobytes() == in_per_cent(reduced).tobytes()


@given(
    width=st.integers(1, 24),
    height=st.integers(1, 20),
    colours=st.integers(1, 40),
    data=st.data(),
)
def test_any_pixels_in_any_colours_come_out_as_they_went_in(
    width: int, height: int, colours: int, data: st.DataObject
) -> None:
    count = width * height
    numbers = data.draw(st.lists(st.integers(0, colours - 1), min_size=count, max_size=count))
    image = Image.frombytes("P", (width, height), bytes(numbers))
    image.putpalette(
        [level for n in range(colours) for level in (n * 6, 255 - n * 5, n * 37 % 256)]
    )
    drawn = decoded(sixel.sixels(image))
    assert drawn.convert("RGB").tobytes() == in_per_cent(image).tobytes()
    first = data.draw(st.integers(0, (height - 1) // 6))
    after = data.draw(st.integers(first + 1, -(-height // 6)))
    part = decoded(sixel.part(sixel.sixels(image), first, after))
    expected = drawn.crop((0, first * 6, width, min(height, after * 6)))
    assert part.tobytes() == expected.tobytes()


@pytest.mark.parametrize("kind", ["editor", "terminal", "browser"])
def test_a_screen_costs_less_than_half_of_what_chafa_sends_for_half_the_pixels(
    kind: str, tmp_path: Path
) -> None:
    chafa = require_program("chafa", "apt-get install chafa")
    desktop = a_desktop(kind)
    desktop.resize((78 * 8, 22 * 16), Image.Resampling.LANCZOS).save(tmp_path / "fitted.png")
    asked = [chafa, "-f", "sixels", "--scale", "max", "--size", "78x22", "--stretch"]
    theirs = subprocess.run([*asked, str(tmp_path / "fitted.png")], capture_output=True, check=True)
    ours = sixel.encode(desktop, 78, 22, Raster((8, 16)))
    assert len(ours) <= 78 * 22 * 26
    assert len(ours) <= 0.5 * len(theirs.stdout)


@pytest.mark.parametrize("kind", ["editor", "terminal", "browser"])
def test_sixteen_colours_show_a_screen(kind: str) -> None:
    fitted = a_desktop(kind).resize((624, 352), Image.Resampling.LANCZOS)
    assert difference(in_few_colours(fitted, 16).convert("RGB"), fitted) < 6


def test_a_photograph_costs_little_more_than_a_screen() -> None:
    """Every pixel another colour, as no screen is."""
    noise = Image.merge("RGB", [Image.effect_noise((960, 540), spread) for spread in (60, 80, 100)])
    assert len(sixel.encode(noise, 78, 22, Raster())) <= 60 * 1024


def test_a_picture_is_no_larger_than_the_terminal_draws() -> None:
    raster = Raster((8, 17))
    assert raster.box(200, 70) == (125, 58)
    content = sixel.encode(a_desktop("editor"), 125, 35, raster)
    assert decoded(content).size == (1000, 595)


@pytest.mark.parametrize(("height", "lines"), [(16, 3), (17, 6), (18, 1), (20, 3), (15, 2)])
def test_bands_and_cells_end_together_after_some_lines(height: int, lines: int) -> None:
    raster = Raster((8, height))
    assert raster.lines_of_bands == lines
    assert lines * height % sixel.BAND == 0


def test_what_is_kept_of_a_picture_is_of_its_cells_and_colours() -> None:
    keys = [
        DrawingKey("c", "9f2c", 80, 20, Mode.SIXEL, raster)
        for raster in (Raster(), Raster((9, 18)), Raster(colours=32))
    ]
    assert len({key.kept_name for key in keys}) == 3


def test_tmux_is_never_given_sixels() -> None:
    sixels_for(Mode.SIXEL, Terminal())
    sixels_for(Mode.KITTY, Terminal(tmux=True))
    with pytest.raises(ConfigError, match="tmux"):
        sixels_for(Mode.SIXEL, Terminal(tmux=True))


@pytest.mark.parametrize("border", [0, 2, 12, 20, 30])
@pytest.mark.parametrize("cell", [(6, 13), (8, 17), (10, 20)])
def test_a_border_makes_no_cell_higher(border: int, cell: tuple[int, int]) -> None:
    pixels = 80 * cell[0] + 2 * border, 24 * cell[1] + 2 * border
    assert cell_of((80, 24), pixels) == cell
    assert cell_of((80, 24), (80 * cell[0], 24 * cell[1] + 7)) == cell
    assert cell_of((80, 24), (0, 0)) is None


def test_a_cell_is_what_the_terminal_told_or_else_a_small_one() -> None:
    assert Sixels(told=(9, 18)).raster.cell == (9, 18)


def test_a_terminal_with_hundreds_of_colours_is_sent_more_than_a_vt340() -> None:
    own = Terminal(answered=True, name="foot", sixel=True, cell=(9, 18))
    assert sixels_for(Mode.SIXEL, own).raster == Raster((9, 18), colours=24)
    for other in (replace(own, name="XTerm"), replace(own, sixel=False)):
        assert sixels_for(Mode.SIXEL, other).raster.colours == 16


def test_sixels_are_chosen_where_the_terminal_says_that_it_draws_them() -> None:
    environment = {"TERM": "xterm-256color"}
    own = Terminal(answered=True, name="XTerm", colours=ALL_COLOURS, sixel=True)
    found = choose(own, environment)
    assert found.mode is Mode.SIXEL
    assert Mode.SIXEL in found.modes
    for other in (Terminal(answered=True), replace(own, tmux=True)):
        assert Mode.SIXEL not in choose(other, environment).modes
    assert choose(own, {**environment, "NO_COLOR": "1"}).mode is not Mode.SIXEL
    assert choose(Terminal(), environment, "sixel").mode is Mode.SIXEL


def test_the_doctor_s_card_is_drawn_in_sixels(capsys: pytest.CaptureFixture[str]) -> None:
    own = Terminal(answered=True, sixel=True, cell=(8, 16))
    write_card(Mode.SIXEL, {"TERM": "xterm-256color"}, own)
    written = capsys.readouterr().out
    begin, end = written.index(sixel.BEGIN) + len(sixel.BEGIN), written.index(sixel.END)
    assert decoded(written[begin:end].encode()).size == (32 * 8, 8 * 16)
