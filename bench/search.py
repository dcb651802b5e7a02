"""Searching a year of a full contract, and writing views down, against the plainest requests.

``PYTHONPATH=tests python -m bench.search [--segments 12000]`` runs a server in this process. All
ratios are of one run: a search against ``GET /me`` and against the same search with nothing
remembered; a preview for a client against the same one for the freelancer, which writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import apsw
import msgspec
from billkit import MONDAY, Clock
from serverkit import (
    RunningServer,
    a_freelancer,
    a_person,
    a_picture,
    a_reader,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary.segments import from_epoch
from workdiary_server.diary.gists import make_lacking
from workdiary_server.diary.projection import Content
from workdiary_server.http.keys import DIARY
from workdiary_server.vault.keyring import place_of

WEEK, A_DAY, TEN = 604_800, 86_400, 600
MEMOS = [f"Fix invoice rounding, part {n}" for n in range(400)]
_PUT = (
    "INSERT INTO segment (contract, start, kind, mask, sampled, idx, received, sealed, timely, "
    "late_mask, late_sampled) VALUES (?, ?, 'auto', 1023, 1, 1, ?, ?, 1, 0, 0)"
)
_FREEZE = (
    "UPDATE segment SET status = 'auto', counted = 10, billable = 10 "
    "WHERE contract = ? AND start < ?"
)
_CLOSE = "INSERT INTO week (contract, start, idx, closed, sealed) VALUES (?, ?, 1, ?, x'')"


def starts(count: int) -> list[int]:
    """Working days of 46 segments, backwards in whole weeks from a Monday."""
    weeks = -(-count // 230)
    found = [
        MONDAY - (weeks - week) * WEEK + day * A_DAY + 8 * 3600 + slot * TEN
        for week in range(weeks)
        for day in range(5)
        for slot in range(46)
    ]
    return found[:count]


def fill(db: apsw.Connection, server: RunningServer, contract: str, when: list[int]) -> None:
    """A year's rows, sealed as the projection seals them, without its log."""
    key, keyring = bytes.fromhex(contract), server.app[DIARY].keyring
    for n, start in enumerate(when):
        counts = tuple(n * 7 % 50 if place // 3 < n % 11 else 0 for place in range(30))
        memo = MEMOS[n // 30 % len(MEMOS)]
        content = Content(memo, counts, 0, 0, ("5e55105e55105e55",), "not sampled", ())
        bound = ("segment", contract, str(start))
        plain = msgspec.msgpack.encode(content)
        sealed = keyring.seal(db, key, place_of(*bound), plain, bound)
        db.execute(_PUT, (key, start, start + TEN, sealed))


def close(db: apsw.Connection, contract: str, when: list[int]) -> None:
    """What the lock leaves in the rows: verdicts that ask no policy."""
    key = bytes.fromhex(contract)
    db.execute(_FREEZE, (key, MONDAY))
    for week in sorted({start - (start - MONDAY) % WEEK for start in when}):
        db.execute(_CLOSE, (key, week, week + 2 * WEEK))


async def timed(rounds: int, *calls: Callable[[], Awaitable[object]]) -> list[float]:
    """The median milliseconds of each call, interleaved."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for times, call in zip(found, calls, strict=True):
            began = time.perf_counter()
            await call()
            times.append((time.perf_counter() - began) * 1000)
    return [statistics.median(times) for times in found]


async def measure(folder: Path, segments: int, rounds: int) -> dict[str, float]:
    clock = Clock(MONDAY + A_DAY)
    async with running_server(folder, clock) as server, a_freelancer(server) as ada:
        grace = await a_person(server, "Grace")
        contract = await open_contract(server, ada.person, [grace.id])
        await enter_log(ada, contract)
        picture = a_picture(MONDAY, width=640, height=480)
        await send(ada, contract, tracked_entry(ada, contract, MONDAY, pictures=[picture]))
        when = starts(segments)
        diary = server.app[DIARY]
        await diary.db.write(lambda db: fill(db, server, contract, when))
        await make_lacking(diary)
        last = from_epoch(MONDAY).date()
        first, digest = last - timedelta(days=365), picture[0].original.digest

        async def search(text: str = "rounding, part 7") -> None:
            found = await ada.client.search(contract, first, last, text=text)
            if not found.hits:
                raise RuntimeError("nothing was found: the figures would mean nothing")

        async def from_nothing() -> None:
            diary.skims.clear()
            await search()

        began = time.perf_counter()
        await search()
        cold = (time.perf_counter() - began) * 1000
        (unlocked,) = await timed(rounds, from_nothing)
        await diary.db.write(lambda db: close(db, contract, when))
        async with a_reader(server, grace) as client:
            floor, warm, opening, own, written = await timed(
                rounds,
                ada.client.me,
                search,
                from_nothing,
                lambda: ada.client.picture(contract, digest, "preview"),
                lambda: client.picture(contract, digest, "preview"),
            )
    async with running_server(folder, clock) as server, a_reader(server, grace) as client:
        await client.contracts()  # as every reader's first screen does: it starts the policies
        began = time.perf_counter()
        await client.search(contract, first, last, text="rounding, part 7")
        restarted = (time.perf_counter() - began) * 1000
    return {
        "me_ms": floor,
        "search_ms": warm,
        "search_from_nothing_ms": opening,
        "search_from_nothing_nothing_closed_ms": unlocked,
        "search_first_ever_ms": cold,
        "search_first_after_restart_ms": restarted,
        "preview_freelancer_ms": own,
        "preview_client_ms": written,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--segments", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), options.segments, options.rounds))
    ratios = {
        "search / me": found["search_ms"] / found["me_ms"],
        "from nothing / search": found["search_from_nothing_ms"] / found["search_ms"],
        "from nothing / me": found["search_from_nothing_ms"] / found["me_ms"],
        "client's preview / freelancer's": found["preview_client_ms"]
        / found["preview_freelancer_ms"],
    }
    for name, value in (found | ratios).items():
        print(f"{name:40} {value:8.2f}")
    print(json.dumps({"segments": options.segments} | found | ratios))


if __name__ == "__main__":
    main()
