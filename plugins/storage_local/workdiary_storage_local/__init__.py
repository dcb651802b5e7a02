"""The storage backend ``local``: sealed blobs as files in one folder of the server's own disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl
from workdiary.storage import StorageFactory

from workdiary_storage_local.store import LocalStore

_MIB = 1 << 20


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of ``[storage.NAME]`` with ``plugin = "local"``.

    Below ``free_space_floor`` bytes of free space no blob is accepted, so that a database on the
    same disk never meets a full one. With ``create = false`` a missing or empty folder stops the
    start instead of becoming a new storage: the right setting for a disk that must be mounted.
    """

    path: str
    free_space_floor: Annotated[int, msgspec.Meta(ge=0)] = 256 * _MIB
    create: bool = True


def open_local(options: Mapping[str, Any]) -> LocalStore:
    """Make the store that ``options`` describe; nothing is touched before its ``start``."""
    try:
        chosen = msgspec.convert(
            {name: str(value) if name == "path" else value for name, value in options.items()},
            Options,
            strict=False,
        )
    except msgspec.ValidationError as error:
        known = ", ".join(Options.__struct_fields__)
        raise ConfigError(f"storage plugin local: {error} (options: {known})") from error
    if not chosen.path:
        raise ConfigError("storage plugin local: path is empty; name the folder for the blobs")
    path = Path(chosen.path).expanduser().absolute()
    return LocalStore(path, free_space_floor=chosen.free_space_floor, create=chosen.create)


@hookimpl
def workdiary_storage_backends() -> Mapping[str, StorageFactory]:
    return {"local": open_local}
