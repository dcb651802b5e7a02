"""What a paper is made of, before anyone draws it: headings, facts, tables, paragraphs, notices.

Text and PDF draw the same blocks, so that they cannot say different numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; ``status`` names the billing status whose swatch stands beside it.

    Texts of more than ``widest`` cells are broken into lines.
    """

    title: str
    right: bool = True
    status: str = ""
    widest: int = 26


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under columns; ``total`` is the last row, where there is one."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()

    def narrowed(self, chosen: Sequence[int]) -> Table:
        """The table with only the columns at these places."""
        return Table(
            tuple(self.columns[at] for at in chosen),
            tuple(tuple(row[at] for at in chosen) for row in self.rows),
            tuple(self.total[at] for at in chosen) if self.total else (),
        )


@dataclass(frozen=True, slots=True)
class Heading:
    """Opens a part of a paper; a ``grand`` one opens a contract of a payroll."""

    text: str
    grand: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, a line each."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What is wrong, and may not be overlooked."""

    text: str


@dataclass(frozen=True, slots=True)
class Due:
    """The sum that a paper is about."""

    label: str
    amount: str


Block = Table | Heading | Facts | Paragraph | Notice | Due


@dataclass(frozen=True, slots=True)
class Document:
    """A whole paper. ``dated`` is a day of its own: nothing here reads a clock."""

    title: str
    subject: str
    period: str
    state: str
    dated: date
    blocks: tuple[Block, ...]
    footer: str
