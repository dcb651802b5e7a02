"""What a storage backend is: it keeps bytes under keys and knows nothing of diaries.

Every error it raises is one of these, whatever its library calls them:

* StorageError
  - BlobNotFoundError      no blob under this key
  - BlobExistsError        keys are write-once, and this one is taken
  - InvalidKeyError        the key breaks the grammar of ``check_key``
  - StorageFullError       no room: HTTP 507; nothing was written
  - UnavailableError       try again later (``retry_after`` seconds, where known)
  - StorageDeniedError     the backend refuses our credentials or permissions
  - CorruptError           the bytes are not what was put
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from workdiary.errors import CodedError


class StorageError(CodedError):
    """Base of what a storage backend may raise (CancelledError aside)."""

    code = "storage"


class BlobNotFoundError(StorageError):
    """There is no blob under this key."""

    code = "blob-not-found"


class BlobExistsError(StorageError):
    """A blob is under this key already; it was left as it is."""

    code = "blob-exists"


class InvalidKeyError(StorageError):
    """The key is not one that ``check_key`` lets through."""

    code = "invalid-key"


class StorageFullError(StorageError):
    """The backend has no room left; nothing of the blob remains."""

    code = "storage-full"


class UnavailableError(StorageError):
    """The backend cannot answer now; ``retry_after`` is in seconds, None where it is unknown."""

    code = "storage-unavailable"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StorageDeniedError(StorageError):
    """The backend refuses access; the message never shows a secret."""

    code = "storage-denied"


class CorruptError(StorageError):
    """The bytes are not the ones that were put."""

    code = "corrupt"


@dataclass(frozen=True, slots=True)
class BlobStat:
    """A blob's key and its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a backend works; ``reason`` is "" when it does. ``free`` is in bytes, if known."""

    ok: bool
    reason: str = ""
    free: int | None = None


class BlobStore(Protocol):
    """A storage backend, used from one event loop. Keys have passed ``check_key``; check again."""

    async def start(self) -> None:
        """Connect and clean up what a crash left; raises ConfigError naming the setting."""
        ...

    async def stop(self) -> None:
        """Finish writes in flight and let go; harmless when called twice."""
        ...

    async def health(self) -> Health:
        """Answer within two seconds; never raises."""
        ...

    async def put(self, key: str, blob: bytes) -> BlobStat:
        """Keep ``blob`` under ``key``: all or nothing, and durable on return.

        :raises BlobExistsError: the key is taken; the blob there is unchanged
        """
        ...

    async def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes from ``start`` to before ``end``; a range past the end is cut short."""
        ...

    def open(self, key: str) -> AsyncIterator[bytes]:
        """Iterate over a blob's bytes in pieces."""
        ...

    async def stat(self, key: str) -> BlobStat: ...

    async def delete(self, key: str) -> None:
        """Remove a blob; a key without one is no error."""
        ...

    def list(self, prefix: str = "", after: str = "") -> AsyncIterator[BlobStat]:
        """Iterate over the blobs whose key starts with ``prefix`` and sorts after ``after``.

        The order is that of the keys' bytes.
        """
        ...


StorageFactory = Callable[[Mapping[str, Any]], BlobStore]
"""Called with the options of ``[storage.NAME]``; raises ConfigError on a wrong or missing one."""

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*\Z", re.ASCII)
_KEY_LONGEST = 255


def is_key(text: str) -> bool:
    """Whether ``text`` is a key: lower-case ASCII parts joined by ``/``, at most 255 long.

    No part starts with a dot, so that no key leaves its root or meets a backend's own files.
    """
    return len(text) <= _KEY_LONGEST and _KEY.match(text) is not None


def check_key(key: str) -> str:
    """Return ``key`` if it is one. A backend may refuse one that another key goes on from.

    (``a`` and ``a/b`` cannot both be files; where keys are made, all have the same depth.)

    :raises InvalidKeyError: it is not
    """
    if not is_key(key):
        raise InvalidKeyError(f"{key[:80]!r} is not a storage key (a-z 0-9 . _ - and single /)")
    return key
