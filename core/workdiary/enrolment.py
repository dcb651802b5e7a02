"""Turning an invite into a machine's own key and token: the keys are made here and stay here."""

from __future__ import annotations

import secrets

from workdiary import api
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials
from workdiary.notes import SigningKey


async def take_up(server: str, invite: str, name: str) -> Credentials:
    """Exchange an invite's code, which works once; ``name`` is the machine's in the log.

    :raises UnauthenticatedError: the code is unknown, used or expired
    :raises UnreachableError: no server answers at this address
    """
    device, secret = secrets.token_hex(16), secrets.token_bytes(32)
    public = SigningKey("device", secret).public.public
    async with DiaryClient(server) as client:
        enrolled = await client.enrol(
            api.Enrolment(code=invite, device=device, device_name=name, public_key=public.hex())
        )
        server = client.server
    return Credentials(
        server=server,
        token=enrolled.token,
        scope=enrolled.scope,
        person=enrolled.person.id,
        person_name=enrolled.person.name,
        device=device,
        secret=secret.hex(),
        storage_key=secrets.token_hex(32),
    )
