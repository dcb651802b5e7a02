"""Settings over SSH, by sshd and our own server: they lie in the person's folder there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sshkit import (
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


@pytest.fixture(params=[an_sshd, an_ssh_server], ids=["sshd", "ssh-server"])
def host(
    request: pytest.FixtureRequest, account: Account, key: Path, tmp_path: Path
) -> Iterator[Host]:
    for kept in account.home.parent.rglob("tui.toml"):
        kept.unlink()
    with request.param(tmp_path, account) as host:
        yield host
        until(lambda: not children(host), why="a process of someone who left still runs")


def test_what_is_kept_over_ssh_is_in_the_person_s_folder_and_holds_at_the_next_login(
    host: Host, account: Account, key: Path
) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        login.press(",")
        login.until("default")
        login.press("\r")
        login.until("kept in tui.toml")
        login.press("Q")
        assert login.ended() == 0
    (kept,) = account.home.parent.rglob("tui.toml")
    assert (kept.parent / "credentials.json").exists()
    assert kept.read_text() == 'theme = "dark"\n'
    kept.write_text('theme = "dark"\n[keymap]\nquit = "X"\n')
    with a_login(host, key) as login:
        login.until("acme/site")
        login.press(",")
        login.until("quit")
        login.press("X")
        assert login.ended() == 0


def test_a_wrong_file_there_is_one_line_and_a_file_for_home_comes_all_the_same(
    host: Host, account: Account, key: Path
) -> None:
    (credentials,) = account.home.parent.rglob("credentials.json")
    credentials.with_name("tui.toml").write_text("[keymap]\nquit = 'j'\n")
    with a_login(host, key, options=("-q",)) as login:
        assert login.ended() == 2
        login.until("quit: j is move.down on the contracts screen already")
        assert b"Traceback" not in login.seen
    code, said = ask(host, key, "export acme/site --week this --format csv")
    assert code == 0, said
    assert said.count(b"\n") > 1
