"""Deep links over SSH, by sshd and our own server: a place is opened, and nothing else is run."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sshkit import (
    MEMO,
    Account,
    Host,
    a_key,
    a_login,
    an_account,
    an_ssh_server,
    an_sshd,
    ask,
    children,
    destination,
    ssh_command,
    until,
)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with an_account(tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.fixture(scope="module")
def key(account: Account) -> Path:
    key = a_key(account.home.parent, "alice")
    added = account.ssh_keys("add", "Alice", f"{key}.pub")
    assert added.returncode == 0, added.stderr
    return key


@pytest.fixture(scope="module", params=[an_sshd, an_ssh_server], ids=["sshd", "ssh-server"])
def host(
    request: pytest.FixtureRequest, account: Account, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    with request.param(tmp_path_factory.mktemp("host"), account) as host:
        yield host


@pytest.fixture(autouse=True)
def nobody_stays(host: Host) -> Iterator[None]:
    yield
    until(lambda: not children(host), why="a process of someone who left still runs")


def the_segment(host: Host, key: Path) -> str:
    """The place of the ten minutes that Ada worked."""
    code, said = ask(host, key, "open --json")
    assert code == 0, said
    (contract,) = json.loads(said)
    start = datetime.fromisoformat(contract["last_segment"])
    return f"{contract['name']}/{start:%Y-%m-%d#%H:%M}"


def test_a_link_opens_at_its_place(host: Host, key: Path) -> None:
    with a_login(host, key, "open", "diary://acme/site") as login:
        login.until(MEMO)
        login.press("Q")
        assert login.ended() == 0


def test_the_doctor_comes_by_ssh_too(host: Host, key: Path) -> None:
    with a_login(host, key, "doctor", "--images", "half") as login:
        login.until("pictures")
        assert login.ended() == 0
        assert "half" in login.seen.decode()
    code, said = ask(host, key, "doctor --json")
    assert code == 0
    assert json.loads(said)["terminal"]["cell"] is None
    code, said = ask(host, key, "doctor --bogus")
    assert (code, said.count(b"\n")) == (2, 1)


@pytest.mark.parametrize("words", ["open acme/site", f"open {'acme/' * 30}"])
def test_without_a_terminal_the_screen_is_refused_in_one_line(
    host: Host, key: Path, words: str
) -> None:
    code, said = ask(host, key, words)
    assert (code, said.count(b"\n")) == (2, 1), said


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ("open --bogus", 2, b"No such option"),
        ("open acme/site/2026-13-01", 2, b"2026-13-01 is no day"),
        ("open acme/site#08:20", 2, b"a time needs its day"),
        ("open 'diary://a$(id)'", 1, b"there is no contract 'a$(id)'"),
        ("open acme/secret", 1, b"there is no contract 'acme/secret'; there are: acme/site"),
        ("open acme/site; id", 2, b"unexpected extra argument"),
        ("open --as / acme/site", 2, b"No such option"),
    ],
)
def test_a_wrong_link_is_one_line_and_an_exit_code(
    host: Host, key: Path, words: str, code: int, why: bytes
) -> None:
    with a_login(host, key, words, options=("-q",)) as login:
        assert login.ended() == code
        login.until(why.decode())
        assert login.seen.count(b"\n") == 1, login.seen
        assert b"uid=" not in login.seen


def test_a_place_is_printed_without_a_terminal(host: Host, key: Path) -> None:
    place = the_segment(host, key)
    code, said = ask(host, key, f"open '{place}' --plain")
    assert code == 0, said
    assert f"memo: {MEMO}\n".encode() in said
    assert b"\x1b" not in said
    assert b"\r" not in said
    code, said = ask(host, key, f"open '{place}' --json")
    assert code == 0, said
    assert json.loads(said)["memo"] == MEMO
    code, said = ask(host, key, "open --plain")
    assert (code, said.startswith(b"acme/site, Ada: today ")) == (0, True)


def test_a_place_that_is_not_there_is_one_line(host: Host, key: Path) -> None:
    code, said = ask(host, key, "open acme/secret --plain")
    assert code == 1
    assert said == b"workdiary: there is no contract 'acme/secret'; there are: acme/site\n"


def test_a_day_comes_out_of_the_line_as_an_archive(host: Host, key: Path) -> None:
    day = the_segment(host, key).rpartition("/")[2].partition("#")[0]
    told = subprocess.run(
        [*ssh_command(host, key), destination(host), f"export acme/site --day {day} --format html"],
        capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    with zipfile.ZipFile(io.BytesIO(told.stdout)) as archive:
        assert archive.testzip() is None
        page = archive.read(f"acme-site-{day}/index.html").decode()
    assert MEMO in page
    with a_login(host, key, f"export acme/site --day {day} --format html") as login:
        assert login.ended() == 2
        login.until("html is not for a terminal")
