"""Settings from one TOML file and the environment, into a frozen Struct; unknown keys are refused.

``WORKDIARY_SECTION__KEY`` in the environment outranks ``key`` in ``[section]``; with ``_FILE`` at
its end it names a file that holds the value, for secrets. An unknown key stops the start, and the
message names the nearest one that exists.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from workdiary.errors import ConfigError
from workdiary.nearest import nearest

S = TypeVar("S", bound=msgspec.Struct)

_PREFIX = "WORKDIARY_"
_FILE = "_FILE"


def load(kind: type[S], path: Path | None, environment: Mapping[str, str] = os.environ) -> S:
    """Read ``path`` (None, or not there: defaults) and the environment into ``kind``.

    ``kind`` has one field a section, each a Struct, or a mapping of names to free options.

    :raises ConfigError: names the file, the key, and what would be right
    """
    tables = _read(path)
    source = str(path) if path else "the settings"
    _refuse_unknown(tables, kind, source)
    for name, value in environment.items():
        _overlay(tables, kind, name, value)
    try:
        return msgspec.convert(tables, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {error}") from error


def _read(path: Path | None) -> dict[str, Any]:
    if path is None or not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _refuse_unknown(tables: dict[str, Any], kind: type[S], source: str) -> None:
    sections = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    for section, table in tables.items():
        if section not in sections:
            raise ConfigError(f"{source}: unknown section [{section}]{nearest(section, sections)}")
        if not isinstance(table, dict):
            raise ConfigError(f"{source}: {section} is a section: write [{section}]")
        keys = _keys(sections[section])
        for key in table:
            if keys is not None and key not in keys:
                raise ConfigError(
                    f"{source}: unknown key {key!r} in [{section}]{nearest(key, keys)}"
                )


def _overlay(tables: dict[str, Any], kind: type[S], name: str, value: str) -> None:
    """Put one variable of the environment over the file's value, if it is one of ours."""
    if not name.startswith(_PREFIX) or "__" not in name:
        return
    section, _, key = name.removeprefix(_PREFIX).lower().partition("__")
    sections = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    if section not in sections:
        return
    keys = _keys(sections[section])
    if keys is not None and key not in keys and key.removesuffix(_FILE.lower()) in keys:
        key, value = key.removesuffix(_FILE.lower()), _secret(name, value)
    if keys is not None and key not in keys:
        raise ConfigError(f"{name}: unknown key {key!r} in [{section}]{nearest(key, keys)}")
    tables.setdefault(section, {})[key] = value


def _secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ConfigError(f"{name} names {path}: {error.strerror}") from error


def _keys(section: Any) -> list[str] | None:
    """A section's keys; None where its options are free (a plugin checks them)."""
    if isinstance(section, type) and issubclass(section, msgspec.Struct):
        return [field.encode_name for field in msgspec.structs.fields(section)]
    return None
