"""The SSH server of our own: many log-ins, slow and lost readers, and keys that end in use."""

from __future__ import annotations

import asyncio
import itertools
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncssh
import psutil
import pytest
from sshkit import (
    Account,
    Host,
    Login,
    a_key,
    a_login,
    an_account,
    an_ssh_server,
    ask,
    children,
    destination,
    ssh_command,
    tuis,
    until,
)

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with an_account(tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.fixture(scope="module")
def key(account: Account) -> Path:
    return let_in(account, "alice")


@pytest.fixture(scope="module")
def host(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with an_ssh_server(tmp_path_factory.mktemp("host"), account, "--sessions", "3") as host:
        yield host


@pytest.fixture(autouse=True)
def nobody_stays(host: Host) -> Iterator[None]:
    yield
    until(lambda: not children(host), why="a process of someone who left still runs")


def let_in(account: Account, name: str) -> Path:
    key = a_key(account.home.parent, name)
    added = account.ssh_keys("add", "Alice", f"{key}.pub")
    assert added.returncode == 0, added.stderr
    return key


def resident(host: Host) -> int:
    """What server and zygote hold, in bytes."""
    processes = [psutil.Process(process) for process in (host.process.pid, *host.resident)]
    return sum(int(process.memory_full_info().uss) for process in processes)


def log_in_and_out(host: Host, key: Path) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        login.press("Q")
        assert login.ended() == 0


def test_every_session_is_compressed_though_the_client_did_not_ask(host: Host, key: Path) -> None:
    with a_login(host, key, options=("-v",)) as login:
        login.until("acme/site")
        assert b"compression: zlib@openssh.com" in login.seen


def test_the_fiftieth_login_is_as_the_second_and_memory_stays_flat(host: Host, key: Path) -> None:
    _memory_stays_flat(host, key, 50)


@pytest.mark.long
def test_memory_stays_flat_over_two_hundred_logins(host: Host, key: Path) -> None:
    _memory_stays_flat(host, key, 200)


def _memory_stays_flat(host: Host, key: Path, logins: int) -> None:
    for _ in range(5):
        log_in_and_out(host, key)
    before = resident(host)
    for _ in range(logins - 5):
        log_in_and_out(host, key)
    assert resident(host) - before < 5 * MIB


def test_a_session_takes_little_memory_of_its_own(host: Host, key: Path) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        assert sum(int(tui.memory_full_info().uss) for tui in tuis(host)) < 40 * MIB


def test_a_resized_window_is_drawn_anew(host: Host, key: Path) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        login.seen = b""
        login.resize(140, 45)
        login.until_that(lambda: b"\x1b[45;" in login.seen, 10, "line 45")


def test_a_key_has_so_many_sessions_and_no_more(host: Host, key: Path) -> None:
    logins = [Login(host, key) for _ in range(3)]
    try:
        for login in logins:
            login.until("acme/site")
        code, said = ask(host, key, options=("-tt",))
        assert code == 1
        assert said.startswith(b"workdiary: this key has 3 sessions open: close one first\r\n")
        logins[0].press("Q")
        logins[0].ended()
        log_in_and_out(host, key)
    finally:
        for login in logins:
            login.close()


def test_a_removed_key_ends_what_it_opened_within_seconds(
    account: Account, host: Host, key: Path
) -> None:
    lost = let_in(account, "lost")
    fingerprint = account.ssh_keys("list").stdout.splitlines()[-1].split()[0]
    with a_login(host, lost) as login, a_login(host, key) as other:
        login.until("acme/site")
        other.until("acme/site")
        assert account.ssh_keys("remove", fingerprint).returncode == 0
        login.until("this key may not log in any more", 5)
        assert login.ended(5) == 1
        assert other.process.poll() is None
    assert ask(host, lost)[0] == 255


def test_a_session_without_a_key_pressed_ends(account: Account, key: Path, tmp_path: Path) -> None:
    with an_ssh_server(tmp_path, account, "--idle", "0.05") as host:
        with a_login(host, key) as login:
            login.until("acme/site")
            login.until("no key was pressed for 0.05 minutes", 10)
            assert login.ended() == 1
        until(lambda: not children(host))


def test_logins_are_written_down(host: Host, key: Path) -> None:
    log_in_and_out(host, key)
    until(lambda: host.log.read_text().rstrip().splitlines()[-1].find("logout: Alice by") > 0)
    line = host.log.read_text().rstrip().splitlines()[-2]
    assert "login: Alice by SHA256:" in line
    assert " from 127.0.0.1 port " in line


def test_the_host_key_is_its_owners_alone_and_stays(
    account: Account, key: Path, tmp_path: Path
) -> None:
    with an_ssh_server(tmp_path, account) as host:
        first = host.known_hosts.read_text().split()[-1]
    path = tmp_path / "ssh_host_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with an_ssh_server(tmp_path, account) as host:
        assert host.known_hosts.read_text().split()[-1] == first
    path.chmod(0o644)
    told = account.run("ssh-server", "--host-key", str(path), "--port", "0")
    assert (told.returncode, told.stdout) == (2, "")
    assert "chmod 600" in told.stderr


async def test_a_reader_that_does_not_read_costs_no_memory(host: Host, key: Path) -> None:
    before = resident(host)
    async with asyncssh.connect(
        "127.0.0.1", host.port, username="diary", client_keys=[str(key)], config=None,
        known_hosts=str(host.known_hosts), agent_path=None,
    ) as connection:  # fmt: skip
        process = await connection.create_process(
            term_type="xterm-256color", term_size=(200, 60), encoding=None, window=32_768
        )
        await process.stdout.readuntil(b"acme/site")
        process.channel.pause_reading()
        (tui,) = tuis(host)
        held_up = 0
        async with asyncio.timeout(30):
            for width in itertools.cycle((399, 400)):
                process.change_terminal_size(width, 120)
                await asyncio.sleep(0.05)
                held_up = held_up + 1 if _is_held_up(tui) else 0
                if held_up == 20:
                    break
        assert resident(host) - before < 4 * MIB
    await asyncio.to_thread(until, lambda: not children(host), 2.0)


def _is_held_up(process: psutil.Process) -> bool:
    """Whether one of its threads waits in a write to its terminal."""
    return any(
        b"n_tty_write" in Path(f"/proc/{process.pid}/task/{thread}/wchan").read_bytes()
        or Path(f"/proc/{process.pid}/task/{thread}/syscall").read_text().startswith("1 ")
        for thread in os.listdir(f"/proc/{process.pid}/task")
    )


def test_a_server_whose_zygote_died_says_so_and_ends(
    account: Account, key: Path, tmp_path: Path
) -> None:
    with an_ssh_server(tmp_path, account) as host:
        (zygote,) = host.resident
        psutil.Process(zygote).kill()
        assert host.process.wait(10) == 1
        assert "forks sessions died" in host.log.read_text()


def test_a_killed_server_leaves_nobody_reading(account: Account, key: Path, tmp_path: Path) -> None:
    with an_ssh_server(tmp_path, account) as host, a_login(host, key) as login:
        login.until("acme/site")
        (zygote,) = host.resident
        left = [psutil.Process(zygote), *tuis(host)]
        assert len(left) == 2
        host.process.kill()
        until(lambda: not any(_runs(process) for process in left), 2.0)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def test_keys_that_others_may_write_let_nobody_in(account: Account, tmp_path: Path) -> None:
    loose = tmp_path / "authorized_keys"
    loose.write_text("")
    loose.chmod(0o666)
    told = account.run("ssh-server", "--authorized-keys", str(loose), "--port", "0")
    assert (told.returncode, told.stdout) == (2, "")
    assert "others may write" in told.stderr


def test_without_a_terminal_the_answer_and_the_narration_stay_apart(host: Host, key: Path) -> None:
    told = subprocess.run(
        [*ssh_command(host, key, "-T"), destination(host)],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (2, b"")
    assert told.stderr.startswith(b"workdiary: ")
