"""A browser: an article with a chart beside its summary, or a page of measured figures."""

from __future__ import annotations

import random
from textwrap import wrap

from workdiary_capture_demo.paint import Canvas, Colour
from workdiary_capture_demo.scenes.charts import bars, curve

_INK, _SOFT, _PAGE = "#1f2933", "#616e7c", "#f7f8fa"
_SITES: tuple[tuple[str, str, Colour, Colour], ...] = (
    ("wiki.acme.example/storage", "Acme wiki", "#3b5bdb", "#dbe4ff"),
    ("status.acme.example/mobile", "Acme status", "#0b7285", "#c5f0f5"),
    ("issues.acme.example/reports", "Acme reports", "#862e9c", "#f3d9fa"),
)
_ARTICLES = {
    "Moving attachments without losing one": (
        "Attachments move in three steps. First every new upload is written to both stores, so "
        "that nothing is lost when a step has to be taken back. Then old ones are copied in the "
        "background, a day at a time, and each copy is read back and compared before its row is "
        "switched to the new store. What is read most goes first, so that the old store grows "
        "quiet early. Only when a month has passed without a single read from it is it emptied. "
        "The curve above counts what was moved in each hour of the last day, and the bars at "
        "the right what was moved on each of the last ten."
    ),
    "What made the last release slower": (
        "Since the beta, opening the list takes twice as long on older devices. It was not the "
        "new list: it was the pictures in it, which were decoded at full size and then drawn "
        "small. They are now asked for in the size in which they are shown, and the ones below "
        "the edge of the screen wait until somebody scrolls. On the slowest device that we own "
        "the list opens in a third of a second again. The curve above is the time to open it, "
        "hour by hour, and the bars at the right are the reports that named it."
    ),
    "How prices are rounded, and why once": (
        "A price is rounded in one place, at the end of its line, and half a cent goes up. When "
        "each part of a line is rounded by itself, the parts add up to another sum than the "
        "line, and sooner or later a client notices. So amounts stay exact until they are "
        "printed, a total is the sum of what is printed above it, and a test adds up every "
        "table that we ever sent. The curve above shows the amounts of the last day, and the "
        "bars at the right those lines in which the two ways would have differed."
    ),
}
_LETTER = 8.4
"""The mean width of a letter of the article."""
_FACTS = ("Requests a minute", "Crash-free sessions", "Slowest page", "Open reports")


def browser(canvas: Canvas, habit: random.Random, now: random.Random) -> None:
    site = habit.randrange(len(_SITES))
    address, name, colour, tint = _SITES[site]
    title = now.choice(tuple(_ARTICLES))
    _chrome(canvas, address, title)
    page = canvas.part(0, 78, canvas.width, canvas.height - 78)
    page.fill(_PAGE)
    page.block(0, 0, page.width, 46, colour)
    page.text(46, 11, name, "#ffffff", 19, bold=True)
    x = 230.0
    for link in ("Overview", "Guides", "Figures", "People"):
        x = page.text(x, 14, link, "#eef1f5", 15) + 28
    body = page.part(46, 46, page.width - 92, page.height - 46)
    if now.random() < 0.5:
        _article(body, title, (colour, tint), now)
    else:
        _figures(body, (colour, tint), now)


def _chrome(canvas: Canvas, address: str, title: str) -> None:
    canvas.block(0, 0, canvas.width, 40, "#d3d8df")
    canvas.rounded(14, 7, 330, 44, "#f1f3f5", 9)
    canvas.text(32, 13, title, _INK, 14)
    canvas.text(372, 13, "Inbox (3)", _SOFT, 14)
    canvas.text(500, 13, "Calendar", _SOFT, 14)
    canvas.block(0, 40, canvas.width, 38, "#f1f3f5")
    for number in range(3):
        canvas.rounded(18 + number * 28, 51, 16, 16, "#9aa5b1", 8)
        canvas.rounded(22 + number * 28, 55, 8, 8, "#f1f3f5", 4)
    canvas.rounded(110, 45, canvas.width - 230, 28, "#ffffff", 14)
    canvas.rounded(122, 54, 10, 10, "#2b8a3e", 3)
    canvas.text(142, 50, f"https://{address}", _INK, 14)


def _article(
    canvas: Canvas, title: str, colours: tuple[Colour, Colour], now: random.Random
) -> None:
    wide = canvas.width * 0.64
    canvas.text(0, 22, title, _INK, 34, bold=True)
    canvas.text(0, 68, "Last changed by Jane Dolan, read by 14 people", _SOFT, 14)
    lines = wrap(_ARTICLES[title], round(wide / _LETTER))
    for number, line in enumerate(lines[:3]):
        canvas.text(0, 98 + number * 25, line, _INK, 17)
    top, high = 186, max(60, canvas.height * 0.36)
    canvas.rounded(0, top, wide, high, "#ffffff", 8)
    curve(canvas.part(20, top + 18, wide - 40, high - 36), now, *colours)
    for number, line in enumerate(lines[3:]):
        canvas.text(0, top + high + 18 + number * 25, line, _INK, 17)
    left = wide + 36
    _contents(canvas.part(left, 30, canvas.width - left, 196), colours)
    below = canvas.part(left, 246, canvas.width - left, canvas.height - 290)
    below.rounded(0, 0, below.width, below.height, "#ffffff", 8)
    below.text(18, 14, "The last ten days", _INK, 17, bold=True)
    bars(below.part(18, 50, below.width - 36, below.height - 68), now, 10, colours[:1])


def _contents(canvas: Canvas, colours: tuple[Colour, Colour]) -> None:
    canvas.rounded(0, 0, canvas.width, canvas.height, colours[1], 8)
    canvas.text(20, 14, "On this page", colours[0], 18, bold=True)
    for number, line in enumerate(("What we saw", "What it was", "What we did", "What is left")):
        canvas.rounded(22, 60 + number * 32, 8, 8, colours[0], 4)
        canvas.text(42, 52 + number * 32, line, _INK, 16)


def _figures(canvas: Canvas, colours: tuple[Colour, Colour], now: random.Random) -> None:
    gap = 18
    wide = (canvas.width - gap * 3) / 4
    numbers = (
        f"{now.randrange(900, 4000):,}",
        f"{now.uniform(97, 99.9):.1f} %",
        f"{now.randrange(180, 900)} ms",
        str(now.randrange(3, 40)),
    )
    for place, (fact, number) in enumerate(zip(_FACTS, numbers, strict=True)):
        card = canvas.part(place * (wide + gap), 24, wide, 104)
        card.rounded(0, 0, card.width, card.height, "#ffffff", 8)
        card.block(0, 8, 5, card.height - 16, colours[0])
        card.text(22, 14, fact, _SOFT, 15)
        card.text(22, 42, number, _INK, 36, bold=True)
    top = 146
    high, left = canvas.height - top - 44, canvas.width * 0.6
    main = canvas.part(0, top, left, high)
    main.rounded(0, 0, main.width, main.height, "#ffffff", 8)
    main.text(20, 14, "Requests, last 24 hours", _INK, 17, bold=True)
    curve(main.part(20, 52, main.width - 40, main.height - 72), now, *colours)
    side = canvas.part(left + gap, top, canvas.width - left - gap, high)
    side.rounded(0, 0, side.width, side.height, "#ffffff", 8)
    side.text(20, 14, "Reports by week", _INK, 17, bold=True)
    bars(side.part(20, 52, side.width - 40, side.height - 72), now, 8, ("#f08c00", colours[0]))
