"""Operating system errors as the closed set of storage errors."""

from __future__ import annotations

import errno
import os

from workdiary.storage import (
    CorruptError,
    InvalidKeyError,
    StorageDeniedError,
    StorageError,
    StorageFullError,
    UnavailableError,
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def storage_error(error: OSError, what: str) -> StorageError:
    """The storage error that says what ``error`` means for ``what`` (a key, or a listing)."""
    number = error.errno or 0
    message = f"{what}: {os.strerror(number) if number else error}"
    if number in _FULL:
        return StorageFullError(message)
    if number in _DENIED:
        return StorageDeniedError(message)
    if number == errno.ELOOP:
        return CorruptError(f"{what}: a symbolic link stands where a blob belongs")
    if number == errno.ENAMETOOLONG:
        return InvalidKeyError(message)
    return UnavailableError(message)
