"""Invites, tokens and devices: single use, expiry, revocation, and slow guessing."""

from __future__ import annotations

from pathlib import Path

import pytest
from serverkit import a_freelancer, a_person, a_reader, running_server, seeded
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.errors import (
    InvalidError,
    NotFoundError,
    OverloadedError,
    RefusedError,
    UnauthenticatedError,
)
from workdiary_server.diary.people import invite_code, token_secret

HOUR = 3600


def enrolment(code: str, device: str = "d0" * 16, name: str = "laptop") -> api.Enrolment:
    return api.Enrolment(code=code, device=device, device_name=name, public_key="ab" * 32)


async def test_an_invite_works_once_however_it_is_typed(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        ada = await a_person(server, "Ada")
        invite = await server.owner.invite(api.NewInvite(person=ada.id, scope="tracker"))
        typed = invite.code.lower().replace("-", "").replace("0", "o").replace("1", "l")
        async with DiaryClient(server.url) as stranger:
            enrolled = await stranger.enrol(enrolment(typed))
            assert (enrolled.person.name, enrolled.scope) == ("Ada", "tracker")
            with pytest.raises(UnauthenticatedError):
                await stranger.enrol(enrolment(invite.code, device="d1" * 16))
        async with DiaryClient(server.url, enrolled.token) as client:
            me = await client.me()
        assert (me.person.id, me.device, me.server) == (ada.id, "d0" * 16, "diary.test")


async def test_a_refused_enrolment_does_not_use_the_invite_up(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        invite = await server.owner.invite(api.NewInvite(person=ada.person, scope="tracker"))
        async with DiaryClient(server.url) as stranger:
            with pytest.raises(RefusedError):
                await stranger.enrol(enrolment(invite.code, device=ada.id))
            with pytest.raises(InvalidError):
                await stranger.enrol(enrolment(invite.code, name="lap\x1btop"))
            await stranger.enrol(enrolment(invite.code))


async def test_invites_and_tokens_expire(tmp_path: Path) -> None:
    clock = [1_760_000_000.0]
    async with running_server(tmp_path, now=lambda: clock[0]) as server:
        ada = await a_person(server, "Ada")
        invite = await server.owner.invite(api.NewInvite(person=ada.id, scope="read"))
        clock[0] += 48 * HOUR
        async with DiaryClient(server.url) as stranger:
            with pytest.raises(UnauthenticatedError):
                await stranger.enrol(enrolment(invite.code))
        async with a_reader(server, ada) as client:
            await client.me()
            clock[0] += 365 * 24 * HOUR
            with pytest.raises(UnauthenticatedError):
                await client.me()


async def test_a_revoked_token_is_refused_at_once(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        await ada.client.me()
        (token,) = [t for t in await server.owner.tokens() if t.device == ada.id]
        assert token.secret is None
        await server.owner.revoke_token(token.id)
        with pytest.raises(UnauthenticatedError):
            await ada.client.me()
        with pytest.raises(NotFoundError):
            await server.owner.revoke_token(token.id)


async def test_a_revoked_device_is_listed_and_locked_out(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        assert [device.id for device in await ada.client.devices()] == [ada.id]
        await server.owner.revoke_device(ada.id)
        with pytest.raises(UnauthenticatedError):
            await ada.client.me()
        (device,) = [d for d in await server.owner.devices() if d.id == ada.id]
        assert device.revoked is not None


async def test_guessing_becomes_slow_and_the_right_token_still_works(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        async with DiaryClient(server.url, "wdt_wrong") as guesser:
            for _ in range(10):
                with pytest.raises(UnauthenticatedError):
                    await guesser.me()
            with pytest.raises(OverloadedError) as slow:
                await guesser.me()
        assert slow.value.retry_after > 30
        assert (await server.owner.me()).person.owner


async def test_only_an_owner_gets_an_owners_token(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        ada = await a_person(server, "Ada")
        with pytest.raises(RefusedError):
            await server.owner.add_token(api.NewToken(person=ada.id, scope="owner", label="x"))
        with pytest.raises(InvalidError):
            await server.owner.add_token(api.NewToken(person=ada.id, scope="root", label="x"))
        with pytest.raises(InvalidError):
            await server.owner.invite(api.NewInvite(person=ada.id, scope="owner"))
        with pytest.raises(NotFoundError):
            await server.owner.invite(api.NewInvite(person="ab" * 16, scope="read"))


async def test_a_persons_name_is_harmless(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        with pytest.raises(InvalidError) as refused:
            await a_person(server, "Ada\x1b]0;owned\x07")
        assert refused.value.code == "text"


def test_secrets_have_the_bits_that_they_promise() -> None:
    codes = {invite_code(seeded(seed)) for seed in range(200)}
    assert len(codes) == 200
    assert all(len(code.replace("-", "")) == 20 for code in codes)
    assert all(not set(code) & set("ILOU") for code in codes)
    assert {len(token_secret(seeded(seed))) for seed in range(50)} == {47}
