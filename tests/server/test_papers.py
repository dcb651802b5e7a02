"""Papers as text, JSON and CSV: the same numbers in each, and the same bytes every time."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from billpapers import (
    WORKED,
    a_payroll,
    a_range,
    a_supplement,
    a_timesheet,
    days_of,
    minutes_of,
    some_terms,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from workdiary import api
from workdiary.errors import NotFoundError
from workdiary.money import minor_units, plain, written
from workdiary_server.papers import MEDIA_TYPES, Paper, render
from workdiary_server.papers.widths import width

GOLDEN = Path(__file__).parent / "papers"
RAISED = some_terms(
    since=some_terms().since.replace(month=11, day=25),
    rate=5100,
    by="Alice Baker",
    received=some_terms().since.replace(month=11, day=20),
    index=977,
    changed=("rate", "weekly_limit"),
)
PAPERS: dict[str, Paper] = {
    "normal": a_timesheet(),
    "policy_failed": a_timesheet(
        ({"policy_error": 480}, {"policy_error": 60}, {}, {}, {}, {}, {}),
        policy_error="it bills more than ten minutes",
        state="open",
        closed=None,
    ),
    "no_limit": a_timesheet(limit=None, terms=(some_terms(weekly_limit=None),), deleted=0),
    "zero_limit": a_timesheet(
        ({"over_limit": 90}, {}, {}, {}, {}, {}, {}), limit=0, terms=(some_terms(weekly_limit=0),)
    ),
    "two_rates": a_timesheet(
        lines=((4500, 900), (5100, 1500)), terms=(some_terms(), RAISED), closed_by="Olga"
    ),
    "yen": a_timesheet(
        currency="JPY", lines=((4500, 2400),), terms=(some_terms(currency="JPY", rate=4500),)
    ),
    "long_names": a_timesheet(
        name="n" * 100,
        freelancer="Jane " * 20,
        clients=tuple(f"client {n} of many" for n in range(9)),
    ),
    "scripts": a_timesheet(
        name="株式会社 website", freelancer="王小明", clients=("תל אביב", "Zoë 😀")
    ),
    "unruly": a_timesheet(
        name="=HYPERLINK(1)", freelancer="evil\x1b[2J\u202e", clients=("@x", "a,b", 'say "hi"')
    ),
    "options": a_timesheet(
        policy="tracked_minutes", policy_options={"mark": "a", "daily_cap": 480, "strict": True}
    ),
    "many_statuses": a_timesheet(
        tuple(
            {"auto": 60, **{f"status_of_some_plugin_{n}": 10 for n in range(8)}} for _ in range(7)
        )
    ),
    "supplement": a_supplement(),
    "supplement_empty": a_supplement(
        pending=(), adjustments=(), contested=(), offered=0, amount=0, total=180000
    ),
    "range": a_range(),
    "range_open": a_range(WORKED * 3, 540000, open=True, policy_error="it gave no verdict"),
    "payroll": a_payroll(),
}


@pytest.mark.parametrize("form", ["text", "csv"])
@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_is_written_as_it_always_was(name: str, form: str) -> None:
    """``PAPERS_AGAIN=1`` writes the files anew; read the difference before it is kept."""
    file = GOLDEN / f"{name}.{'txt' if form == 'text' else form}"
    if os.environ.get("PAPERS_AGAIN") == "1":
        file.write_bytes(render(PAPERS[name], form))
    assert render(PAPERS[name], form) == file.read_bytes()


@pytest.mark.parametrize("name", PAPERS)
def test_json_is_the_papers_own(name: str) -> None:
    paper = PAPERS[name]
    assert render(paper, "json") == api.to_json(paper)
    assert msgspec.json.decode(render(paper, "json"), type=type(paper)) == paper


def test_an_unknown_format_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="text, json, csv, pdf"):
        render(a_timesheet(), "xlsx")


def test_every_format_has_a_media_type() -> None:
    assert set(MEDIA_TYPES) == set(api.TIMESHEET_FORMATS)


@pytest.mark.parametrize("name", sorted(set(PAPERS) - {"many_statuses"}))
def test_text_fits_a_terminal_of_80_columns(name: str) -> None:
    assert max(width(line) for line in _text(PAPERS[name]).split("\n")) <= 80


def test_a_table_that_is_too_wide_goes_on_below_with_its_days() -> None:
    text = _text(PAPERS["many_statuses"])
    assert max(width(line) for line in text.split("\n")) <= 80
    assert text.count("Mon 2026-11-23 ") > 2


def test_a_wide_character_takes_two_columns() -> None:
    assert [width("ab"), width("王小"), width("e\u0301"), width("😀"), width("ת")] == [
        2,
        4,
        1,
        2,
        1,
    ]


@pytest.mark.parametrize("form", ["text", "csv"])
def test_foreign_text_commands_no_terminal(form: str) -> None:
    content = render(PAPERS["unruly"], form).decode()
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", content)


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    names = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "plain")
    for name in names:
        row = _rows(a_timesheet(name=name, policy_error=name))[-1]
        for cell in (row["name"], row["policy_error"]):
            assert cell.startswith("'") == (name != "plain")


def test_a_failed_policy_is_said_loudly() -> None:
    text = _text(PAPERS["policy_failed"])
    assert "!!! policy failed: it bills more than ten minutes. Nothing is billed." in text


def test_an_open_week_is_called_provisional() -> None:
    assert "provisional" in _text(a_timesheet(state="open", closed=None))
    assert "provisional" not in _text(a_timesheet())


def test_who_closed_the_week_is_said() -> None:
    assert "closed by the lock, Mon 2026-11-30 12:00 UTC" in _text(a_timesheet())
    assert "closed by Olga" in _text(PAPERS["two_rates"])


def test_a_declined_adjustment_adds_nothing() -> None:
    paper = a_supplement()
    declined = msgspec.structs.replace(paper.adjustments[1], amount=999)
    paper = msgspec.structs.replace(paper, adjustments=(paper.adjustments[0], declined))
    assert "would have added 9.99 USD" in " ".join(_text(paper).split())
    assert _added(_rows(paper), "amount_minor") == paper.amount


def test_a_supplements_columns_add_up() -> None:
    paper = a_supplement()
    rows = _rows(paper)
    assert _added(rows, "amount_minor") == paper.amount
    assert _added(rows, "offered_minor") == paper.offered
    assert _added(rows, "total_minor") == paper.total
    text = _text(paper)
    for amount in (paper.offered, paper.amount, paper.total):
        assert written(amount, "USD") in text


def test_a_payroll_adds_up_by_currency() -> None:
    paper = a_payroll()
    rows = _rows(paper)
    for currency, amount in paper.amounts.items():
        mine = [row for row in rows if row["currency"] == currency]
        assert _added(mine, "amount_minor") == amount
        assert _sum_of_decimals(mine, "amount") == Decimal(plain(amount, currency))
        assert f"SUM IN {currency}: {written(amount, currency)}" in _text(paper)


STATUSES = ("auto", "manual", "over_limit", "partial", "overlap", "late", "a_plugins_own")
DAY = st.dictionaries(
    st.sampled_from(STATUSES), st.integers(0, 144).map(lambda n: n * 10), max_size=7
)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "EUR"])


@st.composite
def timesheets(draw: st.DrawFn) -> api.Timesheet:
    """A week whose lines make up its amount, at one rate or two."""
    counted = tuple(draw(st.lists(DAY, min_size=7, max_size=7)))
    billed = sum(minutes_of(day).billable for day in counted)
    first = draw(st.integers(0, billed // 10)) * 10
    rates = draw(st.lists(st.integers(1, 10**7), min_size=2, max_size=2, unique=True))
    lines = tuple(
        (rate, minutes)
        for rate, minutes in zip(rates, (first, billed - first), strict=True)
        if minutes
    )
    return a_timesheet(
        counted, lines, currency=draw(CURRENCIES), limit=draw(st.none() | st.just(2400))
    )


@given(sheet=timesheets())
@settings(max_examples=300, deadline=None)
def test_one_total_stands_in_every_format(sheet: api.Timesheet) -> None:
    rows, text = _rows(sheet), _text(sheet)
    assert _added(rows, "minutes") == sheet.totals.tracked
    assert _added(rows, "billable_minutes") == sheet.totals.billable
    assert _added(rows, "amount_minor") == sheet.amount
    assert _sum_of_decimals(rows, "amount") == Decimal(plain(sheet.amount, sheet.currency))
    assert _sum_of_decimals(rows, "line_amount") == Decimal(plain(sheet.amount, sheet.currency))
    assert _text_totals(text, sheet.currency) == (
        sheet.totals.tracked,
        sheet.totals.billable,
        sheet.amount,
    )
    assert msgspec.json.decode(render(sheet, "json"), type=api.Timesheet) == sheet


@given(counted=st.lists(DAY, min_size=1, max_size=40), total=st.integers(0, 10**9))
@settings(max_examples=100, deadline=None)
def test_a_ranges_csv_adds_up(counted: list[dict[str, int]], total: int) -> None:
    days = days_of(tuple(counted), total)
    paper = a_range(tuple(counted), sum(day.amount for day in days))
    rows = _rows(paper)
    assert _added(rows, "minutes") == paper.totals.tracked
    assert _added(rows, "amount_minor") == paper.amount


def test_bytes_depend_on_the_paper_alone() -> None:
    """Not on hash seeds, the zone or the locale of the process, nor the order of a mapping."""
    program = (
        "import sys, hashlib, msgspec\n"
        "from workdiary import api\n"
        "from workdiary_server.papers import render\n"
        "content = sys.stdin.buffer.read()\n"
        "paper = msgspec.json.decode(content, type=api.Timesheet)\n"
        "for form in api.TIMESHEET_FORMATS:\n"
        "    print(hashlib.sha256(render(paper, form)).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=render(PAPERS["scripts"], "json"),
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed, zone, locale in (("0", "UTC", "C"), ("77", "Asia/Manila", "C.UTF-8"))
    }
    assert len(found) == 1


def _text(paper: Paper) -> str:
    return render(paper, "text").decode()


def _rows(paper: Paper) -> list[dict[str, str]]:
    content = render(paper, "csv").decode()
    assert content.count("\n") == content.count("\r\n")
    return list(csv.DictReader(io.StringIO(content, newline=""), strict=True))


def _added(rows: list[dict[str, str]], column: str) -> int:
    return sum(int(row[column]) for row in rows if row[column])


def _sum_of_decimals(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal())


def _text_totals(text: str, currency: str) -> tuple[int, int, int]:
    """Tracked, billed and due as a reader of the page finds them."""
    tracked, billed = (
        sum(int(n) * factor for n, factor in zip(found.groups(), (60, 1), strict=True))
        for found in (
            re.search(rf"^{name} +(\d+):(\d\d)$", text, re.M) for name in ("tracked", "billed")
        )
        if found
    )
    due = re.search(rf"^AMOUNT DUE: ([\d,.]+) {currency}$", text, re.M)
    totals = re.findall(r"^total .* ([\d,.]+)$", text, re.M)
    assert due
    assert totals[-1] == due[1]
    return tracked, billed, minor_units(due[1].replace(",", ""), currency)
