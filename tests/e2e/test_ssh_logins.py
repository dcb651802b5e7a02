"""Reading over SSH, by sshd and by our own server: a diary is seen, and nothing else is had."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import psutil
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
    free_port,
    ssh_command,
    tuis,
    until,
)

TYPED = "id\recho still-here\r"
RAN = (b"uid=", b"\nstill-here")
"""What a shell would print, had it read ``TYPED``."""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with an_account(tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.fixture(scope="module")
def key(account: Account) -> Path:
    """Alice's private key, with which she may log in."""
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


def test_a_client_logs_in_sees_a_day_and_quits(host: Host, key: Path) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        login.press("\r")
        login.until(MEMO)
        login.press("Q")
        assert login.ended() == 0


def test_what_is_asked_for_is_never_run(host: Host, key: Path) -> None:
    for words in ("id", "sh -c id", "$(id)", "export; id", "export 'x", "export a --week $(id)"):
        code, said = ask(host, key, words)
        assert (code, said.count(b"\n")) == (2, 1), said
        assert b"uid=" not in said


@pytest.mark.parametrize("form", ["text", "csv", "json", "pdf"])
def test_a_timesheet_comes_out_of_the_line_as_it_is(host: Host, key: Path, form: str) -> None:
    code, said = ask(host, key, f"export acme/site --week last --format {form}")
    assert code == 0, said
    assert {"text": b"acme/site", "csv": b",", "json": b'{"', "pdf": b"%PDF-"}[form] in said
    assert b"\r\n" not in said or form in ("csv", "pdf")


def test_export_tells_what_it_takes_and_which_contracts_there_are(host: Host, key: Path) -> None:
    code, said = ask(host, key, "export --help")
    assert (code, b"--week" in said) == (0, True)
    code, said = ask(host, key, "export acme/none --week last")
    assert code == 1
    assert b"there are: acme/site" in said


def test_a_terminal_gets_no_shell_for_any_words(host: Host, key: Path) -> None:
    with a_login(host, key, "sh", "-i") as login:
        login.until_that(lambda: login.seen or login.process.poll() is not None, 20, "an answer")
        for keys in TYPED, "\x1a", TYPED, "\x03\x1c":
            if login.process.poll() is None:
                login.press(keys)
            login.read(0.3)
        assert not any(sign in login.seen for sign in RAN), login.seen


def test_without_a_terminal_there_is_no_shell(host: Host, key: Path) -> None:
    code, said = ask(host, key, options=["-T"], typed=TYPED.replace("\r", "\n").encode())
    assert (code, said.count(b"\n")) == (2, 1), said
    assert not any(sign in said for sign in RAN), said


def test_suspending_the_screen_uncovers_no_shell(host: Host, key: Path) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        login.press("\x1a" + TYPED)
        login.read(0.5)
        assert not any(sign in login.seen for sign in RAN), login.seen
        assert login.process.poll() is None


