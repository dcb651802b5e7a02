"""Where a master key may come from besides its file: the environment, systemd, a command.

A key is 64 hex digits everywhere; no message ever shows one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl

from workdiary_server.folder import parse_key

_COMMAND_SECONDS = 30
Provider = Callable[[], bytes]


class Environment:
    """``variable``: the name of the variable that holds the key."""

    @hookimpl
    def workdiary_key_providers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Provider]]:
        return {"environment": _environment}


class Credential:
    """``name``: of the credential that systemd hands to the unit (LoadCredentialEncrypted=)."""

    @hookimpl
    def workdiary_key_providers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Provider]]:
        return {"credential": _credential}


class Command:
    """``command``: a list of words; what it prints is the key."""

    @hookimpl
    def workdiary_key_providers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Provider]]:
        return {"command": _command}


environment, credential, command = Environment(), Credential(), Command()


def _environment(options: Mapping[str, Any]) -> Provider:
    name = _text(options, "variable", "WORKDIARY_MASTER_KEY")

    def provide() -> bytes:
        if name not in os.environ:
            raise ConfigError(f"the environment has no {name}, which [keys] variable names")
        return parse_key(os.environ[name], f"the variable {name}")

    return provide


def _credential(options: Mapping[str, Any]) -> Provider:
    name = _text(options, "name", "workdiary-master-key")

    def provide() -> bytes:
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ConfigError(
                "there is no CREDENTIALS_DIRECTORY: run the server as a systemd unit with "
                f"LoadCredentialEncrypted={name}"
            )
        path = Path(folder) / name
        try:
            return parse_key(path.read_text(), f"the credential {name}")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the credential {path} cannot be read: {error}") from error

    return provide


def _command(options: Mapping[str, Any]) -> Provider:
    words = options.get("command")
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        raise ConfigError(
            '[keys] command is a list of words, such as ["pass", "show", "workdiary"]'
        )
    _only(options, "command")

    def provide() -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own words, no shell
                words, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
            raise ConfigError(f"[keys] command: {words[0]} gave no key: {error}") from error
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise ConfigError(f"[keys] command: {words[0]} ended with {done.returncode}: {said}")
        return parse_key(done.stdout, f"what {words[0]} printed")

    return provide


def _text(options: Mapping[str, Any], name: str, usual: str) -> str:
    _only(options, name)
    value = options.get(name, usual)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"[keys] {name} is a text, such as {usual!r}")
    return value


def _only(options: Mapping[str, Any], name: str) -> None:
    unknown = sorted(set(options) - {name})
    if unknown:
        raise ConfigError(f"[keys] {unknown[0]} is not known here: there is {name}")
