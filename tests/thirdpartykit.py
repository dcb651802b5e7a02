"""A third party's witness as a process of its own, on a free loopback port."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from serverkit import WORKDIARY
from workdiary.notes import VerifyingKey

NAME = "audit.example/w1"


@dataclass
class ThirdPartyWitness:
    """``key`` is its cosigner's key; ``url`` is where it answers while it serves."""

    folder: Path
    key: str
    url: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def follow(self, log: VerifyingKey) -> None:
        done = self.run("follow", log.text)
        assert done.returncode == 0, done.stderr

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_witness(self.folder, *words)

    def start(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        self.process = subprocess.Popen(
            [WORKDIARY, "witness", "serve", "--folder", str(self.folder), "--port", port],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code


def run_witness(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WORKDIARY, "witness", *words, "--folder", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def a_third_party(folder: Path) -> Iterator[ThirdPartyWitness]:
    made = run_witness(folder, "init", NAME)
    assert made.returncode == 0, made.stderr
    witness = ThirdPartyWitness(folder, made.stdout.strip())
    witness.start()
    try:
        yield witness
    finally:
        if witness.process is not None:
            witness.stop()
