"""Pictures of real X servers, pixel by pixel, and the reasons for none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops
from workdiary.capture import Monitor, NoPicture
from workdiary_capture_x11 import open_x11
from workdiary_capture_x11.screens import Area, read_areas
from xserver import XServer, opened, paint_pattern


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    with XServer("1920x1200x24") as server:
        server.inhabit(monkeypatch)
        yield server


def pictures() -> tuple[Monitor, ...]:
    taken = open_x11({}).screens()
    assert not isinstance(taken, NoPicture), taken.reason
    return taken


def free_the_size(server: XServer) -> None:
    """Without an output that needs its mode, Xvfb's screen takes any size up to its first."""
    server.run("xrandr", "--fb", "1920x1200", "--output", "screen", "--off")


def worst_error(picture: Image.Image, expected: Image.Image) -> int:
    assert picture.size == expected.size
    assert picture.mode == "RGB"
    bands = ImageChops.difference(picture, expected).split()
    return max(int(band.getextrema()[1]) for band in bands)  # type: ignore[arg-type]  # L: ints


@pytest.mark.parametrize(("depth", "tolerance"), [(24, 0), (30, 0), (16, 5), (15, 5)])
def test_a_picture_has_the_screens_pixels(
    monkeypatch: pytest.MonkeyPatch, depth: int, tolerance: int
) -> None:
    with XServer(f"1283x797x{depth}") as server:
        server.inhabit(monkeypatch)
        expected = paint_pattern(server.display)
        (monitor,) = pictures()
        assert worst_error(monitor.image, expected) <= tolerance


def test_a_picture_needs_no_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with XServer("1280x800x24", "-extension", "MIT-SHM") as server:
        server.inhabit(monkeypatch)
        expected = paint_pattern(server.display)
        (monitor,) = pictures()
        assert worst_error(monitor.image, expected) == 0


def test_offset_monitors_have_a_picture_each(server: XServer) -> None:
    expected = paint_pattern(server.display)
    server.run("xrandr", "--setmonitor", "*B", "1100/340x900/220+820+300", "screen")
    server.run("xrandr", "--setmonitor", "A", "800/250x600/180+0+120", "none")
    first, second = pictures()
    assert (first.number, first.x, first.y, first.primary) == (1, 820, 300, True)
    assert (second.number, second.x, second.y, second.primary) == (2, 0, 120, False)
    assert worst_error(first.image, expected.crop((820, 300, 1920, 1200))) == 0
    assert worst_error(second.image, expected.crop((0, 120, 800, 720))) == 0


def test_a_mirror_has_no_picture_of_its_own(server: XServer) -> None:
    paint_pattern(server.display)
    server.run("xrandr", "--setmonitor", "A", "1920/500x1200/300+0+0", "screen")
    server.run("xrandr", "--setmonitor", "B", "1920/500x1200/300+0+0", "none")
    server.run("xrandr", "--setmonitor", "C", "1024/300x768/200+0+0", "none")
    (monitor,) = pictures()
    assert monitor.image.size == (1920, 1200)


def test_the_screen_may_grow_and_shrink_between_pictures(server: XServer) -> None:
    free_the_size(server)
    for size in ((1920, 1200), (1280, 800), (1600, 1000)):
        server.run("xrandr", "--fb", f"{size[0]}x{size[1]}")
        expected = paint_pattern(server.display)
        (monitor,) = pictures()
        assert worst_error(monitor.image, expected) == 0
        assert monitor.image.size == size


def test_a_monitor_beyond_the_screen_is_cut_to_it(server: XServer) -> None:
    free_the_size(server)
    server.run("xrandr", "--setmonitor", "A", "1920/500x1200/300+0+0", "none")
    server.run("xrandr", "--fb", "1280x800")
    expected = paint_pattern(server.display)
    (monitor,) = pictures()
    assert worst_error(monitor.image, expected) == 0


def test_a_screen_that_shrinks_in_the_middle_is_read_again(
    server: XServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_the_size(server)
    readings: list[tuple[Area, ...]] = []

    def shrink_after_the_first_reading(display: object) -> tuple[Area, ...]:
        readings.append(read_areas(display))  # type: ignore[arg-type]  # python-xlib's Display
        if len(readings) == 1:
            server.run("xrandr", "--fb", "1280x800")
            paint_pattern(server.display)
        return readings[-1]

    monkeypatch.setattr("workdiary_capture_x11.screens.read_areas", shrink_after_the_first_reading)
    (monitor,) = pictures()
    assert monitor.image.size == (1280, 800)
    assert len(readings) == 2


def test_a_screen_of_one_colour_is_blank_not_a_picture(server: XServer) -> None:
    assert open_x11({}).screens() == NoPicture("blank")


def test_no_server_is_no_display(server: XServer) -> None:
    server.kill()
    assert open_x11({}).screens() == NoPicture("no-display")


def test_the_display_may_be_named_in_the_settings(
    server: XServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint_pattern(server.display)
    monkeypatch.setenv("DISPLAY", ":65000")
    assert not isinstance(open_x11({"display": server.display}).screens(), NoPicture)


def test_an_area_that_lies_in_another_is_held_by_it(server: XServer) -> None:
    with opened(server.display) as display:
        (whole,) = read_areas(display)
    assert whole.holds(Area(5, 5, 10, 10, False))
    assert not whole.holds(Area(1900, 0, 100, 100, False))
