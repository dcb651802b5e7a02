"""The loupe: which pixels it shows, that text can be read in them, and its keys."""

from __future__ import annotations

import io

import pytest
from diaries import CONTRACT, PaperDiary, a_tombstone, at
from PIL import Image, ImageChops, ImageDraw, ImageFont
from screenkit import Page, everything, open_segment, press, reading, said, shown_on, until
from textual.strip import Strip
from workdiary_tui.pictures import Decoder, Loupe, Mode
from workdiary_tui.pictures.blocks import _QUADRANTS, _SEXTANTS
from workdiary_tui.pictures.spot import draw_spot, view_of
from workdiary_tui.screens.loupe import LoupeScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.loupe_view import LoupeView

SCREEN = (1920, 1080)
CODE = "def bill(week, rate): return sum(line.minutes for line in week) * rate // 60"


def a_page_of_code() -> Image.Image:
    """A 1080p editor with text of 14 pixels."""
    image = Image.new("RGB", SCREEN, (30, 31, 34))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    for row in range(SCREEN[1] // 18):
        draw.text((40 + row % 7 * 12, row * 18), CODE * 3, fill=(206, 214, 220), font=font)
    return image


def a_webp(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True)
    return file.getvalue()


def pixels_of(strips: tuple[Strip, ...], glyphs: str, rows: int) -> Image.Image:
    """What a terminal draws: each character's dots in its colour, on the colour behind."""
    width = strips[0].cell_length
    image = Image.new("RGB", (width * 2, len(strips) * rows))
    for y, strip in enumerate(strips):
        x = 0
        for text, style, _ in strip:
            assert style is not None
            assert style.color is not None
            assert style.bgcolor is not None
            fore, behind = style.color.triplet, style.bgcolor.triplet
            assert fore is not None
            assert behind is not None
            for character in text:
                bits = glyphs.index(character)
                for dot in range(2 * rows):
                    place = x * 2 + dot % 2, y * rows + dot // 2
                    image.putpixel(place, tuple(fore if bits >> dot & 1 else behind))
                x += 1
    return image


@pytest.mark.parametrize(
    ("mode", "glyphs", "rows", "wanted"),
    [(Mode.SEXTANT, _SEXTANTS, 3, 0.9), (Mode.QUADRANT, _QUADRANTS, 2, 0.9)],
)
def test_text_of_fourteen_pixels_can_be_read_without_graphics(
    decoder: Decoder, mode: Mode, glyphs: str, rows: int, wanted: float
) -> None:
    """Every dot on the terminal is light where the screenshot's pixel is, at 120x40."""
    page = a_page_of_code()
    loupe = Loupe.over(SCREEN, view_of((120, 11), mode))
    drawn = pixels_of(draw_spot(decoder, a_webp(page), loupe, mode), glyphs, rows)
    source = page.crop(loupe.box)
    assert drawn.size == source.size == (240, 11 * rows)
    seen, true = (image.convert("L").point(lambda v: 255 * (v > 110)) for image in (drawn, source))
    ink = true.histogram()[255]
    assert ink > 500
    wrong = ImageChops.difference(seen, true).histogram()[255]
    assert 1 - wrong / ink > wanted


def test_the_loupe_starts_in_the_middle_pixel_for_pixel() -> None:
    assert Loupe.over(SCREEN, (240, 114)).box == (840, 483, 1080, 597)


def test_the_edge_of_the_picture_stops_the_loupe_and_it_leaves_the_edge_at_once() -> None:
    loupe = Loupe.over(SCREEN, (240, 114))
    for _ in range(30):
        loupe = loupe.panned(-1, -1)
    assert loupe.box == (0, 0, 240, 114)
    assert loupe.panned(0.25, 0).box == (60, 0, 300, 114)
    for _ in range(30):
        loupe = loupe.panned(1, 1)
    assert loupe.box == (1680, 966, 1920, 1080)


def test_zooming_keeps_the_centre_and_ends_at_its_ends() -> None:
    loupe = Loupe.over(SCREEN, (240, 114))
    assert loupe.zoomed(2).box == (900, 512, 1020, 569)
    assert loupe.zoomed(9).zoom == 200
    assert loupe.zoomed(-9).zoom == 25
    assert loupe.zoomed(-9).part == (960, 456)


def test_a_picture_smaller_than_the_view_is_seen_whole() -> None:
    loupe = Loupe.over((100, 50), (240, 114))
    assert loupe.whole
    assert loupe.panned(1, 1).box == (0, 0, 100, 50)


def test_the_next_picture_is_seen_at_the_same_place() -> None:
    loupe = Loupe.over(SCREEN, (240, 114)).panned(2, 0)
    assert loupe.on((960, 540)).centre == (loupe.centre[0] / 2, loupe.centre[1] / 2)
    assert loupe.on(SCREEN) == loupe


def test_a_spot_has_the_pixels_of_its_part(decoder: Decoder) -> None:
    page = a_page_of_code()
    content, box = a_webp(page), (300, 200, 400, 260)
    assert decoder.decode_spot(content, box, (100, 60)).tobytes() == page.crop(box).tobytes()
    assert decoder.decode_spot(content, box, (200, 120)).size == (200, 120)
    assert decoder.decode(content, (96, 96)).size == (96, 54)


def test_the_map_shows_where_the_loupe_is(decoder: Decoder) -> None:
    """White paper: only the part under the loupe is bright on the map in the corner."""
    white = a_webp(Image.new("RGB", SCREEN, (255, 255, 255)))
    loupe = Loupe.over(SCREEN, view_of((80, 20), Mode.QUADRANT), zoom=50)
    strips = draw_spot(decoder, white, loupe, Mode.QUADRANT)
    lights = []
    for strip in strips[-5:]:
        small = strip.crop(80 - 18, 80)
        lights.append(
            [style.color.triplet[0] for text, style, _ in small for _ in text]  # type: ignore[index, union-attr]  # every cell of a map has a colour
        )
    assert {len(line) for line in lights} == {18}
    assert lights[0][0] < 100
    assert lights[2][9] > 240
    assert sum(light > 240 for line in lights for light in line) < 20


async def open_loupe(page: Page, hour: int, minute: int = 0) -> LoupeScreen:
    await open_segment(page, hour, minute)
    await press(page, "x")
    screen = page.app.screen
    assert isinstance(screen, LoupeScreen)
    await until(page, lambda: screen.query_one(LoupeView).drawn)
    return screen


def title(screen: LoupeScreen) -> str:
    return shown_on(screen.query_one("#title", LinesView))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_the_loupe_moves_zooms_and_goes_back(
    paper: PaperDiary, decoder: Decoder, size: tuple[int, int]
) -> None:
    async with reading(paper, decoder, size, Mode.SEXTANT) as page:
        screen = await open_loupe(page, 12, 50)
        assert " 100 % at " in title(screen)
        assert "of 960x540" in title(screen)
        before = shown_on(screen.query_one(LoupeView))
        await press(page, "l", "j")
        await until(page, lambda: shown_on(screen.query_one(LoupeView)) != before)
        await press(page, "minus")
        assert "75 %" in title(screen)
        await press(page, "1")
        assert "100 %" in title(screen)
        for line in everything(page).split("\n"):
            assert len(line) == size[0]
        for _ in range(12):
            await press(page, "H", "K")
        assert " at 0,0 of" in title(screen)
        assert "edge" in said(page)
        await press(page, "x")
        assert isinstance(page.app.screen, SegmentScreen)


async def test_next_shows_the_same_spot_and_the_segment_is_kept(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder, (80, 24), Mode.QUADRANT) as page:
        screen = await open_loupe(page, 12, 50)
        await press(page, "H", "n")
        await until(page, lambda: screen.query_one(LoupeView).drawn)
        view = screen.query_one(LoupeView)
        assert view.loupe is not None
        assert f" at {view.loupe.box[0]}," in title(screen)
        assert "13:00" in title(screen)
        await press(page, "escape")
        below = page.app.screen
        assert isinstance(below, SegmentScreen)
        assert below.segment.start == at(13, 0)


async def test_a_deleted_picture_leaves_the_loupe(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder, (80, 24), Mode.QUADRANT) as page:
        screen = await open_loupe(page, 12, 50)
        paper.delete(a_tombstone(at(12, 50)))
        await until(page, lambda: "picture unavailable" in shown_on(screen.query_one(LoupeView)))
        await press(page, "q")
        await until(page, lambda: not isinstance(page.app.screen, SegmentScreen | LoupeScreen))


async def test_a_damaged_original_is_said_and_the_next_one_is_seen(
    paper: PaperDiary, decoder: Decoder
) -> None:
    (broken,) = paper.segments[CONTRACT][at(12, 50)].pictures
    paper.files[broken.digest] = paper.files[broken.digest][:60]
    async with reading(paper, decoder, (80, 24), Mode.QUADRANT) as page:
        await open_segment(page, 12, 50)
        await press(page, "x")
        view = page.app.screen.query_one(LoupeView)
        await until(page, lambda: "picture unavailable" in shown_on(view))
        await press(page, "n")
        await until(page, lambda: view.drawn)
