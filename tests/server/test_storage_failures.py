"""A storage backend that fails: the caller is told to come back, and nothing half-done stays."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from foreign import install_plugin
from serverkit import (
    a_freelancer,
    a_picture,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    stored,
    tracked_entry,
)
from workdiary import api
from workdiary.plugins import SERVER

FLAKY = """
from workdiary.hookspecs import hookimpl
from workdiary.storage import BlobNotFoundError, BlobStat, Health, StorageFullError
from workdiary.storage import UnavailableError

blobs = {}
failures = []

class Flaky:
    async def start(self): pass
    async def stop(self): pass
    async def health(self): return Health(not failures, "flaky" if failures else "")
    async def put(self, key, blob):
        if failures:
            raise failures.pop()
        blobs[key] = blob
        return BlobStat(key, len(blob))
    async def get(self, key, start=0, end=None):
        return blobs[key][start:end]
    async def delete(self, key):
        blobs.pop(key, None)
    async def list(self, prefix="", after=""):
        for key in sorted(blobs):
            if key.startswith(prefix):
                yield BlobStat(key, len(blobs[key]))

@hookimpl
def workdiary_storage_backends():
    return {"flaky": lambda options: Flaky()}
"""


async def test_a_failing_backend_is_retried_then_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = install_plugin(tmp_path, "workdiary-flaky", SERVER, "storage_flaky", FLAKY)
    monkeypatch.syspath_prepend(plugin)
    folder, start = tmp_path / "diary", an_earlier_slot()
    folder.mkdir()
    (folder / "server.toml").write_text('[storage.main]\nplugin = "flaky"\n')
    async with (
        running_server(folder) as server,
        a_freelancer(server) as ada,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {ada.token}"}) as session,
    ):
        import workdiary_flaky as flaky  # type: ignore[import-not-found]  # installed above

        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        signed = tracked_entry(ada, contract, start, pictures=[a_picture(start)])
        before = stored(folder)
        url = f"{server.url}/api/v1/contracts/{contract}/entries"
        body = api.frame(signed.note, signed.body, *signed.pictures)

        async def status() -> tuple[int, str | None]:
            headers = {"Content-Type": api.FRAMES}
            async with session.post(url, data=body, headers=headers) as answer:
                assert answer.content_type == api.PROBLEM
                return answer.status, answer.headers.get("Retry-After")

        flaky.failures[:] = [flaky.StorageFullError("no room")]
        assert await status() == (507, None)
        flaky.failures[:] = [flaky.UnavailableError("away", 0.01)] * 9
        assert await status() == (503, "1")
        assert stored(folder) == before
        assert flaky.blobs == {}
        flaky.failures[:] = [flaky.UnavailableError("away", 0.01)] * 3
        await send(ada, contract, signed)
        assert len(flaky.blobs) == 3
