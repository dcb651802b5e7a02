"""What every use of the diary needs, in one object; and who is what to a contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import apsw
from workdiary import api
from workdiary.addresses import write_pins
from workdiary.bodies import Option
from workdiary.checkpoints import Head, sign_head
from workdiary.merkle import Tree
from workdiary.notes import SigningKey
from workdiary.plugins import Plugins

from workdiary_server.db.connections import Database
from workdiary_server.diary import log
from workdiary_server.diary.access import Action, Actor, Role, Scope, authorize
from workdiary_server.diary.announce import Announcer
from workdiary_server.diary.skims import Skims
from workdiary_server.policies.runner import PolicyRunner
from workdiary_server.settings import Settings
from workdiary_server.vault.blobs import Blobs
from workdiary_server.vault.keyring import Keyring

_ROLES = "SELECT role FROM party WHERE person = ? AND contract = ?"
_EXISTS = "SELECT 1 FROM contract WHERE id = ?"


@dataclass(slots=True)
class Diary:
    """An open diary. ``now`` gives seconds since 1970, ``random(n)`` n bytes.

    ``certificate`` is the SHA-256 of the one that clients pin, if there is one.
    ``run`` is another text in every run of the server. ``due`` are weeks (contract, epoch seconds
    of the Monday) to close soon, because something late came to them. ``recovering`` are contracts
    that were restored from a backup and wait for what they lost.
    """

    settings: Settings
    name: str
    db: Database
    keyring: Keyring
    blobs: Blobs
    plugins: Plugins
    announcer: Announcer
    now: Callable[[], float]
    random: Callable[[int], bytes]
    policies: PolicyRunner
    log_secret: bytes = field(repr=False)
    run: str = ""
    certificate: bytes = b""
    recovering: set[str] = field(default_factory=set)
    due: set[tuple[bytes, int]] = field(default_factory=set)
    skims: Skims = field(default_factory=Skims)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def origin(self, contract: str) -> str:
        return f"{self.name}/contract/{contract}"

    @property
    def pins(self) -> str:
        """What an invite carries, so that nobody trusts this server on first contact."""
        return write_pins(self.certificate, SigningKey("log", self.log_secret).public.public)

    def head(self, contract: str, tree: Tree) -> api.LogHead:
        """Sign a head; the caller has the commit behind it.

        :raises RecoveringError: the log was restored, and may have been longer
        """
        if contract in self.recovering:
            raise log.still_recovering()
        origin = self.origin(contract)
        checkpoint = sign_head(
            Head(origin, tree.size, tree.root), SigningKey(origin, self.log_secret)
        )
        return api.LogHead(size=tree.size, root=tree.root.hex(), checkpoint=checkpoint)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the answer; what is under way at the server's end is left."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def stop_working(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def check_policy(self, policy: str, options: Mapping[str, Option]) -> None:
        """:raises InvalidError: code ``policy``; nothing brings it, or its options are wrong"""
        await asyncio.to_thread(self.policies.check, policy, options)


def identifier(text: str, digits: int = 32) -> bytes:
    """An id from a path: what cannot be one is as good as absent, and becomes empty."""
    if len(text) != digits or not set(text) <= set("0123456789abcdef"):
        return b""
    return bytes.fromhex(text)


def roles_in(db: apsw.Connection, actor: Actor, contract: bytes) -> frozenset[Role]:
    """The actor's roles in a contract: none where it is foreign or absent."""
    person = bytes.fromhex(actor.person)
    roles = {Role(role) for (role,) in db.execute(_ROLES, (person, contract))}
    if actor.scope is Scope.OWNER and db.execute(_EXISTS, (contract,)).fetchone():
        roles.add(Role.OWNER)
    return frozenset(roles)


def permit(db: apsw.Connection, actor: Actor, action: Action, contract: str) -> bytes:
    """Authorize an action on a contract and return its id as the database has it."""
    key = identifier(contract)
    authorize(actor, action, roles_in(db, actor, key))
    return key
