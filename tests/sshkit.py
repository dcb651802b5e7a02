"""Logging in over SSH in tests: throwaway keys, a real sshd, and real clients at a terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiohttp import web
from needs import require_program
from serverkit import (
    WORKDIARY,
    RunningServer,
    a_freelancer,
    a_person,
    an_earlier_slot,
    enter_log,
    open_contract,
    run_workdiary,
    send,
    server_process,
    tracked_entry,
)
from workdiary.client import DiaryClient
from workdiary.credentials import owner_of
from workdiary_server.settings import read_settings

MEMO = "painting the fence"
_SCREEN = struct.pack("HHHH", 24, 80, 0, 0)


@dataclass(frozen=True, slots=True)
class Host:
    """Where to log in: the arguments of ``ssh`` without a key, and the process that answers."""

    port: int
    user: str
    known_hosts: Path
    process: subprocess.Popen[bytes]
    log: Path
    resident: frozenset[int] = frozenset()
    """Processes that run while nobody is logged in."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that people log in to: its data folder, its keys, its own folder."""

    data: Path
    keys: Path
    home: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A ``workdiary`` command of this account."""
        return run_workdiary(self.data, *arguments, environment={"WORKDIARY_HOME": str(self.home)})

    def ssh_keys(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("ssh-keys", *arguments, "--authorized-keys", str(self.keys))

    def lines(self) -> list[str]:
        return self.keys.read_text().splitlines()


def a_key(folder: Path, name: str, *options: str) -> Path:
    """A new private key; the public one lies beside it with ``.pub``."""
    program = require_program("ssh-keygen", "apt-get install openssh-client")
    path = folder / name
    kind = options or ("-t", "ed25519")
    subprocess.run([program, "-q", *kind, "-N", "", "-C", "a laptop", "-f", path], check=True)
    return path


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def until(condition: Callable[[], object], seconds: float = 10.0, why: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why or "it never came to hold"
        time.sleep(0.02)


@contextmanager
def an_sshd(folder: Path, account: Account) -> Iterator[Host]:
    """OpenSSH's own server on a free loopback port, configured as docs/ssh.md says."""
    program = require_program("sshd", "apt-get install openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    host_key, port = a_key(folder, "host"), free_port()
    log = folder / "sshd.log"
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile none\n"
        f"AuthorizedKeysFile {account.keys}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
        "Subsystem sftp /usr/lib/openssh/sftp-server\n" + match_block(_user())
    )
    process = subprocess.Popen([program, "-D", "-f", folder / "sshd_config", "-E", log])
    try:
        until(lambda: _answers(port), why="sshd did not start")
        public = host_key.with_suffix(".pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
        yield Host(port, _user(), folder / "known_hosts", process, log)
    finally:
        end(process)


@contextmanager
def an_ssh_server(folder: Path, account: Account, *options: str) -> Iterator[Host]:
    """``workdiary ssh-server`` on a free loopback port."""
    log, host_key = folder / "ssh-server.log", folder / "ssh_host_key"
    with open(log, "wb") as narration:
        process = subprocess.Popen(
            [WORKDIARY, "ssh-server", "--host", "127.0.0.1", "--port", "0", "--host-key", host_key,
             "--authorized-keys", account.keys, *options],
            stdout=subprocess.PIPE, stderr=narration,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        port = process.stdout.readline().decode().strip()
        assert port, log.read_text()
        derived = subprocess.run(["ssh-keygen", "-y", "-f", host_key], capture_output=True)
        known = folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {derived.stdout.decode()}")
        resident = {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
        yield Host(int(port), "diary", known, process, log, frozenset(resident))
    finally:
        end(process)
        process.stdout.close()


def match_block(user: str) -> str:
    """The block of docs/ssh.md, for this test's account."""
    page = (Path(__file__).parents[1] / "docs" / "ssh.md").read_text()
    found = re.search(r"^```text title=\"sshd_config\"\n(.*?)^```$", page, re.M | re.S)
    assert found, "docs/ssh.md has no sshd_config block"
    return found[1].replace("Match User diary", f"Match User {user}")


def ssh_command(host: Host, key: Path, *options: str, program: str = "ssh") -> list[str]:
    return [
        require_program(program, "apt-get install openssh-client"), "-F", "none", "-i", str(key),
        "-P" if program in {"scp", "sftp"} else "-p", str(host.port),
        "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
        "-o", f"UserKnownHostsFile={host.known_hosts}", "-o", "ConnectTimeout=10", *options,
    ]  # fmt: skip


def destination(host: Host) -> str:
    return f"{host.user}@127.0.0.1"


def ask(
    host: Host, key: Path, *words: str, options: Sequence[str] = (), typed: bytes = b""
) -> tuple[int, bytes]:
    """``ssh`` without a terminal: its exit code, and all that it said."""
    told = subprocess.run(
        [*ssh_command(host, key, *options), destination(host), *words],
        input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False,
    )  # fmt: skip
    return told.returncode, told.stdout


class Login:
    """A person at a terminal, logged in by ``ssh -t``; what came over the line is ``seen``."""

    def __init__(
        self,
        host: Host,
        key: Path,
        *words: str,
        options: Sequence[str] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, _SCREEN)
        self.seen = b""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*ssh_command(host, key, "-t", *options), destination(host), *words],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env=os.environ | {"TERM": "xterm-256color"} | (environment or {}),
        )  # fmt: skip
        os.close(slave)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, text: str, seconds: float = 20) -> float:
        """Read until ``text`` came over the line; how long after the start that was."""
        return self.until_that(lambda: text.encode() in self.seen, seconds, text)

    def until_that(self, condition: Callable[[], object], seconds: float, why: str) -> float:
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"{why!r} never came: {self.seen[-2000:]!r}"
            self.read(min(left, 0.1))
        return time.monotonic() - self.started

    def read(self, seconds: float) -> bytes:
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            new = os.read(self._master, 65_536)
        except OSError:  # the other end is gone
            return b""
        self.seen += new
        return new

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def ended(self, seconds: float = 20) -> int:
        self.until_that(lambda: self.process.poll() is not None, seconds, "the end")
        return self.process.wait()

    def close(self) -> None:
        end(self.process)
        os.close(self._master)


