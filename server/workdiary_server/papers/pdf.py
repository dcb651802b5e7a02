"""A document as PDF: A4, fonts embedded, a page for a week, tables that go on over pages."""

from __future__ import annotations

from collections.abc import Sequence

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
from workdiary_server.papers.sheets import ACCENT, GREY, INK, MARGIN, Sheet

_LABEL = 32.0
_LINE = 4.6
_ROW = 5.6
_PAD = 1.6
_CELL_WIDEST = 52.0
_TITLE_WIDEST, _TITLE_NARROW = 21.0, 15.5
_SWATCH = 2.0
_SHADE = (236, 241, 246)
_HAIR = (205, 212, 220)
_ALARM = (176, 32, 38)
_ALARM_SHADE = (252, 235, 235)
_NO_COLOR = (217, 164, 65)
_SWATCHES = {
    "auto": (10, 92, 40),
    "manual": (120, 205, 135),
    "over_limit": (229, 72, 77),
    "policy_error": (229, 72, 77),
}


def as_pdf(document: Document) -> bytes:
    sheet = Sheet(f"{document.title}: {document.subject}, {document.period}", document.dated)
    _head(sheet, document)
    for block in document.blocks:
        _draw(sheet, block)
    if sheet.boxed:
        _box_note(sheet)
    _footers(sheet, document.footer)
    return bytes(sheet.output())


def _head(sheet: Sheet, document: Document) -> None:
    badge = document.state.upper()
    if badge:
        sheet.pen(9, bold=True)
        width = sheet.measured(badge) + 6
        sheet.set_fill_color(*(ACCENT if document.state == "closed" else _NO_COLOR))
        sheet.rect(
            sheet.right - width, MARGIN, width, 7, "F", round_corners=True, corner_radius=1.5
        )
        sheet.set_text_color(*((255, 255, 255) if document.state == "closed" else INK))
        sheet.put(sheet.right - width, MARGIN, width, 7, badge, "C")
    sheet.pen(9.5, color=GREY)
    sheet.put(MARGIN, MARGIN - 2, 100, 5, document.title.upper(), "L")
    sheet.set_y(MARGIN + 3.5)
    sheet.pen(17, bold=True, color=ACCENT)
    _lines(sheet, document.subject, sheet.inner - 32, 8)
    sheet.pen(10.5)
    _lines(sheet, document.period, sheet.inner, 6)
    sheet.set_y(sheet.get_y() + 1.5)
    sheet.set_draw_color(*ACCENT)
    sheet.set_line_width(0.6)
    sheet.line(MARGIN, sheet.get_y(), sheet.right, sheet.get_y())
    sheet.set_y(sheet.get_y() + 2.5)


def _lines(sheet: Sheet, text: str, width: float, height: float, x: float = MARGIN) -> None:
    """Lines from here downwards, over as many pages as they need."""
    for line in sheet.lines(text, width - 2):
        _room(sheet, height)
        y = sheet.get_y()
        sheet.put(x, y, width, height, line, "L")
        sheet.set_y(y + height)


def _room(sheet: Sheet, height: float) -> bool:
    """Begin a page unless ``height`` is left on this one; whether one was begun."""
    if sheet.left_below >= height:
        return False
    sheet.add_page()
    return True


def _draw(sheet: Sheet, block: Block) -> None:
    match block:
        case Heading(text, grand):
            _heading(sheet, text, grand)
        case Facts(pairs):
            _facts(sheet, pairs)
        case Paragraph(text):
            sheet.pen(8.5)
            _lines(sheet, text, sheet.inner, _LINE)
            sheet.set_y(sheet.get_y() + 1)
        case Notice(text):
            _notice(sheet, text)
        case Due(label, amount):
            _due(sheet, label, amount)
        case Table():
            for part in _parts(sheet, block):
                _table(sheet, part)


def _heading(sheet: Sheet, text: str, grand: bool) -> None:
    size, height = (13.0, 7.0) if grand else (10.0, 5.5)
    _room(sheet, 60 if grand else 22)
    sheet.set_y(sheet.get_y() + (7 if grand else 2.5))
    if grand:
        sheet.set_draw_color(*ACCENT)
        sheet.set_line_width(0.4)
        sheet.line(MARGIN, sheet.get_y() - 1.5, sheet.right, sheet.get_y() - 1.5)
    sheet.pen(size, bold=True, color=ACCENT)
    _lines(sheet, text, sheet.inner, height)
    sheet.set_y(sheet.get_y() + 0.5)


