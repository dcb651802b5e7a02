"""Run the README's two commands as a stranger would: fresh clone, empty home, empty cache.

The first opens the demo in a terminal (tmux stands in for the person), which must show the diary
and leave on Q; the second must pass the tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
SECONDS_TO_DEMO = 240
"""Installing from an empty cache included; the demo itself says how long it took."""


def main() -> None:
    demo, tests = [block.strip() for block in BLOCK.findall((ROOT / "README.md").read_text())[:2]]
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "workdiary")
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        home = Path(folder, "home")
        home.mkdir()
        environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
        for name in [name for name in environment if name.startswith("XDG_DATA")]:
            del environment[name]
        check_demo(demo, clone, environment)
        print(f"== {tests}", flush=True)
        done = subprocess.run(["bash", "-c", tests], cwd=clone, env=environment, check=False)
        sys.exit(done.returncode)


def check_demo(command: str, clone: Path, environment: dict[str, str]) -> None:
    """The command in a terminal of 100×30 shows the contracts and ends when asked to."""
    print(f"== {command}", flush=True)
    socket = str(clone.parent / "tmux")
    tmux = [shutil.which("tmux") or "tmux", "-S", socket, "-f", "/dev/null"]
    started = time.monotonic()
    script = f"{command}; echo exit=$?; sleep 30"
    subprocess.run(
        [
            *tmux,
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "30",
            "-c",
            str(clone),
            "bash",
            "-c",
            script,
        ],
        env=environment,
        check=True,
    )
    try:
        screen = wait_for(tmux, "Contracts", started)
        print(f"== the diary stood on the screen after {time.monotonic() - started:.0f} s")
        print(screen)
        subprocess.run([*tmux, "send-keys", "Q"], check=True)
        wait_for(tmux, "exit=0", started)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def wait_for(tmux: list[str], text: str, started: float) -> str:
    screen = ""
    while time.monotonic() - started < SECONDS_TO_DEMO:
        shown = subprocess.run(
            [*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False
        )
        screen = shown.stdout
        if text in screen:
            return screen
        if "exit=" in screen:
            break
        time.sleep(0.5)
    sys.exit(f"the README's first command never showed {text!r}; the screen was:\n{screen}")


main()
