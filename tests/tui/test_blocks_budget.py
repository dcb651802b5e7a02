from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from diaries import at
from needs import require_program
from PIL import Image
from rich.console import Console
from textual.strip import Strip
from workdiary_capture_demo.desktop import draw_desktop
from workdiary_tui.pictures import half_blocks, quadrants, sextants

COLUMNS, LINES = 78, 22


@pytest.mark.parametrize("kind", ["editor", "terminal"])
@pytest.mark.parametrize(
    ("draw", "symbols"), [(half_blocks, "vhalf"), (quadrants, "quad"), (sextants, "sextant")]
)
def test_blocks_cost_no_more_than_a_tenth_above_chafa(
    draw: Callable[[Image.Image, int, int], list[Strip]], symbols: str, kind: str, tmp_path: Path
) -> None:
    chafa = require_program("chafa", "apt-get install chafa")
    screenshot = draw_desktop(kind, at(12, 3), 1, (1920, 1080))
    path = tmp_path / "screenshot.png"
    screenshot.save(path)
    box = f"--size={COLUMNS}x{LINES}"
    asked = [
        chafa,
        "-f",
        "symbols",
        "-c",
        "full",
        "--symbols",
        symbols,
        box,
        "--stretch",
        str(path),
    ]
    theirs = subprocess.run(asked, capture_output=True, check=True).stdout
    terminal = Console(color_system="truecolor", force_terminal=True, file=io.StringIO())
    ours = "".join(strip.render(terminal) for strip in draw(screenshot, COLUMNS, LINES)).encode()
    assert len(ours) <= 1.1 * len(theirs)
