"""TLS as it is served: an own certificate that invites carry, one given, and a proxy before it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import stat
from pathlib import Path

import aiohttp
import pytest
from serverkit import (
    a_freelancer,
    open_contract,
    run_workdiary,
    running_server,
    server_process,
)
from workdiary import credentials
from workdiary.addresses import Address
from workdiary.client import DiaryClient
from workdiary.enrolment import take_up
from workdiary.errors import ConfigError, InconsistentError, UnreachableError
from workdiary.notes import VerifyingKey
from workdiary_server.folder import Folder
from workdiary_server.settings import read_settings
from workdiary_server.tls import fingerprint, make_certificate, tls_of


def a_diary(folder: Path, settings: str) -> None:
    folder.mkdir()
    (folder / "server.toml").write_text(settings)
    made = run_workdiary(folder, "init", "--name", "diary.test")
    assert made.returncode == 0, made.stderr


def an_invite(folder: Path, name: str = "Ada") -> str:
    assert run_workdiary(folder, "person", "add", name).returncode == 0
    made = run_workdiary(folder, "invite", name, "--scope", "tracker")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_an_invite_carries_the_certificate_and_the_log_key(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    a_diary(folder, '[server]\ntls = "own"\n')
    with server_process(folder) as (url, _):
        assert url.startswith("https://")
        invite = an_invite(folder)
        home = {"WORKDIARY_HOME": str(tmp_path / "ada")}
        enrolled = run_workdiary(folder, "enrol", url, invite, environment=home)
        assert enrolled.returncode == 0, enrolled.stderr
        assert enrolled.stdout.strip().endswith(url)
        address = Address.read(credentials.load(tmp_path / "ada").server)
        assert address.certificate == fingerprint(folder / "tls.crt")
        assert len(address.log) == 32
        listed = run_workdiary(tmp_path / "none", "contracts", "--json", environment=home)
        assert (listed.returncode, json.loads(listed.stdout)) == (0, [])
    assert stat.S_IMODE((folder / "tls.key").stat().st_mode) == 0o600


def test_another_certificate_is_one_line_and_nothing_is_sent(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    a_diary(folder, '[server]\ntls = "own"\n')
    with server_process(folder) as (url, _):
        invite = an_invite(folder)
        pins = invite.partition("#")[2]
        home = {"WORKDIARY_HOME": str(tmp_path / "ada")}
        asyncio.run(_takes_up(url, invite))
        port = url.rpartition(":")[2]
    (folder / "tls.crt").unlink()
    (folder / "tls.key").unlink()
    (folder / "server.toml").write_text(f'[server]\ntls = "own"\nport = {port}\n')
    with server_process(folder) as (url, _):
        invite = an_invite(folder, "Eve")
        wrong = f"{invite.partition('#')[0]}#{pins}"
        refused = run_workdiary(folder, "enrol", url, wrong, environment=home)
        assert refused.returncode == 4
        assert "another certificate than the invite named" in refused.stderr
        without = run_workdiary(folder, "enrol", url, invite.partition("#")[0], environment=home)
        assert without.returncode == 4
        assert "use the whole invite" in without.stderr
        cut = run_workdiary(folder, "enrol", url, invite[:-3], environment=home)
        assert cut.returncode == 2
        assert "copy it whole" in cut.stderr
        taken = run_workdiary(folder, "enrol", url, invite, environment=home)
        assert taken.returncode == 0, "no try before it has used the invite up"


async def _takes_up(url: str, invite: str) -> None:
    saved = await take_up(url, invite, "laptop")
    async with DiaryClient(saved.server, saved.token) as client:
        assert (await client.me()).person.name == "Ada"


async def test_a_log_that_another_key_signs_is_refused_from_the_first_contact_on(
    tmp_path: Path,
) -> None:
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        shown = await ada.client.contract(contract)
        true = Address(server.url, log=VerifyingKey.read(shown.log_key).public)
        other = Address(server.url, log=bytes(32))
        async with DiaryClient(true.text, ada.token) as client:
            assert await client.contract(contract) == shown
        async with DiaryClient(other.text, ada.token) as client:
            for ask in (client.contract(contract), client.contracts()):
                with pytest.raises(InconsistentError, match="another key than the invite named"):
                    await ask


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('tls = "never"', "one of auto, own, proxy"),
        ('tls = "proxy"', "needs proxies"),
        ('certificate = "x.pem"', "set together"),
        ('certificate = "x.pem"\ncertificate_key = "y.pem"', "cannot be used"),
        ('tls = "proxy"\nproxies = ["::1"]\ncertificate = "x"\ncertificate_key = "y"', "exclude"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line(tmp_path: Path, settings: str, told: str) -> None:
    (tmp_path / "server.toml").write_text(f"[server]\n{settings}\n")
    with pytest.raises(ConfigError, match=told):
        tls_of(read_settings(tmp_path, {}), 0.0)


def test_this_machine_alone_is_served_plainly_and_all_others_by_tls(tmp_path: Path) -> None:
    here = ("127.0.0.1", "::1", "localhost")
    for host in (*here, "0.0.0.0", "192.0.2.7", "diary.example"):  # noqa: S104
        encrypted = host not in here
        (tmp_path / "server.toml").write_text(f'[server]\nhost = "{host}"\n')
        found = tls_of(read_settings(tmp_path, {}), 1_790_000_000.0)
        assert (found.context is not None, bool(found.pin)) == (encrypted, encrypted), host


async def test_a_certificate_of_ones_own_authority_needs_no_pin(tmp_path: Path) -> None:
    given = Folder(tmp_path / "given")
    given.make()
    make_certificate(given, 1_790_000_000.0)
    named = f'certificate = "{given.certificate}"\ncertificate_key = "{given.certificate_key}"'
    (tmp_path / "server.toml").write_text(f"[server]\n{named}\n")
    found = tls_of(read_settings(tmp_path, {}), 0.0)
    assert found.context is not None
    assert found.pin == b""
    assert not (tmp_path / "tls.crt").exists()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_only_tls_of_today_is_spoken(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    a_diary(folder, '[server]\ntls = "own"\n')
    with server_process(folder) as (url, _):
        host, port = url.removeprefix("https://").rsplit(":", 1)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        where = (host, int(port))
        with socket.create_connection(where) as raw, context.wrap_socket(raw) as wrapped:
            assert wrapped.version() == "TLSv1.3"
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(where) as raw, pytest.raises(ssl.SSLError):
            old.wrap_socket(raw)


@pytest.mark.parametrize("listed", [True, False])
async def test_only_a_proxy_that_is_listed_says_who_asks(tmp_path: Path, listed: bool) -> None:
    """Failed log-ins are counted by address: through a listed proxy by that of its caller."""
    proxies = '["127.0.0.1"]' if listed else '["192.0.2.1"]'
    (tmp_path / "server.toml").write_text(f'[server]\ntls = "proxy"\nproxies = {proxies}\n')
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as session:
        most = server.settings.limits.failed_logins_a_minute

        async def fails(address: str) -> int:
            headers = {"Authorization": "Bearer no", "X-Forwarded-For": f"9.9.9.9, {address}"}
            async with session.get(f"{server.url}/api/v1/me", headers=headers) as answer:
                return answer.status

        assert [await fails("198.51.100.1") for _ in range(most + 1)][-1] == 429
        assert await fails("198.51.100.2") == (401 if listed else 429)


async def test_a_plain_server_is_no_tls_server(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        url = server.url.replace("http://", "https://")
        async with DiaryClient(f"{url}#{Address(url, bytes(32)).text.partition('#')[2]}") as client:
            with pytest.raises(UnreachableError):
                await client.me()
