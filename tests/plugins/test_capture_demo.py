from __future__ import annotations

import io
import threading
import time
from datetime import UTC, datetime

import pytest
from PIL import Image
from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureBackend, CaptureEvent
from workdiary.errors import ConfigError
from workdiary.plugins import CAPTURE, Plugins
from workdiary_capture_demo.desktop import SCENES, draw_desktop

NOON = datetime(2026, 11, 20, 12, 3, tzinfo=UTC)
BADGE = (255, 196, 0)


@pytest.mark.parametrize("scene", sorted(SCENES))
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (640, 480)])
def test_every_picture_is_marked_as_a_demo_and_few_coloured(
    scene: str, size: tuple[int, int]
) -> None:
    image = draw_desktop(scene, NOON, 1, size)
    assert image.size == size
    colours = image.getcolors(4096)
    assert colours is not None, "too many colours to be kept without loss"
    assert {colour: count for count, colour in colours}[BADGE] > 8000


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_the_mark_says_demo_in_letters_that_a_thumbnail_shows(scene: str) -> None:
    """Dark strokes over at least four lines of the yellow plate, at a tenth of the size."""
    small = draw_desktop(scene, NOON, 1).resize((160, 100), Image.Resampling.BOX)
    plate = small.crop((123, 86, 156, 95)).convert("L")
    rows = [plate.crop((0, y, plate.width, y + 1)).getextrema() for y in range(plate.height)]
    assert sum(dark < 90 and light > 170 for dark, light in map(_pair, rows)) >= 4


def test_a_picture_is_a_function_of_scene_instant_and_seed() -> None:
    for scene in SCENES:
        one = draw_desktop(scene, NOON, 1).tobytes()
        assert one == draw_desktop(scene, NOON, 1).tobytes()
        assert one != draw_desktop(scene, NOON, 2).tobytes()
        assert one != draw_desktop(scene, NOON.replace(minute=4), 1).tobytes()
        assert one != draw_desktop(scene, NOON, 1, memo="Fix invoice rounding").tobytes()


@pytest.mark.parametrize("scene", sorted(SCENES))
@pytest.mark.parametrize("size", [(1, 1), (320, 200), (1080, 1920), (3840, 1080)])
def test_every_size_of_screen_can_be_drawn(scene: str, size: tuple[int, int]) -> None:
    assert draw_desktop(scene, NOON, 1, size, "A long memo " * 20).size == size


def test_a_kept_picture_is_small() -> None:
    for scene in SCENES:
        file = io.BytesIO()
        draw_desktop(scene, NOON, 1).save(file, "WEBP", lossless=True, quality=50, method=2)
        assert len(file.getvalue()) < 80_000


def test_the_backend_counts_until_it_is_stopped() -> None:
    backend = opened({"seed": 8})
    counter = MinuteCounter(lambda: 60.0)
    events: list[CaptureEvent] = []
    assert backend.probe() == ""
    assert backend.idle() is None
    backend.stop()
    backend.start(counter, events.append)
    deadline = time.monotonic() + 20
    while not (counter.peek(1).keystrokes and counter.peek(1).clicks):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    backend.stop()
    counted = counter.take(1)
    assert counted.moved
    idle = backend.idle()
    assert idle is not None
    assert 0 <= idle < 20
    assert events == []
    assert not [thread for thread in threading.enumerate() if thread.name == "capture demo"]


def test_monitors_stand_side_by_side_and_one_is_primary() -> None:
    screens = opened({"width": 640, "height": 400, "monitors": 2, "scene": "browser"}).screens()
    assert isinstance(screens, tuple)
    assert [(screen.number, screen.x, screen.y) for screen in screens] == [(0, 0, 0), (1, 640, 0)]
    assert [screen.primary for screen in screens] == [True, False]
    assert [screen.image.size for screen in screens] == [(640, 400), (640, 400)]
    assert screens[0].image.tobytes() != screens[1].image.tobytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sede": 3}, r"\[capture.demo\]: unknown option 'sede'"),
        ({"scene": "game"}, r"scene = 'game': it is one of \['editor'"),
        ({"width": 0}, "width = 0: give a number from 320 up"),
        ({"monitors": True}, "monitors = True: give a number from 1 up"),
        ({"seed": "3"}, "seed = '3': give a number"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        opened(options)


def opened(options: dict[str, object]) -> CaptureBackend:
    return Plugins(CAPTURE).capture_backend("[tracker] capture", "demo")(options)


def _pair(extrema: object) -> tuple[int, int]:
    """Pillow's extremes of a grey picture; of others they are pairs of them."""
    assert isinstance(extrema, tuple)
    dark, light = extrema
    return int(dark), int(light)
