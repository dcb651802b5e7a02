"""A team as real processes: a server, its owner's commands, enrolled homes, a TUI in tmux."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from needs import require_program
from workdiary import credentials
from workdiary.credentials import Credentials

WORKDIARY = [sys.executable, "-m", "workdiary.cli"]
READY_SECONDS = 30.0


def workdiary(*words: str, env: Mapping[str, str] | None = None) -> str:
    """Run one command to its end and return its answer; a failure shows what it said."""
    done = subprocess.run(
        [*WORKDIARY, *words],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"workdiary {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


class Server:
    """``workdiary serve`` on a folder of its own, and the owner's commands for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        workdiary("init", "--folder", str(folder), "--name", "diary.test", "--owner", "Olga")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [*WORKDIARY, "serve", "--folder", str(self.folder), "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http"), "the server did not start"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def owner(self, *words: str) -> Any:
        """An owner's command, answered as JSON."""
        return json.loads(workdiary(*words, "--folder", str(self.folder), "--json"))

    def add_person(self, name: str) -> str:
        return str(self.owner("person", "add", name)["id"])

    def enrol(self, person: str, scope: str, home: Path) -> Credentials:
        """An invite by the owner, taken up with ``workdiary enrol`` on a machine called home."""
        code = self.owner("invite", person, "--scope", scope)["code"]
        workdiary("enrol", self.url, code, env={"WORKDIARY_HOME": str(home)})
        return credentials.load(home)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.communicate(timeout=READY_SECONDS)
            self._process = None


@dataclass(frozen=True, slots=True)
class Team:
    """One contract: Jane tracks, Alice pays and reviews."""

    server: Server
    contract: str
    jane: Path
    alice: Path


def a_team(server: Server, folder: Path) -> Team:
    for name in ("Jane", "Alice"):
        server.add_person(name)
    opened = server.owner(
        *("contract", "open", "acme/website", "--freelancer", "Jane", "--client", "Alice"),
        *("--rate", "45.00", "--limit", "40h", "--zone", "Asia/Manila"),
    )
    server.enrol("Jane", "tracker", folder / "jane")
    server.enrol("Alice", "review", folder / "alice")
    return Team(server, str(opened["id"]), folder / "jane", folder / "alice")


class Terminal:
    """A command in a terminal of its own (tmux), with keys to press and a screen to read."""

    def __init__(
        self, command: list[str], env: Mapping[str, str], columns: int = 80, lines: int = 24
    ) -> None:
        self._command = command
        self._env = {**os.environ, "TERM": "xterm-256color", **env}
        self._size = (columns, lines)
        self._folder = tempfile.TemporaryDirectory(prefix="workdiary-tmux-")

    def __enter__(self) -> Self:
        program = require_program("tmux", "apt-get install tmux")
        self._tmux = [program, "-S", f"{self._folder.name}/socket", "-f", "/dev/null"]
        size = ["-x", str(self._size[0]), "-y", str(self._size[1])]
        self._run("new-session", "-d", *size, *self._command, env=self._env)
        self._run("set-option", "-g", "remain-on-exit", "on")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)
        self._folder.cleanup()

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def expect_end(self) -> None:
        """Wait until the command has ended. tmux's own words for it may never come: it sometimes
        misses that its child is gone."""
        deadline = time.monotonic() + READY_SECONDS
        while self._run("display-message", "-p", "#{pane_dead}").strip() != "1":
            assert time.monotonic() < deadline, f"it never ended; the screen:\n{self.screen}"
            time.sleep(0.1)

    def expect(self, pattern: str, seconds: float = READY_SECONDS) -> re.Match[str]:
        """Wait until a line of the screen matches."""
        expression = re.compile(pattern, re.M)
        deadline = time.monotonic() + seconds
        while not (found := expression.search(screen := self.screen)):
            assert time.monotonic() < deadline, f"{pattern!r} never came; the screen:\n{screen}"
            time.sleep(0.1)
        return found

    def _run(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            [*self._tmux, *words], env=env, check=True, capture_output=True, text=True, timeout=30
        )
        return done.stdout
