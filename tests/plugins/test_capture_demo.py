from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureEvent
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


def test_a_picture_is_a_function_of_scene_instant_and_seed() -> None:
    one = draw_desktop("editor", NOON, 1).tobytes()
    assert one == draw_desktop("editor", NOON, 1).tobytes()
    assert one != draw_desktop("editor", NOON, 2).tobytes()
    assert one != draw_desktop("editor", NOON.replace(hour=13), 1).tobytes()


def test_the_backend_counts_and_pictures_until_it_is_stopped() -> None:
    make = Plugins(CAPTURE).capture_backend("[tracker] capture", "demo")
    backend = make({"seed": 3, "width": 640, "height": 400})
    counter = MinuteCounter(lambda: 60.0)
    events: list[CaptureEvent] = []
    assert backend.probe() == ""
    backend.start(counter, events.append)
    deadline = time.monotonic() + 20
    while not counter.peek(1).keystrokes:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    backend.stop()
    counted = counter.peek(1)
    screens = backend.screens()
    assert isinstance(screens, tuple)
    assert [screen.image.size for screen in screens] == [(640, 400)]
    assert counter.peek(1) == counted
    assert events == []


def test_a_wrong_option_is_named() -> None:
    make = Plugins(CAPTURE).capture_backend("[tracker] capture", "demo")
    with pytest.raises(ConfigError, match=r"\[capture.demo\]: unknown option 'sede'"):
        make({"sede": 3})