def _facts(sheet: Sheet, pairs: Sequence[tuple[str, str]]) -> None:
    for name, value in pairs:
        _room(sheet, _LINE)
        y = sheet.get_y()
        sheet.pen(8.5, color=GREY)
        sheet.put(MARGIN, y, _LABEL, _LINE, name, "L")
        sheet.pen(8.5)
        sheet.set_y(y)
        _lines(sheet, value, sheet.inner - _LABEL, _LINE, MARGIN + _LABEL)
    sheet.set_y(sheet.get_y() + 1)


def _notice(sheet: Sheet, text: str) -> None:
    sheet.pen(9.5, bold=True, color=_ALARM)
    lines = sheet.lines(text, sheet.inner - 8)
    height = 5.2 * len(lines) + 4
    sheet.set_y(sheet.get_y() + 1)
    _room(sheet, height)
    top = sheet.get_y()
    sheet.set_fill_color(*_ALARM_SHADE)
    sheet.set_draw_color(*_ALARM)
    sheet.set_line_width(0.4)
    sheet.rect(MARGIN, top, sheet.inner, height, "DF")
    for at, line in enumerate(lines):
        sheet.put(MARGIN + 4, top + 2 + 5.2 * at, sheet.inner - 8, 5.2, line, "L")
    sheet.set_y(top + height + 2)


def _due(sheet: Sheet, label: str, amount: str) -> None:
    _room(sheet, 13)
    top = sheet.get_y() + 1
    sheet.set_fill_color(*_SHADE)
    sheet.rect(MARGIN, top, sheet.inner, 9.5, "F")
    sheet.pen(10, bold=True)
    sheet.put(MARGIN + 3, top, 80, 9.5, label[:1].upper() + label[1:], "L")
    sheet.pen(14, bold=True, color=ACCENT)
    sheet.put(MARGIN, top, sheet.inner - 2, 9.5, amount, "R")
    sheet.set_y(top + 11)


def _parts(sheet: Sheet, table: Table) -> list[Table]:
    """The table; where it is too wide its columns go on below, beside the first one again."""
    titles = _broken_titles(sheet, table)
    widths = _widths(sheet, table, titles)
    groups: list[list[int]] = [[0]]
    for at in range(1, len(widths)):
        used = sum(widths[column] for column in groups[-1])
        if len(groups[-1]) > 1 and used + widths[at] > sheet.inner:
            groups.append([0])
        groups[-1].append(at)
    return [table.narrowed(group) for group in groups]


def _table(sheet: Sheet, table: Table) -> None:
    titles = _broken_titles(sheet, table)
    natural = _widths(sheet, table, titles)
    spare = max(0.0, sheet.inner - sum(natural)) / len(natural)
    widths = [width + spare for width in natural]
    sheet.set_y(sheet.get_y() + 1.5)
    _room(sheet, 4 * _ROW)
    _titles(sheet, table.columns, titles, widths)
    for at, row in enumerate((*table.rows, table.total)):
        if not row:
            continue
        cells = _broken_cells(sheet, table.columns, widths, row)
        if _room(sheet, _height(cells)):
            _titles(sheet, table.columns, titles, widths)
        _row(sheet, table.columns, widths, cells, total=at == len(table.rows))
    sheet.set_y(sheet.get_y() + 1.5)


def _broken_titles(sheet: Sheet, table: Table) -> list[list[str]]:
    """The columns' titles in lines; in narrower ones where the table would not fit otherwise."""
    sheet.pen(8.5, bold=True)
    titles = [sheet.lines(column.title, _TITLE_WIDEST) for column in table.columns]
    if sum(_widths(sheet, table, titles)) <= sheet.inner:
        return titles
    narrow = [_TITLE_NARROW if column.right else _TITLE_WIDEST for column in table.columns]
    return [sheet.lines(c.title, width) for c, width in zip(table.columns, narrow, strict=True)]


