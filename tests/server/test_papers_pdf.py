"""Papers as PDF: what a reader's programs find in them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from billpapers import WORKED, a_payroll, a_range, a_supplement, a_timesheet, some_terms
from needs import require_program
from workdiary import api
from workdiary.money import written
from workdiary_server.papers import Paper, render
from workdiary_server.papers.words import clock

INSTALL = "apt-get install poppler-utils"


def test_a_week_is_one_page_with_every_number(tmp_path: Path) -> None:
    sheet = a_timesheet(
        lines=((4500, 900), (5100, 1500)), terms=(some_terms(), some_terms(index=9))
    )
    text = _text(sheet, tmp_path)
    numbers = [
        *(clock(minutes) for day in sheet.days for minutes in day.totals.by_status.values()),
        *(written(day.amount, "USD").removesuffix(" USD") for day in sheet.days),
        *(written(line.amount, "USD") for line in sheet.lines),
        *(clock(total) for total in sheet.totals.by_status.values()),
        clock(sheet.totals.tracked),
        clock(sheet.totals.billable),
        written(sheet.amount, "USD"),
        "2026-W48",
        "4.9 %",
        "1284 entries",
        sheet.root,
        "page 1 of 1",
    ]
    assert [number for number in numbers if number not in text] == []


@pytest.mark.parametrize(
    "sheet",
    [
        a_timesheet(currency="JPY", lines=((4500, 2400),)),
        a_timesheet(currency="KWD", lines=((12345, 2400),)),
        a_timesheet(({"auto": 10_080, "manual": 1_440},) * 7, ((10**9, 80_640),)),
        a_timesheet(({"over_limit": 90}, {}, {}, {}, {}, {}, {}), limit=0),
    ],
)
def test_the_totals_of_any_week_are_on_the_page(sheet: api.Timesheet, tmp_path: Path) -> None:
    text = _text(sheet, tmp_path)
    assert written(sheet.amount, sheet.currency) in text
    for minutes in (sheet.totals.tracked, sheet.totals.billable, *sheet.totals.by_status.values()):
        assert clock(minutes) in text


def test_every_font_is_embedded(tmp_path: Path) -> None:
    _, *fonts = _run("pdffonts", _file(a_timesheet(), tmp_path)).splitlines()[1:]
    assert len(fonts) == 2
    for font in fonts:
        assert re.search(r"DejaVu\S+ .* yes yes yes", font)


def test_the_file_says_nothing_of_now(tmp_path: Path) -> None:
    told = _run("pdfinfo", "-isodates", _file(a_timesheet(), tmp_path))
    assert re.search(r"^CreationDate: +2026-11-23T00:00:00", told, re.M)
    assert re.search(r"^Producer: +workdiary$", told, re.M)
    assert re.search(r"^Page size: .*A4", told, re.M)
    assert re.search(r"^Title: +Timesheet: Website relaunch, Week 2026-W48", told, re.M)


def test_a_pdf_is_the_same_every_time() -> None:
    assert render(a_timesheet(), "pdf") == render(a_timesheet(), "pdf")


def test_a_long_range_repeats_its_columns_on_every_page(tmp_path: Path) -> None:
    text = _text(a_range(WORKED * 13, 2_000_000), tmp_path)
    pages = text.rstrip("\f").split("\f")
    assert len(pages) > 2
    assert all(f"page {at} of {len(pages)}" in page for at, page in enumerate(pages, 1))
    assert all("day (UTC)" in page for page in pages)


def test_a_payroll_names_every_contract_and_its_sums(tmp_path: Path) -> None:
    text = _text(a_payroll(), tmp_path)
    for found in ("Website relaunch", "Übersetzung", "1,800.00 USD", "330,000 JPY", "66,000"):
        assert found in text


def test_a_supplement_shows_who_decided_and_why(tmp_path: Path) -> None:
    text = " ".join(_text(a_supplement(), tmp_path).split())
    for found in ("Alice Baker", "the train had no network", "7.50 USD", "1,815.00 USD", "late"):
        assert found.lower() in text.lower()


def test_a_failed_policy_is_on_the_page(tmp_path: Path) -> None:
    text = _text(a_timesheet(lines=(), policy_error="it raised KeyError"), tmp_path)
    assert "policy failed: it raised KeyError. Nothing is billed." in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("株式会社 website", "□□□□ website"),
        ("a\U0010ffff\x1bb", "a□"),
        ("{nb} pages", "{nb} pages"),
        ("", "TIMESHEET"),
        ("**bold** \\n (x)", "**bold** \\n (x)"),
    ],
)
def test_a_name_in_any_script_can_be_printed(name: str, shown: str, tmp_path: Path) -> None:
    assert shown in _text(a_timesheet(name=name, freelancer=name), tmp_path)


def test_a_missing_character_is_explained(tmp_path: Path) -> None:
    assert "stands for a character" in _text(a_timesheet(freelancer="王小明"), tmp_path)
    assert "stands for a character" not in _text(a_timesheet(), tmp_path)


def test_names_as_long_as_they_may_be_stay_on_the_page(tmp_path: Path) -> None:
    paper = a_timesheet(
        tuple(
            {"auto": 60, **{f"a_status_of_some_plugin_{n}": 10 for n in range(8)}} for _ in range(7)
        ),
        name="W" * 100,
        freelancer="M" * 100,
        clients=("W " * 50,) * 5,
    )
    assert _text(paper, tmp_path).count("Mon 2026-11-23") > 2


def test_the_file_is_sound(tmp_path: Path) -> None:
    program = require_program("qpdf", "apt-get install qpdf")
    done = subprocess.run([program, "--check", _file(a_payroll(), tmp_path)], check=False)
    assert done.returncode == 0


def _file(paper: Paper, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(render(paper, "pdf"))
    return str(file)


def _text(paper: Paper, folder: Path) -> str:
    return _run("pdftotext", "-layout", _file(paper, folder), "-")


def _run(program: str, *words: str) -> str:
    path = require_program(program, INSTALL)
    done = subprocess.run([path, *words], capture_output=True, check=True, timeout=30)
    assert done.stderr == b""
    return done.stdout.decode()
