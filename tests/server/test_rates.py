"""Asking too often: told when to come again, by token, and never locked out."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest
from serverkit import a_freelancer, a_person, a_reader, running_server
from workdiary_server.http.rates import Rates
from workdiary_server.http.tokens import TooManyError
from workdiary_server.settings import LimitsSection


async def test_a_token_that_asks_too_often_is_told_when_to_ask_again_and_no_other_is(
    tmp_path: Path,
) -> None:
    limits = LimitsSection(requests_a_minute=30)
    async with (
        running_server(tmp_path, limits=limits) as server,
        a_freelancer(server) as ada,
        aiohttp.ClientSession() as session,
    ):
        grace = await a_person(server, "Grace")

        async def ask(token: str) -> tuple[int, str]:
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get(f"{server.url}/api/v1/me", headers=headers) as answer:
                return answer.status, answer.headers.get("Retry-After", "")

        answers = [await ask(ada.token) for _ in range(33)]
        assert [status for status, _ in answers[:30]] == [200] * 30
        assert answers[-1] == (429, "2")
        async with a_reader(server, grace) as reader:
            assert (await reader.me()).person.name == "Grace"
        began = time.monotonic()
        assert (await ada.client.me()).person.name == "Ada", "our client waits, and asks again"
        assert 0.5 < time.monotonic() - began < 5
        await asyncio.sleep(2.1)
        assert (await ask(ada.token))[0] == 200


def test_a_bucket_fills_up_with_time_and_never_over_its_brim() -> None:
    now = [0.0]
    rates = Rates(60, lambda: now[0])

    def taken() -> int:
        for number in range(1000):
            try:
                rates.take("ada")
            except TooManyError as error:
                return number if 0 < error.retry_after <= 1 else -1
        return 1000

    assert taken() == 60
    now[0] = 10.0
    assert taken() == 10
    now[0] = 10_000.0
    assert taken() == 60
    rates.take("grace")


def test_memory_does_not_grow_with_callers() -> None:
    rates = Rates(2)
    for number in range(20_000):
        rates.take(str(number))
    assert len(rates._left) == 10_000


@pytest.mark.parametrize("a_minute", [1, 6000])
def test_the_first_request_always_passes(a_minute: int) -> None:
    Rates(a_minute).take("anybody")
