"""A backup's manifest: what it holds, to the byte, signed with the key that signs the logs.

The manifest is JSON; the signed note beside it names its SHA-256, so that it may have any size.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct
from workdiary.errors import InvalidError
from workdiary.notes import SigningKey, VerifyingKey, open_note, sign_note

FILE, NOTE = "manifest.json", "manifest.note"


class FileSum(Struct, frozen=True):
    """A file by its size and SHA-256."""

    size: int
    sha256: str


class LogState(Struct, frozen=True):
    """A contract's log as the backup has it."""

    contract: str
    size: int
    root: str


class Manifest(Struct, frozen=True, kw_only=True):
    """``lost`` are blobs that the diary names and the storage did not have."""

    version: int = 1
    name: str
    at: int
    database: FileSum
    keys: FileSum
    logs: tuple[LogState, ...]
    blobs: dict[str, FileSum]
    lost: tuple[str, ...] = ()


def manifest_key(name: str, secret: bytes) -> SigningKey:
    """The log key, under the name that it signs manifests with."""
    return SigningKey(f"{name}/backup", secret)


def sign_manifest(manifest: Manifest, key: SigningKey) -> tuple[bytes, bytes]:
    """The manifest's two files."""
    content = msgspec.json.encode(manifest)
    return content, sign_note(_text(content), key)


def read_manifest(folder: Path, key: VerifyingKey) -> Manifest:
    """:raises InvalidError: it is not there, was altered, or is another server's"""
    try:
        content, note = (folder / FILE).read_bytes(), (folder / NOTE).read_bytes()
    except OSError as error:
        raise InvalidError(f"{error.filename}: {error.strerror}", "manifest") from error
    try:
        text = open_note(note, key)
    except InvalidError as error:
        raise InvalidError(f"{folder / NOTE} is not signed by this diary: {error}") from error
    if text != _text(content):
        raise InvalidError(f"{folder / FILE} was altered: it is not what was signed", "manifest")
    try:
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise InvalidError(f"{folder / FILE}: {error}", "manifest") from error


def sum_of(content: bytes) -> FileSum:
    return FileSum(len(content), hashlib.sha256(content).hexdigest())


def sum_of_file(path: Path) -> FileSum:
    """:raises OSError: it cannot be read"""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileSum(path.stat().st_size, digest)


def _text(content: bytes) -> str:
    return f"workdiary backup\n{hashlib.sha256(content).hexdigest()}\n"
