"""``workdiary ssh-keys``: lines that hold a key to one command, beside lines that are not ours."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sshkit import Account, a_key, an_account
from workdiary import credentials
from workdiary.authorized_keys import folder_of, our_line
from workdiary.client import DiaryClient
from workdiary.errors import UnauthenticatedError

FOREIGN = [
    "# the administrator's",
    'from="10.0.0.1",command="/usr/bin/backup \\"all\\"" ssh-ed25519 AAAAforeign root@backup',
    "",
    "ssh-ed25519 AAAAother workdiary: not an id",
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with an_account(tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.fixture
def account(served: Account, tmp_path: Path) -> Account:
    """The account before anyone was let in."""
    return Account(served.data, tmp_path / "ssh" / "authorized_keys", tmp_path / "home")


def added(account: Account, person: str, key: Path, *options: str) -> str:
    ran = account.ssh_keys("add", person, f"{key}.pub", *options)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def why_not(account: Account, *arguments: str) -> str:
    """Why a command is refused: one line, and nothing was written."""
    before = account.keys.read_bytes() if account.keys.exists() else None
    ran = account.ssh_keys(*arguments)
    assert ran.returncode in {1, 2}, ran
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    assert (account.keys.read_bytes() if account.keys.exists() else None) == before
    return ran.stderr


def token_is_good(folder: Path) -> bool:
    held = credentials.load(folder)

    async def ask() -> bool:
        async with DiaryClient(held.server, held.token) as client:
            try:
                return bool(await client.me())
            except UnauthenticatedError:
                return False

    return asyncio.run(ask())


def test_a_line_holds_the_key_to_the_tui_of_one_person(account: Account, tmp_path: Path) -> None:
    added(account, "Alice", a_key(tmp_path, "alice"), "--until", "2099-12-31")
    (text,) = account.lines()
    assert text.startswith('restrict,pty,expiry-time="21000101",command="/')
    assert " ssh-ed25519 AAAA" in text
    assert text.endswith(" Alice")
    line = our_line(text)
    assert line is not None
    folder = folder_of(line)
    assert folder is not None
    assert credentials.load(folder).scope == "read"
    assert credentials.load(folder).person_name == "Alice"
    assert stat.S_IMODE(account.keys.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_adding_a_key_again_changes_nothing_but_its_last_day(
    account: Account, tmp_path: Path
) -> None:
    key = a_key(tmp_path, "alice")
    added(account, "Alice", key)
    first = account.keys.read_bytes()
    folder = folder_of(line) if (line := our_line(account.lines()[0])) else None
    assert folder is not None
    token = credentials.load(folder).token
    added(account, "Alice", key)
    assert account.keys.read_bytes() == first
    assert credentials.load(folder).token == token
    narrowed = account.keys.read_text().replace("restrict,pty", 'restrict,pty,from="10.0.0.0/8"')
    account.keys.write_text(narrowed)
    added(account, "Alice", key, "--until", "2099-12-31")
    (text,) = account.lines()
    assert 'restrict,pty,from="10.0.0.0/8",expiry-time="21000101",command=' in text


def test_lines_that_are_not_ours_survive_byte_by_byte(account: Account, tmp_path: Path) -> None:
    account.keys.parent.mkdir()
    foreign = "\n".join(FOREIGN).encode() + b" caf\xe9\r\n# no end"
    account.keys.write_bytes(foreign)
    account.keys.chmod(0o644)
    added(account, "Alice", a_key(tmp_path, "alice"))
    assert account.keys.read_bytes().startswith(foreign + b"\nrestrict,pty,")
    assert stat.S_IMODE(account.keys.stat().st_mode) == 0o600
    assert account.ssh_keys("remove", "Alice").returncode == 0
    assert account.keys.read_bytes() == foreign + b"\n"


def test_the_token_lives_as_long_as_the_last_key(account: Account, tmp_path: Path) -> None:
    keys = [a_key(tmp_path, name) for name in ("laptop", "desk")]
    for key in keys:
        added(account, "Alice", key)
    line = our_line(account.lines()[0])
    assert line is not None
    folder = folder_of(line)
    assert folder is not None
    held = credentials.load(folder)
    first = account.ssh_keys("remove", line.key.fingerprint)
    assert first.returncode == 0
    assert "revoked" not in first.stdout
    assert token_is_good(folder)
    second = account.ssh_keys("remove", "Alice")
    assert "Alice has no key any more: their token is revoked" in second.stdout
    assert account.keys.read_bytes() == b""
    assert not folder.exists()
    credentials.save(tmp_path / "copy", held)
    assert not token_is_good(tmp_path / "copy")


def test_a_revoked_token_is_renewed_by_adding_the_key_again(
    account: Account, tmp_path: Path
) -> None:
    key = a_key(tmp_path, "alice")
    added(account, "Alice", key)
    line = our_line(account.lines()[0])
    assert line is not None
    folder = folder_of(line)
    assert folder is not None
    device = credentials.load(folder).device
    assert account.run("device", "revoke", device).returncode == 0
    assert not token_is_good(folder)
    added(account, "Alice", key)
    assert token_is_good(folder)
    assert len(account.lines()) == 1


def test_a_list_says_whose_each_key_is_and_until_when(account: Account, tmp_path: Path) -> None:
    added(account, "Alice", a_key(tmp_path, "alice"), "--until", "2099-12-31")
    added(account, "Bob", a_key(tmp_path, "bob", "-t", "ecdsa"))
    account.keys.write_text(account.keys.read_text().replace("21000101", "20200102"))
    lines = account.run("ssh-keys", "list", "--authorized-keys", str(account.keys)).stdout
    assert "  ssh-ed25519  Alice  expired 2020-01-01\n" in lines
    assert "  ecdsa-sha2-nistp256  Bob\n" in lines
    listed = account.run("ssh-keys", "list", "--json", "--authorized-keys", str(account.keys))
    alice, bob = json.loads(listed.stdout)
    assert (alice["expired"], alice["until"]) == (True, "2020-01-01")
    assert (bob["expired"], bob["until"]) == (False, None)
    gone = account.ssh_keys("remove", "--expired")
    assert "Alice has no key any more" in gone.stdout
    assert len(account.lines()) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a public key"),
        ("hello world this is a note", "not a public key of a kind"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", "damaged"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACB x", "too weak"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", "ssh-keygen -i -f"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\n", "PRIVATE"),
        ('command="id" ssh-ed25519 AAAA', "not a public key of a kind"),
    ],
)
def test_what_is_no_sound_public_key_is_refused(
    account: Account, tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "key.pub").write_text(text)
    assert reason in why_not(account, "add", "Alice", str(tmp_path / "key.pub"))


def test_a_private_a_short_and_a_second_key_are_refused(account: Account, tmp_path: Path) -> None:
    key, short = a_key(tmp_path, "alice"), a_key(tmp_path, "short", "-t", "rsa", "-b", "2048")
    assert "PRIVATE key" in why_not(account, "add", "Alice", str(key))
    assert "2048 bits is too weak" in why_not(account, "add", "Alice", f"{short}.pub")
    two = tmp_path / "two.pub"
    two.write_text(Path(f"{key}.pub").read_text() * 2)
    assert "one key at a time" in why_not(account, "add", "Alice", str(two))


def test_a_key_is_one_persons_and_for_one_purpose(account: Account, tmp_path: Path) -> None:
    key, admin = a_key(tmp_path, "alice"), a_key(tmp_path, "admin")
    account.keys.parent.mkdir()
    account.keys.write_text(Path(f"{admin}.pub").read_text())
    added(account, "Alice", key)
    assert "this key is Alice's" in why_not(account, "add", "Bob", f"{key}.pub")
    assert "line 1 of" in why_not(account, "add", "Alice", f"{admin}.pub")


def test_whom_nobody_knows_is_said_with_whom_they_could_be(
    account: Account, tmp_path: Path
) -> None:
    key = a_key(tmp_path, "alice")
    assert "no person 'Carol'" in why_not(account, "add", "Carol", f"{key}.pub")
    added(account, "Alice", key)
    assert "these have: Alice" in why_not(account, "remove", "Carol")
    assert "name a person" in why_not(account, "remove")
    assert "is over" in why_not(account, "add", "Alice", f"{key}.pub", "--until", "2020-01-01")
