"""A real server's log in the hands of others: Go's sumdb, aics-tlog and aics-witness."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import pytest
from billkit import MONDAY, TEN, Clock
from outsiders import aics, aics_program, ask_go
from serverkit import (
    Device,
    a_freelancer,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from thirdpartykit import a_third_party
from workdiary.checkpoints import Head, open_head, sign_head
from workdiary.client import DiaryClient
from workdiary.entries import leaf
from workdiary.merkle import leaf_hash
from workdiary.notes import SigningKey, VerifyingKey
from workdiary.strict import to_base64
from workdiary.tlog.cosignatures import cosign, cosigner_text, read_cosignature, read_cosigner
from workdiary.tlog.logged import Logged
from workdiary.tlog.tiles import ENTRIES, Tile, bundles, read_bundle, width_of

SLOTS = 280
FRIDAY = Clock(MONDAY + 4 * 86_400.0)
"""No week is closed meanwhile: that would be an entry of its own."""


@asynccontextmanager
async def a_log(folder: Path, slots: int = SLOTS) -> AsyncIterator[tuple[Device, str]]:
    """Ada and her contract, with ``slots`` segments and two other entries."""
    start = int(FRIDAY()) - TEN * (slots + 9)
    async with running_server(folder, FRIDAY) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        for slot in range(slots):
            await send(ada, contract, tracked_entry(ada, contract, start + 600 * slot))
        yield ada, contract


async def log_key(client: DiaryClient, contract: str) -> VerifyingKey:
    return VerifyingKey.read((await client.contract(contract)).log_key)


async def tiles_of(client: DiaryClient, contract: str, size: int) -> dict[str, bytes]:
    """Every tile and bundle that the log serves, by path."""
    found = {}
    for level in (ENTRIES, 0, 1):
        for index in range((size >> 8 * max(level, 0)) // 256 + 1):
            if width := width_of(level, index, size):
                tile = Tile(level, index, width)
                found[tile.path] = await client.tile(contract, tile)
    return found


async def test_go_takes_a_servers_head_tiles_entries_receipts_and_proofs(tmp_path: Path) -> None:
    async with a_log(tmp_path) as (ada, contract):
        client, key = ada.client, await log_key(ada.client, contract)
        signed = tracked_entry(ada, contract, an_earlier_slot(FRIDAY()))
        receipt = await send(ada, contract, signed)
        checkpoint = await client.checkpoint(contract)
        head = open_head(checkpoint, key)
        tiles = await tiles_of(client, contract, head.size)
        entries = [
            entry
            for tile in bundles(0, head.size)
            for entry in read_bundle(tiles[tile.path], tile.width)
        ]
        tree = {"size": head.size, "root": head.root}
        asked: list[dict[str, object]] = [
            {"do": "note", "note": checkpoint, "key": key.text},
            {"do": "tiles", "tiles": tiles, "entries": entries, "index": 7} | tree,
        ]
        shown = [(index, await client.proof(contract, index)) for index in (0, 7, 255, 256, 282)]
        for index, text in [*shown, (receipt.index, receipt.proof)]:
            proof = Logged.read(text)
            asked.append(
                {
                    "do": "inclusion",
                    "proof": list(proof.path),
                    "index": index,
                    "leaf": leaf_hash(entries[index]),
                }
                | tree
            )
        assert entries[receipt.index] == leaf(receipt.received, signed.note)
        answer = await client.consistency(contract, 100)
        proof_of_old = Logged.read(await client.proof(contract, 7)).path
        asked.append(
            {
                "do": "consistency",
                "proof": [bytes.fromhex(one) for one in answer.hashes],
                "old": 100,
                "oldRoot": _root(entries[:100]),
            }
            | tree
        )
        said = ask_go(tmp_path, asked)
        assert [one.refused for one in said] == [""] * len(asked)
        assert said[0].text == head.text
        assert said[1].text == " ".join(one.hex() for one in proof_of_old)


def _root(entries: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written."""
    if len(entries) == 1:
        return leaf_hash(entries[0])
    half = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(entries[:half]) + _root(entries[half:])).digest()


