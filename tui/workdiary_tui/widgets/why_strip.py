"""Why a segment is billed as it is, in the server's words, docked above the screen's last line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from textual.message import Message
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui import look
from workdiary_tui.marks import contested_words, deleted_words, late_words, why_manual
from workdiary_tui.pieces import Pieces, fit, spread
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.words import shown, wrapped
from workdiary_tui.working import work
from workdiary_tui.zones import Clock

PAGE = 6
"""Lines of text that are shown at once."""


def why_lines(heading: str, text: str, page: int, width: int, why_key: str = "a") -> list[Pieces]:
    """A heading and one page of the text; the heading says which key shows more."""
    pages = pages_of(text, width)
    page = min(page, len(pages) - 1)
    last = page == len(pages) - 1
    key = f"{why_key} closes" if last else f"{why_key} more ({page + 1}/{len(pages)})"
    title = spread([(f" {heading}", look.TITLE)], [(f"{key} ", look.TITLE_REST)], width, look.TITLE)
    return [title, *([(fit(f" {line}", width), look.PLAIN)] for line in pages[page])]


def pages_of(text: str, width: int) -> list[list[str]]:
    paragraphs = (wrapped(one, max(10, width - 2)) for one in text.split("\n"))
    lines = [line for paragraph in paragraphs for line in paragraph] or [""]
    return [lines[at : at + PAGE] for at in range(0, len(lines), PAGE)]


def why_text(segment: api.Segment, explanation: api.Explanation) -> str:
    """The server's paragraph, and in further ones what else stands on the segment."""
    words = [shown(explanation.text)]
    if why_manual(segment):
        words.append(f"Added {why_manual(segment)}.")
    if segment.late:
        words.append(f"{late_words(segment)}.")
    if segment.contested is not None:
        words.append(contested_words(segment.contested))
    return "\n".join(words)


class WhyStrip(LinesView):
    """Hidden until it is asked for; then it follows the cursor."""

    DEFAULT_CSS = """
    WhyStrip { display: none; layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    """

    @dataclass
    class Told(Message):
        """What the server says of a segment, or why it says nothing."""

        contract: str
        segment: api.Segment
        explanation: api.Explanation | None
        failure: str

    def __init__(self, reader: Reader) -> None:
        super().__init__(id="why")
        self.add_class("strip")
        self._reader = reader
        self._asked: tuple[str, datetime] | None = None
        self._heading = self._text = ""
        self._page = 0

    def press(self) -> bool:
        """Open, show the next page, or close; whether it was opened."""
        if not self.display:
            self.display = True
            return True
        if self._page + 1 < len(pages_of(self._text, self.size.width)):
            self._page += 1
            self._draw_page()
        else:
            self.display = False
        return False

    def ask(self, contract: str, segment: api.Segment, clock: Clock) -> None:
        """Ask the server about a segment; earlier answers never win."""
        changed = self._asked != (contract, segment.start)
        self._asked = contract, segment.start
        heading = f"Why {clock.time(segment.start)} is {look.badge(segment.status).word}"
        if changed:
            self._say(heading, "asking ...")
        self._heading = heading
        work(self, "why", partial(self._fetch, contract, segment))

    def tell_deleted(self, tombstone: api.Tombstone, clock: Clock) -> None:
        self._asked = None
        heading = f"Why {clock.time(tombstone.start)} is deleted"
        rest = "It is billed nothing and uses no limit; its pictures, counts and memo are gone."
        self._say(heading, f"It was {deleted_words(tombstone)}. {rest}")

    async def _fetch(self, contract: str, segment: api.Segment) -> None:
        try:
            found = await self._reader.cache.explanation(contract, segment.start)
        except WorkdiaryError as error:
            self.post_message(self.Told(contract, segment, None, str(error)))
        else:
            self.post_message(self.Told(contract, segment, found, ""))

    def on_why_strip_told(self, message: Told) -> None:
        if self._asked != (message.contract, message.segment.start):
            return
        if message.explanation is None:
            self._say(self._heading, shown(message.failure))
        else:
            self._say(self._heading, why_text(message.segment, message.explanation))

    def _say(self, heading: str, text: str) -> None:
        if (heading, text) != (self._heading, self._text):
            self._heading, self._text, self._page = heading, text, 0
        self._draw_page()

    def _draw_page(self) -> None:
        heading, text, page = self._heading, self._text, self._page
        key = self._reader.keymap.sign("why", "a")
        self.show(lambda width: why_lines(heading, text, page, width, key))
