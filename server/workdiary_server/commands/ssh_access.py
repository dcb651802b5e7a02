"""Each reviewer's own read-only credentials, in a folder of the account that they log in to."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterator
from pathlib import Path

import msgspec
from workdiary import api, credentials
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials
from workdiary.enrolment import take_up
from workdiary.errors import ConfigError, NotFoundError, UnauthenticatedError

_MACHINE = "SSH log-in"


def folder_for(person: str) -> Path:
    return reviewers() / person


def reviewers() -> Path:
    """Where the credentials of all who log in lie, each in a folder named by the person's id."""
    return credentials.home().absolute() / "reviewers"


def known() -> Iterator[Credentials]:
    """The credentials of all who have some."""
    for path in sorted(reviewers().glob("*/credentials.json")):
        yield credentials.load(path.parent)


async def grant(owner: DiaryClient, person: api.Person) -> None:
    """See to it that the person's folder holds credentials that read, and can do no more."""
    folder = folder_for(person.id)
    if (folder / "credentials.json").exists():
        held = msgspec.structs.replace(credentials.load(folder), server=owner.server)
        if await _are_good(held):
            credentials.save(folder, held)
            return
        await _withdraw(owner, held)
    invite = await owner.invite(api.NewInvite(person=person.id, scope="read"))
    made = await take_up(owner.server, invite.code, _MACHINE)
    credentials.save(folder, made)


async def withdraw_all_but(owner: DiaryClient, people: Container[str]) -> list[str]:
    """Revoke and delete the credentials of all who have no key any more; their names."""
    gone = [held for held in known() if held.person not in people]
    for held in gone:
        await _withdraw(owner, held)
        shutil.rmtree(folder_for(held.person))
    return [held.person_name for held in gone]


async def _are_good(held: Credentials) -> bool:
    async with DiaryClient(held.server, held.token) as client:
        try:
            return (await client.me()).person.id == held.person
        except UnauthenticatedError:
            return False


async def _withdraw(owner: DiaryClient, held: Credentials) -> None:
    try:
        await owner.revoke_device(held.device)
    except NotFoundError as error:
        raise ConfigError(
            f"the credentials in {folder_for(held.person)} are of another server: "
            "delete that folder, and run this again"
        ) from error