async def test_aics_tlog_verifies_a_downloaded_log(tmp_path: Path) -> None:
    aics_program("aics-tlog")
    mirror = tmp_path / "mirror"
    async with a_log(tmp_path / "server") as (ada, contract):
        client, key = ada.client, await log_key(ada.client, contract)
        (tmp_path / "old").write_text(await client.checkpoint(contract))
        receipt = await send(ada, contract, tracked_entry(ada, contract, an_earlier_slot(FRIDAY())))
        made = cosign(open_head(receipt.head.checkpoint, key), ada.key, int(time.time()))
        await client.cosign(contract, receipt.head.size, made.line)
        files = await tiles_of(client, contract, receipt.head.size)
        files["checkpoint"] = (await client.checkpoint(contract)).encode()
    for path, content in files.items():
        (mirror / path).parent.mkdir(parents=True, exist_ok=True)
        (mirror / path).write_bytes(content)
    witness = ("--witness-key", cosigner_text(ada.key.public), "--quorum", "1")
    tiles = ("--tiles", str(mirror), "--log-key", key.text, "--origin", key.name)
    entry = read_bundle(files["tile/entries/001.p/27"], 27)[4]
    (tmp_path / "leaf").write_bytes(entry)
    asked = {
        "verify-checkpoint": witness,
        "verify-inclusion": ("--index", "260", "--leaf", str(tmp_path / "leaf")),
        "verify-consistency": ("--old-checkpoint", str(tmp_path / "old")),
    }
    for command, more in asked.items():
        done = aics("aics-tlog", command, *tiles, *more)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    (tmp_path / "leaf").write_bytes(entry.replace(b"segment", b"segmenT"))
    forged = aics("aics-tlog", "verify-inclusion", *tiles, *asked["verify-inclusion"])
    assert forged.returncode != 0


@contextmanager
def their_witness(folder: Path, log: VerifyingKey) -> Iterator[tuple[str, VerifyingKey]]:
    """aics-witness on a free loopback port, which knows our log: its URL and key."""
    program = aics_program("aics-witness")
    folder.mkdir()
    config = str(folder / "witness.json")
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    made = aics("aics-witness", "init", "-c", config, "--name", "w.example", "--listen", listen)
    assert made.returncode == 0, made.stderr
    vkey = next(word for word in made.stdout.split() if word.startswith("w.example+"))
    known = aics("aics-witness", "add-log", "-c", config, "--origin", log.name, "--vkey", log.text)
    assert known.returncode == 0, known.stderr
    process = subprocess.Popen(
        [program, "serve", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(listen, process)
        yield f"http://{listen}", read_cosigner(vkey)
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def our_witness(folder: Path, log: VerifyingKey) -> Iterator[tuple[str, VerifyingKey]]:
    """``workdiary witness`` as a third party runs it, beside the one it must behave like."""
    with a_third_party(folder) as witness:
        witness.follow(log)
        yield witness.url, read_cosigner(witness.key)


def _wait_for(listen: str, process: subprocess.Popen[bytes]) -> None:
    host, port = listen.split(":")
    for _ in range(200):
        assert process.poll() is None, "the witness ended"
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the witness does not listen")


@pytest.mark.parametrize("a_witness", [their_witness, our_witness])
async def test_an_independent_witness_follows_a_servers_log_and_refuses_a_fork(
    a_witness: Callable[[Path, VerifyingKey], AbstractContextManager[tuple[str, VerifyingKey]]],
    tmp_path: Path,
) -> None:
    if a_witness is their_witness:
        aics_program("aics-witness")
    async with (
        a_log(tmp_path / "server", slots=3) as (ada, contract),
        aiohttp.ClientSession() as session,
    ):
        key = await log_key(ada.client, contract)

        with a_witness(tmp_path / "witness", key) as (url, witness):

            async def show(old: int, path: list[bytes], checkpoint: str) -> tuple[int, str]:
                lines = "".join(f"{to_base64(one)}\n" for one in path)
                body = f"old {old}\n{lines}\n{checkpoint}"
                async with session.post(f"{url}/add-checkpoint", data=body.encode()) as answer:
                    return answer.status, await answer.text()

            old = 0
            for slot in (0, 5, 1, 0):
                for ago in range(slot):
                    start = an_earlier_slot(FRIDAY(), ago=20 + 10 * slot + ago)
                    await send(ada, contract, tracked_entry(ada, contract, start))
                shown = await ada.client.consistency(contract, old)
                path = [bytes.fromhex(one) for one in shown.hashes]
                status, line = await show(old, path, shown.head.checkpoint)
                head = open_head(shown.head.checkpoint, key)
                assert (status, head.size) == (200, shown.head.size)
                assert abs(read_cosignature(line, head, witness).at - time.time()) < 120
                old = head.size
            secret = (tmp_path / "server" / "log.key").read_text().strip()
            fork = Head(key.name, old + 1, bytes(32))
            signed = sign_head(fork, SigningKey(key.name, bytes.fromhex(secret)))
            assert (await show(old, [bytes(32)], signed))[0] == 422
            small = sign_head(Head(key.name, 1, bytes(32)), SigningKey(key.name, bytes(32)))
            assert (await show(0, [], small))[0] == 403