def _widths(sheet: Sheet, table: Table, broken: Sequence[Sequence[str]]) -> list[float]:
    sheet.pen(8.5, bold=True)
    widths = []
    for at, column in enumerate(table.columns):
        cells = [row[at] for row in (*table.rows, table.total) if row]
        widest = max((sheet.measured(text) for text in cells), default=0.0)
        widest = widest if column.right else min(widest, _CELL_WIDEST)
        titles = max(sheet.measured(line) for line in broken[at])
        swatch = _SWATCH + 1.2 if column.status else 0.0
        widths.append(max(widest, titles + swatch) + 2 * _PAD + 0.2)
    return widths


def _titles(
    sheet: Sheet,
    columns: Sequence[Column],
    titles: Sequence[Sequence[str]],
    widths: Sequence[float],
) -> None:
    sheet.pen(8.5, bold=True, color=ACCENT)
    height = 4.2 * max(len(title) for title in titles) + 1.8
    top, x = sheet.get_y(), MARGIN
    sheet.set_fill_color(*_SHADE)
    sheet.rect(MARGIN, top, sum(widths), height, "F")
    for column, title, width in zip(columns, titles, widths, strict=True):
        y = top + height - 0.9 - 4.2 * len(title)
        if column.status:
            longest = sheet.measured(title[0])
            sheet.set_fill_color(*_SWATCHES.get(column.status, _NO_COLOR))
            left = x + width - _PAD - longest - _SWATCH - 1.2
            sheet.rect(left, y + (4.2 - _SWATCH) / 2, _SWATCH, _SWATCH, "F")
        for at, line in enumerate(title):
            sheet.put(x, y + 4.2 * at, width, 4.2, line, "R" if column.right else "L")
        x += width
    sheet.set_y(top + height)


def _broken_cells(
    sheet: Sheet, columns: Sequence[Column], widths: Sequence[float], row: Sequence[str]
) -> list[list[str]]:
    sheet.pen(8.5, bold=True)
    return [
        [text] if column.right else sheet.lines(text, width - 2 * _PAD)
        for column, width, text in zip(columns, widths, row, strict=True)
    ]


def _height(cells: Sequence[Sequence[str]]) -> float:
    return _LINE * (max(len(cell) for cell in cells) - 1) + _ROW


def _row(
    sheet: Sheet,
    columns: Sequence[Column],
    widths: Sequence[float],
    cells: Sequence[Sequence[str]],
    total: bool,
) -> None:
    sheet.pen(8.5, bold=total)
    height = _height(cells)
    top, x = sheet.get_y(), MARGIN
    sheet.set_draw_color(*(ACCENT if total else _HAIR))
    sheet.set_line_width(0.35 if total else 0.15)
    edge = top if total else top + height
    sheet.line(MARGIN, edge, MARGIN + sum(widths), edge)
    for column, cell, width in zip(columns, cells, widths, strict=True):
        for at, line in enumerate(cell):
            y = top + (_ROW - _LINE) / 2 + _LINE * at
            sheet.put(x, y, width, _LINE, line, "R" if column.right else "L")
        x += width
    sheet.set_y(top + height)


def _box_note(sheet: Sheet) -> None:
    sheet.pen(7.5, color=GREY)
    sheet.set_y(sheet.get_y() + 1)
    _lines(
        sheet,
        "\u25a1 stands for a character that this page's font does not have; the timesheet as text "
        "or CSV has it.",
        sheet.inner,
        4,
    )


def _footers(sheet: Sheet, text: str) -> None:
    """Every page's footer, once it is known how many pages there are."""
    for page in range(1, sheet.pages_count + 1):
        sheet.page = page
        sheet.pen(7, bold=True)  # what the page was left with is not what the sheet remembers
        y = sheet.h - 13
        sheet.set_draw_color(*_HAIR)
        sheet.set_line_width(0.15)
        sheet.line(MARGIN, y - 1, sheet.right, y - 1)
        sheet.pen(6.5, color=GREY)
        sheet.put(MARGIN, y, sheet.inner - 30, 4, text, "L")
        sheet.put(sheet.right - 30, y, 30, 4, f"page {page} of {sheet.pages_count}", "R")
