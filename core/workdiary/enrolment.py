"""Turning an invite into a machine's own key and token: the keys are made here and stay here."""

from __future__ import annotations

import secrets

from workdiary import api
from workdiary.addresses import Address
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials
from workdiary.notes import SigningKey


async def take_up(server: str, invite: str, name: str) -> Credentials:
    """Exchange an invite, which works once; ``name`` is the machine's in the log.

    What stands behind the invite's # is what this machine holds the server to from then on.

    :raises UnauthenticatedError: the code is unknown, used or expired
    :raises ConfigError: the address is none, or the invite was cut off
    :raises UnreachableError: no server answers at this address
    """
    device, secret = secrets.token_hex(16), secrets.token_bytes(32)
    public = SigningKey("device", secret).public.public
    code, _, pins = invite.partition("#")
    address = Address.read(f"{server.partition('#')[0]}#{pins}")
    async with DiaryClient(address.text) as client:
        enrolled = await client.enrol(
            api.Enrolment(code=code, device=device, device_name=name, public_key=public.hex())
        )
    return Credentials(
        server=address.text,
        token=enrolled.token,
        scope=enrolled.scope,
        person=enrolled.person.id,
        person_name=enrolled.person.name,
        device=device,
        secret=secret.hex(),
        storage_key=secrets.token_hex(32),
    )
