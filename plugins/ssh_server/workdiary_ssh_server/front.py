"""The SSH server: who may log in, how many at a time, until when, and what is written of it."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import click
from workdiary.authorized_keys import KeyLine
from workdiary.errors import ConfigError, WorkdiaryError
from workdiary.text import harmless

from workdiary_ssh_server.keys import host_key, line_for, lines_of
from workdiary_ssh_server.nursery import Nursery
from workdiary_ssh_server.session import Session

_LOOK_SECONDS = 1.0
_log = logging.getLogger("workdiary.ssh")


@dataclass(frozen=True, slots=True)
class Settings:
    """``sessions`` is how many one key may have at a time; ``idle`` is in seconds."""

    host: str
    port: int
    authorized_keys: Path
    host_key: Path
    sessions: int
    idle: float


class House:
    """Who is in."""

    def __init__(self, settings: Settings, nursery: Nursery) -> None:
        self.settings = settings
        self._nursery = nursery
        self._sessions: set[Session] = set()

    def let_in(self, line: KeyLine, where: str) -> Session:
        taken = sum(session.line.key == line.key for session in self._sessions)
        full = taken >= self.settings.sessions
        refusal = f"this key has {taken} sessions open: close one first" if full else ""
        session = Session(line, self._nursery, self.settings.idle, self._left, refusal)
        self._sessions.add(session)
        _audit("refused, too many sessions" if full else "login", line, where)
        return session

    async def look_after(self) -> None:
        """End the sessions of keys that were removed or are over, within seconds."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not self._sessions:
                continue
            good = {(line.key, line.person) for line in lines_of(self.settings.authorized_keys)}
            for session in list(self._sessions):
                if (session.line.key, session.line.person) not in good:
                    session.end("closed: this key may not log in any more")

    def _left(self, session: Session) -> None:
        self._sessions.discard(session)
        _audit("logout", session.line)


class Door(asyncssh.SSHServer):
    """One connection: by a public key that the file names, and for sessions alone."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._line: KeyLine | None = None
        self._where = "?"

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        peer = conn.get_extra_info("peername")
        self._where = f"{peer[0]} port {peer[1]}"

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Asked for each key that is offered, and again for the one that signs: the last is it."""
        self._line = line_for(self._house.settings.authorized_keys, key)
        return self._line is not None

    def session_requested(self) -> Session | bool:
        return self._house.let_in(self._line, self._where) if self._line else False


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    :raises ConfigError: the address is taken, or a file of keys cannot be used
    :raises WorkdiaryError: the TUI cannot be loaded, or the process that forks it died
    """
    _begin_to_log()
    key = host_key(settings.host_key)
    lines_of(settings.authorized_keys)  # so that what is wrong with the file is said now
    async with Nursery() as nursery:
        house = House(settings, nursery)
        acceptor = await _listen(settings, key, lambda: Door(house))
        click.echo(acceptor.get_port())
        stopped = asyncio.ensure_future(_until_told())
        lost = asyncio.ensure_future(nursery.lost.wait())
        looking = asyncio.ensure_future(house.look_after())
        done, others = await asyncio.wait(
            (stopped, lost, looking), return_when=asyncio.FIRST_COMPLETED
        )
        for other in others:
            other.cancel()
        acceptor.close()
        if lost in done:
            raise WorkdiaryError("the process that forks sessions died: start this again")
        await next(iter(done))


async def _listen(
    settings: Settings, key: asyncssh.SSHKey, door: Callable[[], Door]
) -> asyncssh.SSHAcceptor:
    try:
        return await asyncssh.create_server(
            door, settings.host, settings.port, server_host_keys=[key],
            compression_algs=["zlib@openssh.com"], encoding=None, line_editor=False,
            agent_forwarding=False, x11_forwarding=False, allow_scp=False, sftp_factory=None,
            login_timeout=20, keepalive_interval=15, keepalive_count_max=4,
            server_version="workdiary", gss_host=None,
        )  # fmt: skip
    except OSError as error:
        where = f"{settings.host or '*'} port {settings.port}"
        raise ConfigError(f"{where} cannot be listened on: {error.strerror}") from error


async def _until_told() -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


def _begin_to_log() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
    logging.getLogger("asyncssh").setLevel(logging.ERROR)


def _audit(what: str, line: KeyLine, where: str = "") -> None:
    whence = f" from {where}" if where else ""
    _log.info("%s: %s by %s%s", what, harmless(line.name), line.key.fingerprint, whence)
