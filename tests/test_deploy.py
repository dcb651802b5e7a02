"""What is shipped for hosting: the unit confines the server, and starts what exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from needs import require_program

UNIT = Path(__file__).parents[1] / "deploy" / "workdiary.service"


def test_the_unit_leaves_the_server_little_to_attack() -> None:
    program = require_program("systemd-analyze", "apt-get install systemd")
    done = subprocess.run(
        [program, "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= 1.5


def test_it_starts_a_command_that_there_is() -> None:
    command = re.search(r"^ExecStart=(.*)$", UNIT.read_text(), re.M)
    assert command is not None
    _, verb, *options = command[1].split()
    assert verb == "serve"
    from workdiary_server.commands.serve import serve

    known = {name for parameter in serve.params for name in parameter.opts}
    assert {one for one in options if one.startswith("--")} <= known
