"""Heads shown to witnesses that are no party (C2SP tlog-witness), and their cosignatures kept.

Each witness is asked by a task of its own, so that one that hangs delays nobody. What it signs
counts only under the key in the settings. A witness that has cosigned more than this log holds, or
another log of this size, means that the log was set back: that is told on every try.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
import apsw
from workdiary import api
from workdiary.checkpoints import Head
from workdiary.errors import ConfigError, InvalidError
from workdiary.merkle import Tree
from workdiary.notes import VerifyingKey
from workdiary.segments import from_epoch
from workdiary.strict import read_decimal
from workdiary.tlog.cosignatures import (
    Cosignature,
    cosigner_text,
    read_cosignature,
    read_cosigner,
)
from workdiary.tlog.proofs import consistency_proof
from workdiary.witnessing.submissions import Submission

from workdiary_server.diary import log, tree
from workdiary_server.diary.service import Diary
from workdiary_server.settings import Settings

ROLE = "witness"
_ANSWER_LONGEST = 16 * 1024
_SECONDS = aiohttp.ClientTimeout(total=20.0)
_WAIT_LONGEST = 3600.0
_BEHIND = (
    "SELECT contract.id FROM contract LEFT JOIN third_party "
    "ON third_party.contract = contract.id AND third_party.key = ? "
    "WHERE contract.size > coalesce(third_party.size, 0)"
)
_SEEN = "SELECT size FROM third_party WHERE contract = ? AND key = ?"
_KEEP = (
    "INSERT OR REPLACE INTO third_party (contract, key, size, root, at, line) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_LINES = "SELECT line FROM third_party WHERE contract = ? AND size = ? ORDER BY key"
_ALL = "SELECT key, size, root, at, line FROM third_party WHERE contract = ? ORDER BY key"
_log = logging.getLogger(__name__)


class WitnessFailedError(Exception):
    """A witness did not cosign; the message says why."""


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """A witness of the settings."""

    url: str
    key: VerifyingKey
    every: float


def third_parties(settings: Settings) -> Iterator[ThirdParty]:
    """The witnesses of the settings.

    :raises ConfigError: a witness's key or address is none
    """
    for name, section in settings.witness.items():
        try:
            key = read_cosigner(section.key)
        except InvalidError as error:
            raise ConfigError(f"[witness.{name}] key: {error}") from error
        if not section.url.startswith(("https://", "http://")):
            raise ConfigError(f"[witness.{name}] url: an address begins with https://")
        yield ThirdParty(section.url.rstrip("/"), key, section.every_seconds)


async def keep_showing(diary: Diary, witness: ThirdParty) -> None:
    """Show each log that grew to a witness; after a failure wait longer each time, up to an hour.

    A failure is logged once, until it is another or none.
    """
    failures: dict[bytes, str] = {}
    tries = 0
    async with aiohttp.ClientSession(timeout=_SECONDS) as session:
        while True:
            found = await _show_all(diary, session, witness)
            for contract, why in found.items():
                if failures.get(contract) != why:
                    _log.warning("witness %s: %s", witness.key.name, why)
            failures, tries = found, tries + 1 if found else 0
            await asyncio.sleep(min(witness.every * 2 ** min(tries, 16), _WAIT_LONGEST))


async def _show_all(
    diary: Diary, session: aiohttp.ClientSession, witness: ThirdParty
) -> dict[bytes, str]:
    """Why the logs that could not be shown were not."""
    text = cosigner_text(witness.key)
    behind = await diary.db.read(lambda db: [one for (one,) in db.execute(_BEHIND, (text,))])
    failed = {}
    for contract in behind:
        try:
            await _show(diary, session, witness, contract)
        except WitnessFailedError as error:
            failed[contract] = str(error)
    return failed


async def _show(
    diary: Diary, session: aiohttp.ClientSession, witness: ThirdParty, contract: bytes
) -> None:
    """Have a log's head cosigned; where the witness saw another size last, go on from there.

    :raises WitnessFailedError: it did not cosign
    """
    old = await diary.db.read(lambda db: _seen(db, contract, witness))
    for _ in range(2):
        head, submission = await _submission(diary, contract, old)
        status, answer = await _ask(session, witness, submission)
        if status == 200:
            await _keep(diary, contract, head, _own_line(answer, head, witness))
            return
        if status != 409:
            raise WitnessFailedError(f"refused {head.origin} with {status}: {answer[:200].strip()}")
        old = _size_of(answer)
        if old > head.size or old == submission.old:
            raise WitnessFailedError(
                f"has cosigned {old} entries of {head.origin}, which are not those of this server: "
                "was its database set back?"
            )
    raise WitnessFailedError(f"does not say what it saw last of {head.origin}")


def _seen(db: apsw.Connection, contract: bytes, witness: ThirdParty) -> int:
    row = db.execute(_SEEN, (contract, cosigner_text(witness.key))).fetchone()
    return int(row[0]) if row else 0


async def _submission(diary: Diary, contract: bytes, old: int) -> tuple[Head, Submission]:
    def read(db: apsw.Connection) -> tuple[Tree, tuple[bytes, ...]]:
        state, _ = log.state(db, contract)
        known = min(old, state.size)
        return state, consistency_proof(known, state.size, tree.nodes(db, contract, state.size))

    state, path = await diary.db.read(read)
    signed = diary.head(contract.hex(), state)
    head = Head(diary.origin(contract.hex()), state.size, state.root)
    return head, Submission(min(old, state.size), path, signed.checkpoint)


async def _ask(
    session: aiohttp.ClientSession, witness: ThirdParty, submission: Submission
) -> tuple[int, str]:
    try:
        async with session.post(
            f"{witness.url}/add-checkpoint",
            data=submission.text.encode(),
            headers={"Content-Type": "text/plain; charset=utf-8"},
            allow_redirects=False,
        ) as answer:
            content = await answer.content.read(_ANSWER_LONGEST)
            return answer.status, content.decode(errors="replace")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise WitnessFailedError(f"cannot be reached: {error or 'no answer in time'}") from error


def _own_line(answer: str, head: Head, witness: ThirdParty) -> Cosignature:
    for line in answer.splitlines(keepends=True):
        try:
            return read_cosignature(line, head, witness.key)
        except InvalidError:
            continue
    raise WitnessFailedError(f"did not sign {head.origin} with the key in the settings")


def _size_of(answer: str) -> int:
    try:
        return read_decimal(answer.removesuffix("\n"), "a witness's size", "size")
    except InvalidError as error:
        raise WitnessFailedError(str(error)) from error


async def _keep(diary: Diary, contract: bytes, head: Head, made: Cosignature) -> None:
    row = (contract, cosigner_text(made.signer), head.size, head.root, made.at, made.line)
    await diary.db.write(lambda db: db.execute(_KEEP, row))


def lines(db: apsw.Connection, contract: bytes, size: int) -> str:
    """The witnesses' cosignatures on the head of exactly this size."""
    return "".join(line for (line,) in db.execute(_LINES, (contract, size)))


def cosignatures(db: apsw.Connection, contract: bytes, origin: str) -> list[api.Cosignature]:
    """The largest head that each witness has cosigned, as the parties' are shown."""
    return [_shown(origin, *row) for row in db.execute(_ALL, (contract,))]


def _shown(origin: str, key: str, size: int, root: bytes, at: int, line: str) -> api.Cosignature:
    return api.Cosignature(
        person=read_cosigner(key).name,
        role=ROLE,
        device=None,
        key=key,
        size=size,
        root=root.hex(),
        at=from_epoch(at),
        note=f"{Head(origin, size, root).text}\n{line}",
    )
