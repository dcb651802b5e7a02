"""Naming the broken plugins that no setting asked for.

They are imported in a process of their own: what is installed but not in use never runs here.
"""

from __future__ import annotations

import asyncio
import logging
import sys

import msgspec
from workdiary.plugins import SERVER, Installed

_log = logging.getLogger("workdiary")


async def name_broken_plugins() -> None:
    """Warn of each broken plugin of the server's group; nothing depends on it."""
    asked = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "workdiary.cli", "plugins", "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        answer, _ = await asked.communicate()
    finally:
        if asked.returncode is None:
            asked.kill()
            await asked.wait()
    if asked.returncode:
        _log.warning("the installed plugins could not be listed: run 'workdiary plugins'")
        return
    for plugin in msgspec.json.decode(answer, type=list[Installed]):
        if plugin.group == SERVER and plugin.broken:
            _log.warning(
                "plugin %s (%s) is broken, and not in use: %s",
                plugin.name,
                plugin.distribution,
                plugin.broken,
            )
