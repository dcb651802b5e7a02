from __future__ import annotations

import io
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from foreign import install_plugin
from PIL import Image
from workdiary.capture import Monitor
from workdiary.webp import check_picture
from workdiary_tracker.pictures import encode
from workdiary_tracker.shots import ProcessShooter, Shot

PLUGIN = """
import sys, time
from workdiary.hookspecs import hookimpl
from workdiary.capture import Monitor, NoPicture
from PIL import Image

class Screen:
    def __init__(self, options): self.options = options
    def screens(self):
        print("chatter on stdout")
        match self.options["do"]:
            case "hang": time.sleep(60)
            case "crash": sys.exit("the library gave up")
            case "lock": return NoPicture("locked")
        return (Monitor(0, 0, 0, True, Image.new("RGB", (64, 40), "navy")),)

@hookimpl
def workdiary_capture_backends():
    return {"odd": Screen}
"""


@pytest.fixture(autouse=True)
def odd_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = install_plugin(tmp_path, "odd", "workdiary.capture", "capture_odd", PLUGIN)
    monkeypatch.setenv("PYTHONPATH", str(folder))


def shoot(do: str, seconds: float = 20.0) -> Shot:
    shooter = ProcessShooter("odd", {"do": do}, lambda: 1_790_000_400.5, seconds)
    try:
        return shooter().result(timeout=30)
    finally:
        shooter.close()


def test_a_picture_is_taken_in_a_process_of_its_own() -> None:
    shot = shoot("work")
    (frame,) = shot.frames
    assert (shot.taken_at, frame.width, frame.height) == (1_790_000_400, 64, 40)
    assert check_picture(frame.original[:30], len(frame.original)) == (64, 40)


def test_a_capture_that_hangs_is_killed() -> None:
    begun = time.monotonic()
    assert shoot("hang", 2).no_picture == "failed: no picture within 2 s"
    assert time.monotonic() - begun < 10


def test_a_capture_that_crashes_costs_one_picture() -> None:
    assert shoot("crash").no_picture == "failed: the library gave up"


def test_a_reason_for_no_picture_is_passed_on() -> None:
    assert shoot("lock").no_picture == "locked"


def a_screen(width: int, height: int, *, noisy: bool) -> Image.Image:
    if not noisy:
        return Image.new("RGB", (width, height), "#203040")
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))  # noqa: S311


def test_few_colours_are_kept_exactly_and_at_native_size() -> None:
    image = a_screen(1920, 1080, noisy=False)
    image.paste("white", (10, 10, 200, 30))
    frame = encode(Monitor(1, 0, 0, True, image))
    assert frame is not None
    with Image.open(io.BytesIO(frame.original)) as stored:
        assert stored.convert("RGB").tobytes() == image.tobytes()
    assert check_picture(frame.preview[:30], len(frame.preview)) == (960, 540)
    assert check_picture(frame.thumbnail[:30], len(frame.thumbnail)) == (320, 180)


def test_even_noise_fits_the_limit_at_native_size() -> None:
    frame = encode(Monitor(0, 0, 0, True, a_screen(1600, 900, noisy=True)))
    assert frame is not None
    assert check_picture(frame.original[:30], len(frame.original)) == (1600, 900)


def test_the_tracker_itself_never_loads_an_image_library() -> None:
    code = "import sys, workdiary_tracker.session; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