def test_no_port_is_forwarded_from_here_or_from_there(host: Host, key: Path) -> None:
    port = free_port()
    for options in (["-R", f"{port}:127.0.0.1:22"], ["-L", f"{port}:127.0.0.1:{host.port}"],
                    ["-D", f"127.0.0.1:{port}"]):  # fmt: skip
        command = ssh_command(host, key, "-N", "-v", "-o", "ExitOnForwardFailure=yes", *options)
        with subprocess.Popen(
            [*command, destination(host)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as client:
            try:
                assert client.stderr is not None
                _until_said(client.stderr, (b"Entering interactive", b"forwarding failed"))
                if options[0] != "-R":
                    assert _through(port, host.port, options[0] == "-D") == b""
            finally:
                client.kill()


def test_no_agent_and_no_x11_is_forwarded(host: Host, key: Path, tmp_path: Path) -> None:
    agent = str(tmp_path / "agent")
    offered = {"SSH_AUTH_SOCK": agent, "DISPLAY": "127.0.0.1:93"}
    with subprocess.Popen(["ssh-agent", "-D", "-a", agent], stdout=subprocess.DEVNULL) as running:
        try:
            until(Path(agent).exists)
            with a_login(host, key, options=("-v", "-A", "-Y"), environment=offered) as login:
                login.until("acme/site")
                assert b"Requesting X11 forwarding" in login.seen
                assert b"Requesting authentication agent forwarding" in login.seen
                for process in children(host):
                    assert not _sockets_of_agents(process)
                    assert not {"SSH_AUTH_SOCK", "DISPLAY"} & _environment(process).keys()
        finally:
            running.terminate()


@pytest.mark.parametrize("program", ["sftp", "scp"])
def test_no_file_is_copied(host: Host, key: Path, tmp_path: Path, program: str) -> None:
    copied = tmp_path / "passwd"
    told = subprocess.run(
        [*ssh_command(host, key, program=program), f"{destination(host)}:/etc/passwd", copied],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert told.returncode != 0
    assert not copied.exists()


def test_a_killed_screen_ends_the_login(host: Host, key: Path) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        (tui,) = tuis(host)
        tui.send_signal(signal.SIGKILL)
        assert login.ended() != 0
        assert not any(sign in login.seen for sign in RAN)


def test_a_killed_client_leaves_no_process_after_two_seconds(host: Host, key: Path) -> None:
    with a_login(host, key) as login:
        login.until("acme/site")
        assert tuis(host)
        login.process.kill()
        until(lambda: not children(host), 2.0, "the TUI outlived its reader by two seconds")


def test_a_password_and_a_strangers_key_are_refused(host: Host, key: Path, tmp_path: Path) -> None:
    stranger = a_key(tmp_path, "stranger")
    for options in ((), ("-o", "PubkeyAuthentication=no")):
        code, said = ask(host, stranger, options=options)
        assert code == 255
        assert b"Permission denied (publickey)" in said


def test_a_key_works_to_the_end_of_its_last_day(
    account: Account, host: Host, key: Path, tmp_path: Path
) -> None:
    today, late = date.today(), a_key(tmp_path, "late")  # noqa: DTZ011 - as sshd reads it
    added = account.ssh_keys("add", "Alice", f"{late}.pub", "--until", today.isoformat())
    assert added.returncode == 0, added.stderr
    assert f'expiry-time="{today + timedelta(days=1):%Y%m%d}"' in account.lines()[-1]
    with a_login(host, late) as login:
        login.until("acme/site")
    over = account.keys.read_text().replace(
        f"{today + timedelta(days=1):%Y%m%d}", f"{today:%Y%m%d}"
    )
    account.keys.write_text(over)
    assert b"Permission denied" in ask(host, late)[1]
    removed = account.ssh_keys("remove", "--expired")
    assert removed.stdout.count("removed SHA256:") == 1
    assert len(account.lines()) == 1


def test_a_removed_person_is_refused_and_their_token_revoked(
    account: Account, host: Host, key: Path, tmp_path: Path
) -> None:
    bob = a_key(tmp_path, "bob")
    assert account.ssh_keys("add", "Bob", f"{bob}.pub").returncode == 0
    with a_login(host, bob) as login:
        login.until("Bob")
    removed = account.ssh_keys("remove", "Bob")
    assert "their token is revoked" in removed.stdout
    assert b"Permission denied" in ask(host, bob)[1]
    with a_login(host, key) as login:
        login.until("acme/site")


def _through(port: int, target: int, socks: bool) -> bytes:
    """What comes back through a forwarded port; the server's greeting, had it been let through."""
    with socket.socket() as line:
        line.settimeout(5)
        if line.connect_ex(("127.0.0.1", port)):
            return b""
        try:
            if socks:
                line.sendall(b"\x05\x01\x00")
                line.recv(2)
                line.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + target.to_bytes(2, "big"))
                answer = line.recv(10)
                return b"" if answer[1:2] != b"\x00" else line.recv(100)
            return line.recv(100)
        except ConnectionError:
            return b""


def _sockets_of_agents(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        opened = [c.laddr for c in process.net_connections("unix") if c.laddr]
        return [str(path) for path in opened if "agent" in str(path)]
    return []


def _environment(process: psutil.Process) -> dict[str, str]:
    """That of whatever runs for the person; sshd's own processes have none of theirs."""
    try:
        return process.environ() if "sshd" not in process.name() else {}
    except psutil.NoSuchProcess:
        return {}


def _until_said(stream: object, signs: tuple[bytes, ...]) -> None:
    for line in stream:  # type: ignore[attr-defined]  # a pipe's lines
        if any(sign in line for sign in signs):
            return
    raise AssertionError("ssh ended before it said anything of forwarding")
