"""A picture in every mode: bytes to the terminal, the same under ssh -C, and CPU of drawing it.

``python -m bench.pictures [--kind editor]`` draws a desktop of 1920x1080 from its preview. CPU is
the best of five runs in this process, as a ratio to half blocks in the same box.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from PIL import Image
from rich.console import Console
from textual.strip import Strip
from workdiary_capture_demo.desktop import draw_desktop
from workdiary_tui.pictures import fit, half_blocks, kitty, quadrants, sextants, sixel
from workdiary_tui.pictures.sixel import Raster

BOXES = ((80, 22), (120, 38), (200, 58))
RUNS = 5
RASTER = Raster()

Renderer = Callable[[Image.Image, int, int], bytes]


def blocks(draw: Callable[[Image.Image, int, int], list[Strip]]) -> Renderer:
    def written(image: Image.Image, columns: int, lines: int) -> bytes:
        terminal = Console(color_system="truecolor", force_terminal=True, file=io.StringIO())
        return "".join(strip.render(terminal) for strip in draw(image, columns, lines)).encode()

    return written


def in_kitty(image: Image.Image, columns: int, lines: int) -> bytes:
    return base64.standard_b64encode(kitty.encode(image, columns, lines))


def in_sixels(image: Image.Image, columns: int, lines: int) -> bytes:
    columns, lines = fit(image.size, RASTER.box(columns, lines))
    return sixel.encode(image, columns, lines, RASTER)


RENDERERS: dict[str, Renderer] = {
    "half": blocks(half_blocks),
    "quadrant": blocks(quadrants),
    "sextant": blocks(sextants),
    "kitty": in_kitty,
    "sixel": in_sixels,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description=__doc__)
    parser.add_argument("--kind", default="editor", choices=("editor", "terminal", "browser"))
    kind = parser.parse_args().kind
    drawn = draw_desktop(kind, datetime(2026, 11, 6, 12, 3, tzinfo=UTC), 1, (1920, 1080))
    preview = drawn.resize((960, 540), Image.Resampling.LANCZOS)
    found = {f"{columns}x{lines}": measure(preview, columns, lines) for columns, lines in BOXES}
    for box, rows in found.items():
        print(f"{box:10} {'bytes':>8} {'ssh -C':>8} {'cpu':>6}")
        for name, row in rows.items():
            print(f"{name:10} {row['bytes']:8} {row['compressed']:8} {row['cpu']:6.1f}")
    print(json.dumps({"kind": kind, **found}))


def measure(preview: Image.Image, columns: int, lines: int) -> dict[str, dict[str, float]]:
    columns, lines = fit(preview.size, (columns, lines))
    rows, half = {}, 0.0
    for name, render in RENDERERS.items():
        content, seconds = timed(partial(render, preview, columns, lines))
        half = half or seconds
        rows[name] = {
            "bytes": len(content),
            "compressed": len(zlib.compress(content, 6)),
            "cpu": round(seconds / half, 1),
        }
    return rows


def timed(draw: Callable[[], bytes]) -> tuple[bytes, float]:
    best, content = float("inf"), b""
    for _ in range(RUNS):
        begun = time.process_time()
        content = draw()
        best = min(best, time.process_time() - begun)
    return content, best


if __name__ == "__main__":
    main()
