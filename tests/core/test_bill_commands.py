"""The commands that print bills, run as people run them against an HTTP server."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from billpapers import CONTRACT, a_payroll, a_range, a_supplement, a_timesheet
from workdiary import api
from workdiary.billing import week_start
from workdiary.credentials import Credentials, save
from workdiary.explaining import explanation_text

MINUTES = api.Minutes(tracked=0, billable=0, by_status={})
ME = api.Person(id="aa" * 16, name="Jane")
EMPTY = a_supplement(pending=(), adjustments=(), contested=())
EXPLANATION = api.Explanation(
    contract=CONTRACT,
    start=datetime(2026, 11, 26, 10, 20, tzinfo=UTC),
    status="auto",
    minutes=10,
    billable=10,
    amount=750,
    currency="USD",
    rate=4500,
    policy="weekly_limit",
    rule="rule 1",
    reason="all ten count",
    limit=None,
    billed_before=0,
    frozen=False,
    text="",
)


def a_contract(key: str, name: str) -> api.Contract:
    return api.Contract(
        id=key,
        name=name,
        freelancer=ME,
        clients=(),
        rate=4500,
        currency="USD",
        weekly_limit=None,
        hourly=True,
        manual=True,
        screenshots="none",
        zone="UTC",
        policy="weekly_limit",
        opened=datetime(2026, 9, 7, tzinfo=UTC),
        today=MINUTES,
        week=MINUTES,
        last_segment=None,
        role="freelancer",
        origin="diary.test/" + key,
        log_key="none",
    )


def enrol(home: Path, server: str) -> None:
    enrolled = Credentials(
        server=server,
        token="t",  # noqa: S106 - no secret
        scope="read",
        person=ME.id,
        person_name="Jane",
        device="bb" * 16,
        secret="00" * 32,
        storage_key="00" * 32,
    )
    save(home, enrolled)


@dataclass(slots=True)
class Bills:
    """A server that answers with bills, and remembers what it was asked for."""

    supplement: api.Supplement = EMPTY
    asked: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path_qs.removeprefix(api.PREFIX)
        self.asked.append(path)
        return web.Response(body=self._content(path))

    def _content(self, path: str) -> bytes:
        if path == "/contracts":
            both = (a_contract(CONTRACT, "acme/website"), a_contract("1e" * 16, "Logo"))
            return api.to_json(both)
        if path.endswith("/supplement/json"):
            return api.to_json(self.supplement)
        if path.endswith("/explanation"):
            return api.to_json(EXPLANATION)
        if path.endswith("/pdf"):
            return b"%PDF-1.4 \x00\xff\r\n"
        papers = {"weeks": a_timesheet(), "timesheet": a_range(), "payroll": a_payroll()}
        if "/json" in path:
            return api.to_json(next(papers[word] for word in papers if word in path))
        return f"bytes of {path} \u00e9\r\n".encode()

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "workdiary.cli", *words],
            env=self.environment,
            capture_output=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def bills(tmp_path: Path) -> Iterator[Bills]:
    """The server on a thread of its own, since the commands are processes."""
    found, loop, ready = Bills(), asyncio.new_event_loop(), threading.Event()
    app = web.Application()
    app.router.add_get("/{path:.*}", found.answer)
    runner = web.AppRunner(app)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.set()

    def serve() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    home = tmp_path / "home"
    enrol(home, f"http://127.0.0.1:{runner.addresses[0][1]}")
    found.environment = os.environ | {"WORKDIARY_HOME": str(home)}
    yield found
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_a_week_is_printed_as_the_server_wrote_it(bills: Bills) -> None:
    done = bills.run("timesheet", "acme/website", "2026-W48")
    path = f"/contracts/{CONTRACT}/weeks/2026-11-23/timesheet/text"
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == f"bytes of {path} \u00e9\r\n".encode()


@pytest.mark.parametrize("week", ["2026-11-29", "2026-W48", "2026W48", "2026-11-23"])
def test_a_week_has_many_names(bills: Bills, week: str) -> None:
    assert bills.run("timesheet", CONTRACT, week, "--format", "csv").returncode == 0
    assert f"/contracts/{CONTRACT}/weeks/2026-11-23/timesheet/csv" in bills.asked


def test_last_is_the_week_before_this_one(bills: Bills) -> None:
    assert bills.run("timesheet", "Logo", "last").returncode == 0
    monday = week_start(datetime.now(UTC)).date()
    wanted = {
        f"/contracts/{'1e' * 16}/weeks/{day}/timesheet/text"
        for day in (monday - timedelta(weeks=1), monday - timedelta(weeks=2))
    }
    assert wanted & set(bills.asked)


def test_a_supplement_is_told_on_stderr_in_one_line(bills: Bills) -> None:
    bills.supplement = a_supplement()
    done = bills.run("timesheet", "acme/website", "2026-W48")
    assert done.stderr == (
        b"after the lock came: 2 late and pending, 2 adjustments decided, 1 contested; "
        b"see it with --supplement\n"
    )


def test_the_supplement_is_a_document_of_its_own(bills: Bills) -> None:
    assert bills.run("timesheet", "acme/website", "2026-W48", "--supplement").returncode == 0
    assert bills.asked[-1] == f"/contracts/{CONTRACT}/weeks/2026-11-23/supplement/text"


def test_a_range_has_a_first_and_a_last_day(bills: Bills) -> None:
    done = bills.run(
        "timesheet", "acme/website", "--from", "2026-11-01", "--to", "2026-11-30", "--format=json"
    )
    assert done.stdout == api.to_json(a_range())
    wanted = f"/contracts/{CONTRACT}/timesheet/json?from=2026-11-01&to=2026-11-30"
    assert bills.asked[-1] == wanted


def test_an_output_file_names_its_format_and_is_not_overwritten(
    bills: Bills, tmp_path: Path
) -> None:
    file = tmp_path / "week.PDF"
    arguments = ("timesheet", "acme/website", "2026-W48", "--output", str(file))
    first = bills.run(*arguments)
    assert (first.returncode, first.stdout) == (0, b"")
    assert file.read_bytes() == b"%PDF-1.4 \x00\xff\r\n"
    file.write_bytes(b"mine")
    again = bills.run(*arguments)
    assert again.returncode == 2
    assert b"--force" in again.stderr
    assert file.read_bytes() == b"mine"
    assert bills.run(*arguments, "--force").returncode == 0
    assert file.read_bytes() != b"mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["week.PDF"]


def test_a_file_that_cannot_be_written_is_one_clear_line(bills: Bills, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "week.pdf"
    done = bills.run("timesheet", "acme/website", "2026-W48", "-o", str(file))
    assert done.returncode == 1
    assert b"cannot be written: No such file or directory" in done.stderr


def test_a_pdf_goes_to_a_pipe_and_not_to_a_terminal(bills: Bills) -> None:
    arguments = ("timesheet", "acme/website", "2026-W48", "--format", "pdf")
    assert bills.run(*arguments).stdout == b"%PDF-1.4 \x00\xff\r\n"
    bills.asked.clear()
    terminal, end = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "workdiary.cli", *arguments],
            env=bills.environment,
            stdout=end,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(end)
    assert done.returncode == 2
    assert b"a PDF is not for a terminal: use --output FILE, or a pipe" in done.stderr
    assert bills.asked == []


def test_a_payroll_is_of_all_contracts_or_of_those_named(bills: Bills) -> None:
    span = ("payroll", "--from", "2026-11-01", "--to", "2026-11-30")
    assert bills.run(*span).returncode == 0
    assert bills.asked == ["/payroll/text?from=2026-11-01&to=2026-11-30"]
    named = bills.run(*span, "--contract", "Logo", "--contract", CONTRACT, "--format", "csv")
    assert named.returncode == 0
    wanted = f"&contract={'1e' * 16}&contract={CONTRACT}"
    assert bills.asked[-1] == f"/payroll/csv?from=2026-11-01&to=2026-11-30{wanted}"


@pytest.mark.parametrize(
    "segment", ["acme/website/2026-11-26T10:27", "acme/website/2026-11-26T11:20+01:00"]
)
def test_an_explanation_is_a_paragraph(bills: Bills, segment: str) -> None:
    done = bills.run("explain", segment)
    assert bills.asked[-1] == f"/contracts/{CONTRACT}/segments/1795688400/explanation"
    lines = done.stdout.decode().splitlines()
    assert " ".join(lines) == explanation_text(EXPLANATION)
    assert max(map(len, lines)) <= 80


def test_an_explanations_pieces_are_json(bills: Bills) -> None:
    done = bills.run("explain", "2026-11-26T10:20", "--contract", "acme/website", "--json")
    assert json.loads(done.stdout)["rule"] == "rule 1"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("timesheet", "acme/website"), 2, "name a week (2026-11-26, 2026-W48, this, last)"),
        (("timesheet", "acme/website", "someday"), 2, "'someday' is no week"),
        (("timesheet", "acme/website", "2026-W60"), 2, "'2026-W60' is no week"),
        (("timesheet", "nobody", "this"), 1, "there is no contract 'nobody'"),
        (("timesheet", "Logo", "this", "--format", "xlsx"), 2, "'xlsx' is not one of"),
        (("timesheet", "Logo", "--from", "2026-11-01"), 2, "both --from and --to"),
        (("timesheet", "Logo", "--from", "1.11.", "--to", "2026-11-01"), 2, "'1.11.' is no date"),
        (("timesheet", "Logo", "this", "--from", "2026-11-01"), 2, "stand alone"),
        (("payroll", "--from", "2026-11-02", "--to", "2026-11-01"), 2, "is before --from"),
        (("explain", "teatime"), 2, "'teatime' is no time"),
        (("explain", "10:20"), 1, "name a contract; there are: Logo, acme/website"),
        (("explain", "Logo/10:20", "--contract", "Logo"), 2, "named twice"),
    ],
)
def test_bad_input_is_one_clear_line(
    bills: Bills, words: tuple[str, ...], code: int, said: str
) -> None:
    done = bills.run(*words)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_server_that_is_gone_is_exit_code_4(bills: Bills) -> None:
    enrol(Path(bills.environment["WORKDIARY_HOME"]), "http://127.0.0.1:1")
    done = bills.run("timesheet", "Logo", "2026-11-26")
    assert done.returncode == 4
    assert b"no answer from http://127.0.0.1:1" in done.stderr
