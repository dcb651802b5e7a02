"""Where an answer goes that is a file: to its own place, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click


@contextmanager
def whole_file(output: Path) -> Iterator[BinaryIO]:
    """Write under another name, and then put it in its place; nothing stays of what failed.

    :raises click.ClickException: it cannot be written
    """
    temporary = output.with_name(f".{output.name}.{os.getpid()}.new")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(output)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_to_replace(output: Path | None, force: bool) -> None:
    """:raises click.UsageError: the file is there, and nobody said to replace it"""
    if output is not None and output.exists() and not force:
        raise click.UsageError(f"{output} is there already: use --force to replace it")
