"""``workdiary tui`` in a real tmux in tests: its keys, and what stands on the terminal."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from needs import require_program

COMMAND = str(Path(sys.executable).with_name("workdiary"))


class Tmux:
    """A tmux server of its own with one window of 80 columns and 24 lines."""

    def __init__(self, socket: Path) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, timeout=20, check=True
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        self.run("send-keys", *keys)

    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    async def until(self, *words: str, seconds: float = 20) -> str:
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            seen = await asyncio.to_thread(self.screen)
            if all(word in seen for word in words):
                return seen
            assert asyncio.get_running_loop().time() < deadline, f"{words} never stood in\n{seen}"
            await asyncio.sleep(0.05)


@contextmanager
def a_tmux(folder: Path, url: str, **variables: str) -> Iterator[Tmux]:
    """``workdiary tui`` on the server at ``url``; ``folder`` is for the socket."""
    require_program("tmux", "apt-get install tmux")
    tmux = Tmux(folder / "tmux")
    told = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    command = f"{told} WORKDIARY_TOKEN=reader {COMMAND} tui --server {url} --zone UTC --ascii"
    tmux.run("new-session", "-d", "-x", "80", "-y", "24", command)
    try:
        yield tmux
    finally:
        subprocess.run([*tmux._tmux, "kill-server"], capture_output=True, check=False)
