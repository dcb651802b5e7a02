"""What readers get: totals that add up, answers that are not sent twice, policies that may fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest
from foreign import install_plugin
from serverkit import (
    Device,
    a_freelancer,
    a_picture,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary.errors import InvalidError, NotFoundError
from workdiary.plugins import SERVER
from workdiary.segments import from_epoch

MONDAY = 1_760_313_600
"""2025-10-13T00:00:00Z."""

GREEDY = """
from workdiary.hookspecs import hookimpl
from workdiary.billing import Verdict

def greedy(terms, week):
    return [Verdict(s.start, "auto", 10, 60, "") for s in week]

@hookimpl
def workdiary_billing_policies():
    return {"greedy": lambda options: greedy}
"""

LISTENER = """
import threading
from workdiary.hookspecs import hookimpl

told = []
threads = set()
enough = threading.Event()

@hookimpl
def workdiary_entry_appended(contract, index, kind):
    told.append((contract, index, kind))
    threads.add(threading.current_thread().name)
    if index == 2:
        enough.set()
    raise RuntimeError("a plugin's own trouble")
"""


async def track(device: Device, contract: str, starts: Sequence[int]) -> None:
    await enter_log(device, contract)
    for start in starts:
        await send(device, contract, tracked_entry(device, contract, start))


async def test_time_over_the_limit_is_shown_and_not_billed(tmp_path: Path) -> None:
    starts = [MONDAY + 600 * slot for slot in range(8)]
    clock = float(starts[-1] + 1200)
    async with (
        running_server(tmp_path, now=lambda: clock) as server,
        a_freelancer(server) as ada,
    ):
        contract = await open_contract(server, ada.person, weekly_limit=60, since=MONDAY)
        await track(ada, contract, starts)
        listed = await ada.client.contract(contract)
        assert listed.week.by_status == {"auto": 60, "over_limit": 20}
        assert (listed.week.tracked, listed.week.billable, listed.weekly_limit) == (80, 60, 60)
        assert listed.today == listed.week
        week = await ada.client.week(contract, from_epoch(MONDAY).date())
        assert (week.amount, week.limit, week.totals) == (3000, 60, listed.week)
        day = await ada.client.day(contract, from_epoch(MONDAY).date())
        assert [segment.status for segment in day.segments] == ["auto"] * 6 + ["over_limit"] * 2
        assert sum(segment.billable for segment in day.segments) == day.totals.billable


async def test_a_week_that_was_read_is_not_sent_again_until_it_changes(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with (
        running_server(tmp_path) as server,
        a_freelancer(server) as ada,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {ada.token}"}) as session,
    ):
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        day = f"{server.url}/api/v1/contracts/{contract}/days/{from_epoch(start).date()}"
        week = day.replace("/days/", "/weeks/")
        tags = {}
        for url in (day, week):
            async with session.get(url) as answer:
                tags[url] = answer.headers["ETag"]
            async with session.get(url, headers={"If-None-Match": tags[url]}) as answer:
                assert (answer.status, await answer.read()) == (304, b"")
        await send(ada, contract, tracked_entry(ada, contract, start))
        for url in (day, week):
            async with session.get(url, headers={"If-None-Match": tags[url]}) as answer:
                assert answer.status == 200


async def test_a_picture_may_be_kept_for_good(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with (
        running_server(tmp_path) as server,
        a_freelancer(server) as ada,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {ada.token}"}) as session,
    ):
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        picture = a_picture(start)
        claim, *files = picture
        signed = tracked_entry(ada, contract, start, pictures=[picture])
        await send(ada, contract, signed)
        path = f"/api/v1/contracts/{contract}/pictures/{claim.original.digest}/original"
        async with session.get(server.url + path) as answer:
            assert await answer.read() == files[0]
            assert answer.content_type == "image/webp"
            assert "immutable" in answer.headers["Cache-Control"]
        with pytest.raises(NotFoundError):
            await ada.client.picture(contract, "ab" * 32)


async def test_an_altered_blob_is_never_shown(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        picture = a_picture(start)
        claim = picture[0]
        signed = tracked_entry(ada, contract, start, pictures=[picture])
        await send(ada, contract, signed)
        for blob in (path for path in (tmp_path / "blobs").rglob("*") if len(path.name) == 32):
            blob.chmod(0o600)
            content = bytearray(blob.read_bytes())
            content[-1] ^= 1
            blob.write_bytes(content)
        for rendition in ("original", "preview", "thumbnail"):
            with pytest.raises(Exception, match="altered"):
                await ada.client.picture(contract, claim.original.digest, rendition)


async def test_a_policy_that_breaks_its_promise_bills_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = install_plugin(tmp_path, "workdiary-greedy", SERVER, "billing_greedy", GREEDY)
    monkeypatch.syspath_prepend(plugin)
    start = an_earlier_slot()
    async with running_server(tmp_path / "diary") as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person, policy="greedy")
        await track(ada, contract, [start])
        week = await ada.client.week(contract, from_epoch(start).date())
        assert "policy failed: greedy: it bills 60" in week.policy_error
        assert (week.amount, week.totals.tracked, week.totals.billable) == (0, 0, 0)
        segment = await ada.client.segment(contract, from_epoch(start))
        assert (segment.status, segment.billable) == ("policy_error", 0)


async def test_a_contract_with_an_unknown_policy_or_zone_is_not_opened(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        with pytest.raises(InvalidError) as policy:
            await open_contract(server, ada.person, policy="generous")
        assert policy.value.code == "policy"
        with pytest.raises(InvalidError) as zone:
            await open_contract(server, ada.person, zone="Mars/Olympus")
        assert zone.value.code == "zone"
        with pytest.raises(NotFoundError):
            await open_contract(server, ada.person, ["ab" * 16])
        assert await ada.client.contracts() == ()


async def test_a_listening_plugin_is_told_after_the_answer_on_its_own_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = install_plugin(tmp_path, "workdiary-bell", SERVER, "bell", LISTENER)
    monkeypatch.syspath_prepend(plugin)
    folder = tmp_path / "diary"
    folder.mkdir()
    (folder / "server.toml").write_text('[server]\nplugins = ["bell"]\n')
    async with running_server(folder) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await track(ada, contract, [an_earlier_slot()])
        import workdiary_bell  # type: ignore[import-not-found]  # it was installed above

        assert workdiary_bell.enough.wait(5)
    kinds = ["contract.opened", "device.enrolled", "segment.tracked"]
    assert workdiary_bell.told == [(contract, index, kind) for index, kind in enumerate(kinds)]
    assert workdiary_bell.threads == {"plugins"}


async def test_operators_find_health_readiness_and_metrics(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as session:
        for path in ("/healthz", "/readyz"):
            async with session.get(server.url + path) as answer:
                assert answer.status == 200
        async with session.get(server.url + "/metrics") as answer:
            text = await answer.text()
        assert 'route="/readyz",status="200"' in text
        assert "workdiary_entries_total 0.0" in text
        await server.app.shutdown()
        async with session.get(server.url + "/readyz") as answer:
            assert answer.status == 503
