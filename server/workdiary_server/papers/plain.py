"""A document as text, for a terminal and for a printed page of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from workdiary_server.papers.blocks import (
    Block,
    Column,
    Document,
    Due,
    Facts,
    Heading,
    Notice,
    Paragraph,
    Table,
)
from workdiary_server.papers.widths import padded, width, wrapped

COLUMNS = 80
_GAP, _NARROW_GAP = 2, 1
_TITLE_WIDEST = 9
"""The title over a column of numbers is broken into lines of at most so many cells."""


def as_text(document: Document) -> bytes:
    lines = [*_head(document)]
    for block in document.blocks:
        lines += ["", *_drawn(block)] if not _continues(block, lines) else _drawn(block)
    return "\n".join(line.rstrip() for line in (*lines, "")).encode()


def _head(document: Document) -> Iterator[str]:
    state = document.state.upper()
    titles = wrapped(f"{document.title}: {document.subject}", COLUMNS - width(state) - _GAP)
    yield padded(titles[0], COLUMNS - width(state)) + state
    yield from titles[1:]
    yield document.period
    yield "=" * COLUMNS


def _continues(block: Block, lines: Sequence[str]) -> bool:
    """Whether a block stands right under what is before it: the first under a heading does."""
    return bool(lines) and lines[-1].startswith("---") and not isinstance(block, Heading)


def _drawn(block: Block) -> list[str]:
    match block:
        case Heading(text, grand):
            names = wrapped(text if grand else text.upper(), COLUMNS)
            return [*(["=" * COLUMNS] if grand else []), *names, "-" * COLUMNS]
        case Facts(pairs):
            return _facts(pairs)
        case Paragraph(text):
            return wrapped(text, COLUMNS)
        case Notice(text):
            return [f"!!! {line}" for line in wrapped(text, COLUMNS - 4)]
        case Due(label, amount):
            return [_due(label, amount)]
        case Table():
            return _table(block)


def _due(label: str, amount: str) -> str:
    return f"{label.upper()}: {amount}"


def _facts(pairs: Sequence[tuple[str, str]]) -> list[str]:
    label = max((width(name) for name, _ in pairs), default=0) + _GAP
    lines = []
    for name, value in pairs:
        first, *rest = wrapped(value, COLUMNS - label)
        lines.append(padded(name, label) + first)
        lines += [" " * label + line for line in rest]
    return lines


def _table(table: Table) -> list[str]:
    """The table; where it is too wide its columns go on below, under the first one again."""
    lines: list[str] = []
    for part in _parts(table):
        lines += [""] * bool(lines) + _one_table(part)
    return lines


def _parts(table: Table) -> Iterator[Table]:
    widths = _widths(table)
    chosen, used = [0], widths[0]
    for at in range(1, len(widths)):
        if len(chosen) > 1 and used + _NARROW_GAP + widths[at] > COLUMNS:
            yield table.narrowed(chosen)
            chosen, used = [0], widths[0]
        chosen.append(at)
        used += _NARROW_GAP + widths[at]
    yield table.narrowed(chosen)


def _one_table(table: Table) -> list[str]:
    widths = _widths(table)
    titles = [_title(column) for column in table.columns]
    wide = sum(widths) + _GAP * (len(widths) - 1)
    gap = _GAP if wide <= COLUMNS else _NARROW_GAP
    rule = "-" * (sum(widths) + gap * (len(widths) - 1))
    height = max(len(title) for title in titles)
    raised = [[""] * (height - len(title)) + title for title in titles]
    lines = [*_row(raised, widths, table.columns, gap), rule]
    for row in table.rows:
        lines += _row(_broken(row, table.columns), widths, table.columns, gap)
    if table.total:
        lines += [rule, *_row(_broken(table.total, table.columns), widths, table.columns, gap)]
    return lines


def _row(
    cells: Sequence[Sequence[str]], widths: Sequence[int], columns: Sequence[Column], gap: int
) -> Iterator[str]:
    """The lines of one row, whose cells have one line or more."""
    for line in zip_longest(*cells, fillvalue=""):
        drawn = zip(line, widths, columns, strict=True)
        yield (" " * gap).join(padded(text, cell, column.right) for text, cell, column in drawn)


def _broken(row: Sequence[str], columns: Sequence[Column]) -> list[list[str]]:
    return [
        wrapped(text, column.widest) if not column.right else [text]
        for text, column in zip(row, columns, strict=True)
    ]


def _title(column: Column) -> list[str]:
    return wrapped(column.title, _TITLE_WIDEST if column.right else column.widest)


def _widths(table: Table) -> list[int]:
    rows = [_broken(row, table.columns) for row in (*table.rows, table.total) if row]
    return [
        max(width(line) for lines in (_title(column), *(row[at] for row in rows)) for line in lines)
        for at, column in enumerate(table.columns)
    ]