@contextmanager
def a_login(
    host: Host,
    key: Path,
    *words: str,
    options: Sequence[str] = (),
    environment: dict[str, str] | None = None,
) -> Iterator[Login]:
    login = Login(host, key, *words, options=options, environment=environment)
    try:
        yield login
    finally:
        login.close()


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def children(host: Host) -> list[psutil.Process]:
    """Every process that runs for someone logged in."""
    try:
        found = psutil.Process(host.process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [process for process in found if process.pid not in host.resident]


def tuis(host: Host) -> list[psutil.Process]:
    """The TUIs that run for someone logged in."""
    return [process for process in children(host) if _is_tui(process, host)]


def _is_tui(process: psutil.Process, host: Host) -> bool:
    try:
        return process.ppid() in host.resident or {"tui", "--as"} < set(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def _user() -> str:
    return psutil.Process().username()


@contextmanager
def an_account(folder: Path) -> Iterator[Account]:
    """An account whose server runs; Alice is a client of Ada's, Bob of nobody's."""
    account = Account(folder / "data", folder / "ssh" / "authorized_keys", folder / "home")
    made = account.run("init", "--name", "diary.test", "--owner", "Olga")
    assert made.returncode == 0, made.stderr
    with server_process(account.data) as (url, _):
        asyncio.run(_work(url, account.data))
        yield account


async def _work(url: str, folder: Path) -> None:
    """Ada has worked ten minutes for Alice, and wrote a memo."""
    _, token = owner_of(folder)
    async with DiaryClient(url, token) as owner:
        server = RunningServer(url, folder, owner, web.Application(), read_settings(folder, {}))
        alice = await a_person(server, "Alice")
        await a_person(server, "Bob")
        async with a_freelancer(server, "Ada") as device:
            contract = await open_contract(server, device.person, [alice.id], name="acme/site")
            await enter_log(device, contract)
            entry = tracked_entry(device, contract, an_earlier_slot(), memo=MEMO)
            await send(device, contract, entry)
