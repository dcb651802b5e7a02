"""A diary on paper whose screenshots are drawn desktops, none like the one before."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from diaries import PaperDiary, a_contract, a_picture, a_segment, at
from PIL import Image
from workdiary_capture_demo.desktop import draw_desktop

SEGMENTS = 12


def a_desktop(start: datetime, number: int) -> Image.Image:
    kind = "editor" if number % 2 else "terminal"
    drawn = draw_desktop(kind, start, 1, (1920, 1080))
    return drawn.resize((960, 540), Image.Resampling.LANCZOS)


def a_diary() -> tuple[PaperDiary, list[Image.Image]]:
    """Two hours of a set with a screenshot each, and the screenshots."""
    paper, screenshots = PaperDiary(a_contract()), []
    for number in range(SEGMENTS):
        start = at(9) + timedelta(minutes=10 * number)
        screenshots.append(a_desktop(start, number))
        file = io.BytesIO()
        screenshots[-1].save(file, "WEBP", quality=85)
        picture = a_picture(start, file.getvalue())
        paper.files[picture.digest] = file.getvalue()
        paper.write(a_segment(start, pictures=(picture,), sessions=("s",)))
    return paper, screenshots
