"""Timesheets, supplements, ranges and payrolls as files: text, JSON, CSV and PDF.

A file is a function of its paper and of nothing else: no clock, zone, locale or chance.
"""

from __future__ import annotations

from collections.abc import Callable

from workdiary import api
from workdiary.errors import NotFoundError

from workdiary_server.papers.blocks import Document
from workdiary_server.papers.pdf import as_pdf
from workdiary_server.papers.plain import as_text
from workdiary_server.papers.ranges import payroll_document, range_document
from workdiary_server.papers.rows import as_csv
from workdiary_server.papers.supplement import supplement_document
from workdiary_server.papers.week import week_document

Paper = api.Timesheet | api.Supplement | api.RangeTimesheet | api.Payroll

MEDIA_TYPES: dict[str, str] = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "pdf": "application/pdf",
}

_RENDERERS: dict[str, Callable[[Paper], bytes]] = {
    "text": lambda paper: as_text(_document(paper)),
    "json": api.to_json,
    "csv": as_csv,
    "pdf": lambda paper: as_pdf(_document(paper)),
}


def render(paper: Paper, form: str) -> bytes:
    """The paper as one of ``api.TIMESHEET_FORMATS``: the same paper, the same bytes.

    :raises NotFoundError: there is no such format
    """
    if form not in _RENDERERS:
        known = ", ".join(api.TIMESHEET_FORMATS)
        raise NotFoundError(f"there is no format {form!r}; there are: {known}")
    return _RENDERERS[form](paper)


def _document(paper: Paper) -> Document:
    match paper:
        case api.Timesheet():
            return week_document(paper)
        case api.Supplement():
            return supplement_document(paper)
        case api.RangeTimesheet():
            return range_document(paper)
        case api.Payroll():
            return payroll_document(paper)
