"""The owner's commands for log-ins over SSH: whose key opens which person's diaries."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import click
from workdiary import api
from workdiary.authorized_keys import KeyLine, our_line
from workdiary.client import DiaryClient
from workdiary.errors import ConfigError, NotFoundError, RefusedError
from workdiary.public_keys import PublicKey, read_public_key
from workdiary.text import harmless

from workdiary_server.commands import ssh_access
from workdiary_server.commands.options import (
    as_owner,
    folder_option,
    json_option,
    pick_person,
    show,
)
from workdiary_server.commands.ssh_files import one_at_a_time, read_lines, write_lines

_FLAGS = ("--over-ssh",)
"""What the TUI is told besides whom it reads for."""
_UNQUOTABLE = frozenset('"\\\n\r\0')
_LONGEST_KEY_FILE = 65_536

file_option = click.option(
    "--authorized-keys",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("~/.ssh/authorized_keys"),
    callback=lambda _context, _option, path: path.expanduser(),
    show_default=True,
    help="The file that sshd reads for this account.",
)


@click.group("ssh-keys")
def ssh_keys() -> None:
    """Let people read their diaries over SSH, each by their own key and no password.

    Run this as the account that they log in to, which also runs 'workdiary serve'.
    """


@ssh_keys.command("add")
@click.argument("person")
@click.argument("key_file", type=click.File("rb"))
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which the key works, by this machine's clock. [default: no end]",
)
@file_option
@folder_option
def add(
    person: str, key_file: BinaryIO, until: datetime | None, path: Path, folder: Path | None
) -> None:
    """Let PERSON (name or id) log in by the public key in KEY_FILE, to read and nothing else.

    KEY_FILE is the .pub file that they sent; '-' reads it from stdin. Adding a key again changes
    its last day, and renews what it reads with.
    """
    key = read_public_key(key_file.read(_LONGEST_KEY_FILE).decode("utf-8", "replace"))
    last_day = until.date() if until else None
    if last_day and last_day < _now().date():
        raise ConfigError(f"--until {last_day} is over: name a day that is to come")

    async def let_in(client: DiaryClient) -> api.Person:
        found = pick_person(await client.people(), person)
        lines = with_key(read_lines(path), key, found, last_day, path)
        await ssh_access.grant(client, found)
        write_lines(path, lines)
        return found

    with one_at_a_time(ssh_access.reviewers()):
        found = as_owner(folder, let_in)
    end = f" until {last_day}" if last_day else ""
    click.echo(f"{found.name} may log in by {key.fingerprint}{end}")


@ssh_keys.command("list")
@file_option
@json_option
def list_keys(path: Path, as_json: bool) -> None:
    """List the keys that let people in: fingerprint, kind, whose, and the last day."""
    keys = ours(read_lines(path))
    listed = [
        {
            "fingerprint": line.key.fingerprint,
            "kind": line.key.kind,
            "person": line.person,
            "name": line.name,
            "until": line.last_day,
            "expired": line.is_over(_now()),
        }
        for line in keys
    ]
    show(listed, as_json, [_listed(line) for line in keys])


@ssh_keys.command("remove")
@click.argument("who", metavar="PERSON|FINGERPRINT", required=False)
@click.option("--expired", is_flag=True, help="Remove all keys whose last day is over.")
@file_option
@folder_option
def remove(who: str | None, expired: bool, path: Path, folder: Path | None) -> None:
    """Refuse one key, or all keys of a person, from now on.

    With a person's last key their token is revoked, so that what is still open sees nothing more.
    """
    if (who is None) != expired:
        raise click.UsageError("name a person or a key's fingerprint, or say --expired")
    with one_at_a_time(ssh_access.reviewers()):
        lines = read_lines(path)
        now = _now()
        chosen = chosen_by(who, ours(lines)) if who else lambda line: line.is_over(now)
        gone = [line for line in ours(lines) if chosen(line)]
        if gone:
            write_lines(path, [text for text in lines if our_line(text) not in gone])
        for line in gone:
            click.echo(f"removed {_listed(line)}")
        _withdraw(folder, {line.person for line in ours(lines) if line not in gone})


def with_key(
    lines: Sequence[str], key: PublicKey, person: api.Person, last_day: date | None, path: Path
) -> list[str]:
    """The file's lines with this key in, once.

    :raises RefusedError: code ``key``; the key stands there already, for something else
    """
    command = _command(ssh_access.folder_for(person.id))
    for number, text in enumerate(lines):
        held = our_line(text)
        if held is None and key.blob in text.split():
            raise RefusedError(
                f"line {number + 1} of {path} lets this key in for something else, and sshd takes "
                "the first: remove that line, or ask for a key of its own",
                "key",
            )
        if held and held.key == key:
            if held.person != person.id:
                raise RefusedError(
                    f"this key is {harmless(held.name)}'s: remove it there first, "
                    f"by 'workdiary ssh-keys remove {key.fingerprint}'",
                    "key",
                )
            changed = held.held_to(command, last_day)
            return [*lines[:number], changed.text, *lines[number + 1 :]]
    new = KeyLine(key, person.id, harmless(person.name)).held_to(command, last_day)
    return [*lines, new.text]


def ours(lines: Sequence[str]) -> list[KeyLine]:
    return [line for line in map(our_line, lines) if line is not None]


def chosen_by(who: str, keys: Sequence[KeyLine]) -> Callable[[KeyLine], bool]:
    """Which lines are meant by a fingerprint, a person's name or their id.

    :raises NotFoundError: none, or people of one name
    """
    if who in {line.key.fingerprint for line in keys}:
        return lambda line: line.key.fingerprint == who
    people = {line.person: line.name for line in keys}
    people |= {held.person: held.person_name for held in ssh_access.known()}
    found = [person for person, name in people.items() if who in (person, name)]
    if len(found) == 1:
        return lambda line: line.person == found[0]
    if found:
        ids = ", ".join(found)
        raise NotFoundError(f"{len(found)} people are called {who}: use an id ({ids})")
    known = ", ".join(sorted({harmless(name) for name in people.values()})) or "nobody"
    raise NotFoundError(f"{who!r} has no key here; these have: {known}")


def _withdraw(folder: Path | None, keep: set[str]) -> None:
    """Revoke what the people without a key read with, if there are any: the server must run."""
    if all(held.person in keep for held in ssh_access.known()):
        return
    for name in as_owner(folder, lambda client: ssh_access.withdraw_all_but(client, keep)):
        click.echo(f"{harmless(name)} has no key any more: their token is revoked")


def _command(folder: Path) -> tuple[str, ...]:
    """What sshd runs for a person, whatever they ask for.

    :raises ConfigError: there is no program to name, or a path that sshd could not read back
    """
    beside = Path(sys.executable).with_name("workdiary")
    program = str(beside) if beside.exists() else shutil.which("workdiary")
    if program is None:
        raise ConfigError("no program 'workdiary' is on the PATH: install workdiary-tui here")
    if _UNQUOTABLE & set(f"{program}{folder}"):
        raise ConfigError(
            f"sshd cannot read a path such as {folder}: set WORKDIARY_HOME to another"
        )
    return (program, "tui", "--as", str(folder), *_FLAGS)


def _listed(line: KeyLine) -> str:
    over = "expired" if line.is_over(_now()) else "until"
    end = f"  {over} {line.last_day}" if line.last_day else ""
    return f"{line.key.fingerprint}  {line.key.kind}  {harmless(line.name)}{end}"


def _now() -> datetime:
    return datetime.now().astimezone()
