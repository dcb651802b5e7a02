"""Deep links over SSH, by sshd and our own server: a place is opened, and nothing else is run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from serverkit import an_earlier_slot
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


def the_segment() -> str:
    """The place of the ten minutes that Ada worked: the last ones before this hour's, or this."""
    start = datetime.fromtimestamp(an_earlier_slot(), UTC)
    return f"acme/site/{start:%Y-%m-%d#%H:%M}"


def test_a_link_opens_at_its_place(host: Host, key: Path) -> None:
    with a_login(host, key, "open", "diary://acme/site") as login:
        login.until(MEMO)
        login.press("Q")
        assert login.ended() == 0


@pytest.mark.parametrize("words", ["open acme/site", f"open {'acme/' * 30}"])
def test_without_a_terminal_the_screen_is_refused_in_one_line(
    host: Host, key: Path, words: str
) -> None:
    code, said = ask(host, key, words)
    assert (code, said.count(b"\n")) == (2, 1), said


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ("open", 2, b"Missing argument 'LINK'"),
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
