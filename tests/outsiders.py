"""Others' implementations of the log's forms, which must agree with ours: Go's, and aics'."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from needs import lack, require_program

_SOURCE = Path(__file__).parent / "oracles" / "tlog" / "main.go"
_PACKAGES = Path("/usr/share/gocode")
"""Where Debian's packages of Go libraries lie."""

_INSTALL_GO = "apt-get install golang-go golang-golang-x-mod-dev"
_INSTALL_AICS = (
    "python3 -m venv FOLDER && FOLDER/bin/pip install --ignore-requires-python "
    "aics-tlog==0.2.1 aics-witness==0.1.0, and put FOLDER/bin at the end of PATH"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What Go answered: the text it gives, or "" and the reason why it refused."""

    text: str
    refused: str

    @property
    def ok(self) -> bool:
        return not self.refused


def ask_go(folder: Path, questions: Iterable[Mapping[str, object]]) -> list[Said]:
    """Ask golang.org/x/mod/sumdb; bytes are sent as base64. ``folder`` is for the program."""
    asked = list(questions)
    done = subprocess.run(
        [_go_program(folder)],
        input="\n".join(json.dumps(question, default=_base64) for question in asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(asked), done.stderr
    return [Said(one.get("said", ""), one.get("refused", "")) for one in answers]


@cache
def _go_program(folder: Path) -> str:
    go = require_program("go", _INSTALL_GO)
    if not (_PACKAGES / "src/golang.org/x/mod/sumdb").exists():
        lack(f"golang.org/x/mod is not in {_PACKAGES}: {_INSTALL_GO}")
    program = folder / "tlog"
    subprocess.run(
        [go, "build", "-o", str(program), str(_SOURCE)],
        env=os.environ
        | {"GO111MODULE": "off", "GOPATH": str(_PACKAGES), "GOCACHE": str(folder / "go")},
        timeout=240,
        check=True,
    )
    return str(program)


def _base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"{value!r} is not sent")
    return base64.b64encode(value).decode()


def aics_program(name: str) -> str:
    return require_program(name, _INSTALL_AICS)


def aics(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run aics-tlog or aics-witness to its end."""
    return subprocess.run(
        [aics_program(program), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
