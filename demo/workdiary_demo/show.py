"""The demo from empty folder to open diary, with progress on the way."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from aiohttp import web
from workdiary.errors import ConfigError
from workdiary.plugins import SERVER, Plugins
from workdiary_server.diary.closing import close_due
from workdiary_server.diary.opening import create
from workdiary_server.diary.service import Diary
from workdiary_server.folder import Folder, Lock
from workdiary_server.http.app import make_app, make_runner
from workdiary_server.http.keys import DIARY
from workdiary_server.settings import read_settings

from workdiary_demo.by_hand import finish
from workdiary_demo.fill import Past
from workdiary_demo.plan import DAYS
from workdiary_demo.simulated import SimulatedClock
from workdiary_demo.team import CLIENT, Team, gather

_OWNER = "Olga Brandt"


def show(folder: Path | None, seed: int, with_tui: bool) -> None:
    """Build the demo in ``folder`` (None: a new temporary one) and show it until it is left."""
    where = _new_folder(folder)
    try:
        asyncio.run(_show(where, seed, with_tui))
    finally:
        click.echo(f"the demo's diary is in {where}; delete the folder when you are done", err=True)


async def _show(where: Path, seed: int, with_tui: bool) -> None:
    began, now, clock = time.monotonic(), datetime.now(UTC), SimulatedClock()
    clock.put(now - timedelta(days=DAYS))
    async with _server(where, clock) as (url, owner_token, diary):
        team = await gather(where, url, owner_token, now, seed)
        await _fill(team, clock, seed)
        clock.run_on()
        await close_due(diary)
        await finish(team, now)
        click.echo(f"ready after {time.monotonic() - began:.0f} s", err=True)
        if with_tui:
            await _open_tui(url, team)
        else:
            await _keep_serving(url, team)


@asynccontextmanager
async def _server(where: Path, clock: SimulatedClock) -> AsyncIterator[tuple[str, str, Diary]]:
    """The server on its defaults, in this process so that it shares the simulated clock."""
    settings = read_settings(where / "server", {})
    plugins = Plugins(SERVER)
    token = create(settings, plugins, "demo.workdiary", _OWNER, int(clock.now()), os.urandom)
    lock = Lock(Folder(settings.folder))
    app = make_app(settings, plugins, now=clock.now)
    runner = make_runner(app)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        Folder(settings.folder).address.write_text(url)
        yield url, token, app[DIARY]
    finally:
        await runner.cleanup()
        lock.release()


async def _fill(team: Team, clock: SimulatedClock, seed: int) -> None:
    pasts = [Past(worker, clock, seed) for worker in team.workers]
    with _pool() as pool:
        total = sum(past.prepare(pool) for past in pasts)
        with click.progressbar(
            length=total, label="living through two weeks", file=sys.stderr
        ) as bar:
            for past in pasts:
                await past.live(bar.update)


def _pool() -> Executor:
    """Workers are started afresh: forking a process with threads of a database is not safe."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max(1, min(4, os.cpu_count() or 1)), mp_context=context)


async def _open_tui(url: str, team: Team) -> None:
    """The client's own command, as a process of its own on this terminal."""
    click.echo(f"opening the diary of {CLIENT} at {url}", err=True)
    tui = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "workdiary.cli",
        "tui",
        env={**os.environ, "WORKDIARY_HOME": str(team.client_home)},
    )
    status = await tui.wait()
    if status:
        raise click.exceptions.Exit(status)


async def _keep_serving(url: str, team: Team) -> None:
    click.echo(url)
    click.echo(f"review it:  WORKDIARY_HOME={team.client_home} {_this_command()} tui")
    click.echo("Ctrl-C ends the demo", err=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _this_command() -> str:
    """How this very command was called, for another terminal: it may not be on the path there."""
    called = Path(sys.argv[0])
    return str(called.absolute()) if called.name == "workdiary" else "workdiary"


def _new_folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="workdiary-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty: name a new folder for the demo")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder.absolute()
