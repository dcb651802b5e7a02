"""``workdiary fsck``: hold a server's folder to its logs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from workdiary.errors import ConfigError
from workdiary.plugins import SERVER, Plugins
from workdiary.storage import StorageError

from workdiary_server.commands.options import folder_option, json_option
from workdiary_server.folder import Folder, Lock
from workdiary_server.settings import read_settings

if TYPE_CHECKING:
    from workdiary_server.checking.findings import Finding
    from workdiary_server.checking.folder import Opened


class Told(msgspec.Struct, frozen=True):
    """A finding as ``--json`` prints it, one a line."""

    code: str
    place: str
    meaning: str
    remedy: str
    mended: bool


@click.command()
@folder_option
@click.option("--full", is_flag=True, help="Open every picture and check every signature too.")
@click.option("--repair", is_flag=True, help="Mend what is derived; remove what nothing names.")
@json_option
def fsck(folder: Path | None, full: bool, repair: bool, as_json: bool) -> None:
    """Check a stopped server's folder: logs, contents, segments, closed weeks and pictures.

    The log is folded again and compared with what is shown of it; each row must have its picture,
    each picture its row. What does not fit is printed with its place, what it means and what helps.
    Nothing is written without --repair, and entries never are.

    Exit code 0: all fits, or all was mended; 1: something does not; 2: it could not be checked.
    """
    from workdiary_server.checking.folder import open_folder

    settings = read_settings(folder)
    where = Folder(settings.folder)
    if not where.database.exists():
        raise ConfigError(f"there is no diary in {where.path}: run 'workdiary init'")
    lock = Lock(where)
    try:
        opened = open_folder(settings, Plugins(SERVER), full, _progress(sys.stderr.isatty()))
        found, left = asyncio.run(_check(opened, repair, as_json))
    finally:
        lock.release()
    click.echo(_summary(found, left, repair), err=True)
    if left:
        sys.exit(1)


async def _check(opened: Opened, repair: bool, as_json: bool) -> tuple[int, int]:
    """How much was found, and how much of it is still so."""
    found = left = 0
    try:
        await opened.blobs.start()
        async for finding in opened.findings():
            mended = repair and finding.mendable
            if mended:
                await opened.mend(finding)
            found, left = found + 1, left + (not mended)
            click.echo(_line(finding, mended, as_json))
    except StorageError as error:
        raise ConfigError(f"storage {opened.blobs.name} cannot be checked: {error}") from error
    finally:
        await opened.blobs.stop()
    return found, left


def _line(finding: Finding, mended: bool, as_json: bool) -> str:
    if as_json:
        told = Told(finding.code, finding.place, finding.meaning, finding.remedy, mended)
        return msgspec.json.encode(told).decode()
    after = "mended" if mended else finding.remedy
    return f"{finding.code}: {finding.place}: {finding.meaning}\n    {after}"


def _summary(found: int, left: int, repair: bool) -> str:
    if not found:
        return "all fits"
    return f"{found} found, {found - left} mended, {left} left" if repair else f"{found} found"


def _progress(shown: bool) -> Callable[[str], None]:
    return (lambda text: click.echo(f"checking {text}", err=True)) if shown else lambda text: None
