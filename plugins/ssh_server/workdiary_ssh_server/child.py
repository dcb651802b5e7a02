"""The forked process becomes a session: its own terminal, its own environment, one command."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios
import traceback
from collections.abc import Mapping, Sequence
from typing import NoReturn


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    descriptors: Sequence[int],
    terminal: bool,
) -> NoReturn:
    """Run ``workdiary ARGUMENTS`` and end the process, whatever happens; nothing returns here."""
    code = 1
    try:
        _take(descriptors, terminal)
        os.environ.clear()
        os.environ.update(environment)
        code = _run(arguments)
    except Exception:  # the outermost frame: the reader sees what a process of its own would show
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _take(descriptors: Sequence[int], terminal: bool) -> None:
    os.setsid()
    if terminal:
        fcntl.ioctl(descriptors[0], termios.TIOCSCTTY, 0)
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115


def _run(arguments: Sequence[str]) -> int:
    from workdiary.cli import main

    sys.argv = ["workdiary", *arguments]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
