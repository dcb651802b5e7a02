"""The demo's people and contracts, made through the API as an owner makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from workdiary import api, credentials
from workdiary.bodies import ContractBody
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials
from workdiary.enrolment import take_up
from workdiary.segments import epoch
from workdiary_server.commands.contracts import sign_contract

from workdiary_demo.fill import Worker
from workdiary_demo.plan import DAYS, JOBS, Job, stretches

CLIENT = "Alice Martin"


@dataclass(frozen=True, slots=True)
class Team:
    """Who works, and the folder in which the client's enrolment lies."""

    workers: tuple[Worker, ...]
    client_home: Path


async def gather(folder: Path, url: str, owner_token: str, now: datetime, seed: int) -> Team:
    """Add everyone, open both contracts two weeks back, and enrol each person's machine."""
    async with DiaryClient(url, owner_token) as owner:
        client = await owner.add_person(api.NewPerson(name=CLIENT))
        await _enrol(owner, client, "review", folder / "alice")
        workers = [await _hire(owner, folder, client, job, now, seed) for job in JOBS]
    return Team(tuple(workers), folder / "alice")


async def _hire(
    owner: DiaryClient, folder: Path, client: api.Person, job: Job, now: datetime, seed: int
) -> Worker:
    freelancer = await owner.add_person(api.NewPerson(name=job.freelancer))
    terms = ContractBody(
        name=job.name,
        freelancer=freelancer.id,
        clients=(client.id,),
        since=epoch(now - timedelta(days=DAYS)),
        rate=job.rate,
        currency=job.currency,
        weekly_limit=job.weekly_limit,
        hourly=True,
        manual=True,
        screenshots="required",
        zone=job.zone,
        policy="weekly_limit",
    )
    contract, note, body = sign_contract(folder / "server", terms)
    await owner.open_contract(note, body)
    home = folder / job.freelancer.split()[0].lower()
    enrolled = await _enrol(owner, freelancer, "tracker", home)
    return Worker(enrolled, contract, tuple(stretches(job, now, seed)), home)


async def _enrol(owner: DiaryClient, person: api.Person, scope: str, home: Path) -> Credentials:
    """What ``workdiary enrol`` does on each person's own machine."""
    invite = await owner.invite(api.NewInvite(person=person.id, scope=scope))
    saved = await take_up(owner.server, invite.code, f"{person.name}'s laptop")
    credentials.save(home, saved)
    return saved
