"""The reader's session: until the first paint, and what it holds; alone, and forked for SSH.

``PYTHONPATH=tests python -m bench.sessions [--rounds 7]`` starts a diary's server on paper and,
turn by turn in one run, a bare import of Textual, ``workdiary tui`` as a process of its own, the
same forked from a process that has imported it, and twenty of those at once. Times
are until the contracts stand on the terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import pty
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from answering import XTERM, Answers
from diaries import PaperDiary, a_contract, a_full_day
from terminalkit import READER, a_server
from workdiary_ssh_server.nursery import Nursery, kept

_COMMAND = str(Path(sys.executable).with_name("workdiary"))
_PAINTED = b"acme/website"
_CROWD = 20
_GOALS = {"alone / import": 3.0, "forked / alone": 0.35}


class Painted:
    """A terminal that answers, until what it waits for was written to it."""

    def __init__(self) -> None:
        self._master, self.slave = pty.openpty()
        self._answers = Answers(XTERM)
        self._seen = bytearray()
        self._there = asyncio.Event()
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    async def wait(self) -> None:
        async with asyncio.timeout(30):
            await self._there.wait()
        await asyncio.sleep(0.5)  # what follows the first paint belongs to what it holds

    def quit(self) -> None:
        os.write(self._master, b"Q")

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self.slave)

    @property
    def painted(self) -> asyncio.Event:
        return self._there

    def _read(self) -> None:
        content = os.read(self._master, 65536)
        self._seen += content
        if answer := self._answers.to(content):
            os.write(self._master, answer)
        if _PAINTED in self._seen:
            self._there.set()


def memory(process: int) -> dict[str, float]:
    """MiB of a process: its share of all it maps, its own data, and what nobody shares."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}
    private = found["Private_Clean"] + found["Private_Dirty"]
    return {"share": found["Pss"], "data": found["Pss_Anon"], "private": private}


def bare_import() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import textual.app, textual.widgets"], check=True)
    return time.monotonic() - began


async def alone(arguments: tuple[str, ...]) -> tuple[float, dict[str, float]]:
    terminal, environment = Painted(), _environment()
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        _COMMAND,
        *arguments,
        stdin=terminal.slave,
        stdout=terminal.slave,
        stderr=terminal.slave,
        env=environment,
    )
    await terminal.painted.wait()
    took = time.monotonic() - began
    await terminal.wait()
    held = memory(process.pid)
    terminal.quit()
    await process.wait()
    terminal.close()
    return took, held


async def forked(nursery: Nursery, arguments: tuple[str, ...]) -> tuple[float, dict[str, float]]:
    terminal, ended = Painted(), asyncio.Event()
    descriptors = (terminal.slave,) * 3
    began = time.monotonic()
    nursery.start(arguments, _environment(), descriptors, True, lambda code: ended.set())
    await terminal.painted.wait()
    took = time.monotonic() - began
    await terminal.wait()
    held = memory(_newest_child(nursery.pid))
    terminal.quit()
    await ended.wait()
    terminal.close()
    return took, held


def _newest_child(process: int) -> int:
    return int(Path(f"/proc/{process}/task/{process}/children").read_text().split()[-1])


def _environment() -> dict[str, str]:
    return kept(os.environ) | {"TERM": "xterm-256color", "COLORTERM": "truecolor", **READER}


async def measure(rounds: int) -> dict[str, Any]:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    times: dict[str, list[float]] = {"import": [], "alone": [], "forked": [], "crowd": []}
    held: dict[str, dict[str, float]] = {}
    async with a_server(paper) as url, Nursery() as nursery:
        arguments = ("tui", "--server", url, "--images", "off")
        for _ in range(rounds):
            times["import"].append(await asyncio.to_thread(bare_import))
            for name, session in _sessions(nursery):
                took, held[name] = await session(arguments)
                times[name].append(took)
            crowd = await asyncio.gather(*(forked(nursery, arguments) for _ in range(_CROWD)))
            times["crowd"].append(max(took for took, _ in crowd))
    middle = {name: statistics.median(taken) for name, taken in times.items()}
    ratios = {
        "alone / import": middle["alone"] / middle["import"],
        "forked / alone": middle["forked"] / middle["alone"],
        "20 at once / alone": middle["crowd"] / middle["alone"],
    }
    return {"seconds": middle, "ratios": ratios, "mebibytes": held}


def _sessions(
    nursery: Nursery,
) -> list[tuple[str, Callable[[tuple[str, ...]], Awaitable[tuple[float, dict[str, float]]]]]]:
    return [("alone", alone), ("forked", lambda arguments: forked(nursery, arguments))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    logging.disable()  # of the server on paper, which readers leave in the middle of a stream
    found = asyncio.run(measure(options.rounds))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))
    print(json.dumps(found, indent=2))
    sys.exit(any(found["ratios"][name] > goal for name, goal in _GOALS.items()))


if __name__ == "__main__":
    main()
