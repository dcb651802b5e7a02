"""What a log is held to from outside: receipts, tiles, proofs and cosignatures of a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from billkit import MONDAY, TEN, Clock
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_freelancer,
    a_person,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    stored,
    tracked_entry,
)
from workdiary import api
from workdiary.checkpoints import Head, open_head
from workdiary.client import DiaryClient
from workdiary.entries import device_key_name, leaf, read_leaf
from workdiary.errors import DeniedError, InvalidError, NotFoundError, OverloadedError, RefusedError
from workdiary.merkle import Tree, leaf_hash
from workdiary.notes import SigningKey, VerifyingKey
from workdiary.segments import from_epoch
from workdiary.storage import CorruptError
from workdiary.tlog.cosignatures import cosign, read_cosignature, read_cosigner
from workdiary.tlog.logged import Logged
from workdiary.tlog.proofs import tree_root, verify_consistency
from workdiary.tlog.tiles import Tile, bundles, read_bundle, split_hashes, width_of
from workdiary_server.db.migrations import migrate
from workdiary_server.http.keys import DIARY

ENTRIES_MANY = 300
FRIDAY = Clock(MONDAY + 4 * 86_400.0)
"""No week is closed while a log is looked at: that would be an entry of its own."""


@asynccontextmanager
async def a_log(folder: Path, slots: int) -> AsyncIterator[tuple[RunningServer, Device, str]]:
    """A contract whose log has ``slots`` segments of one week behind two other entries."""
    start = int(FRIDAY()) - TEN * (slots + 9)
    async with running_server(folder, FRIDAY) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        for slot in range(slots):
            await send(ada, contract, tracked_entry(ada, contract, start + 600 * slot))
        yield server, ada, contract


async def log_key(client: DiaryClient, contract: str) -> VerifyingKey:
    return VerifyingKey.read((await client.contract(contract)).log_key)


async def test_a_receipt_proves_by_itself_that_the_entry_is_in_the_log(tmp_path: Path) -> None:
    start = an_earlier_slot(ago=9)
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        key = await log_key(ada.client, contract)
        await enter_log(ada, contract)
        sent = []
        for slot in range(7):
            signed = tracked_entry(ada, contract, start + 600 * slot)
            sent.append((signed, await send(ada, contract, signed)))
        for signed, receipt in sent:
            again = await ada.client.append(contract, signed.note, signed.body)
            for got, size in ((receipt, receipt.index + 1), (again, 9)):
                head = Logged.read(got.proof).verify(leaf(got.received, signed.note), key)
                assert (head.size, Logged.read(got.proof).index) == (size, receipt.index)
                with pytest.raises(InvalidError):
                    Logged.read(got.proof).verify(leaf(got.received + 1, signed.note), key)


async def test_tiles_and_bundles_add_up_to_the_signed_head(tmp_path: Path) -> None:
    async with a_log(tmp_path, ENTRIES_MANY) as (_, ada, contract):
        key = await log_key(ada.client, contract)
        head = open_head(await ada.client.checkpoint(contract), key)
        assert head.size == ENTRIES_MANY + 2
        tree, receipts = Tree(), []
        for bundle in bundles(0, head.size):
            tile = Tile(0, bundle.index, bundle.width)
            hashes = split_hashes(await ada.client.tile(contract, tile))
            entries = read_bundle(await ada.client.tile(contract, bundle), bundle.width)
            assert hashes == [leaf_hash(entry) for entry in entries]
            for entry in entries:
                tree = tree.append(entry)
                receipts.append(read_leaf(entry)[0])
        assert (tree.size, tree.root) == (head.size, head.root)
        assert receipts == sorted(receipts)
        top = await ada.client.tile(contract, Tile(1, 0, 1))
        full = split_hashes(await ada.client.tile(contract, Tile(0, 0)))
        assert top == tree_root(256, lambda level, at: _node(full, level, at))
        for missing in (Tile(1, 0, 2), Tile(0, 2, 1), Tile(0, 1, 47), Tile(0, 1), Tile(2, 0, 1)):
            with pytest.raises(NotFoundError):
                await ada.client.tile(contract, missing)
        assert width_of(0, 1, head.size) == 46


def _node(hashes: list[bytes], level: int, index: int) -> bytes:
    tree = Tree()
    for one in hashes[index << level : (index + 1) << level]:
        tree = tree.grow(one)
    return tree.root


async def test_any_entry_is_proved_and_any_older_head_is_continued(tmp_path: Path) -> None:
    async with a_log(tmp_path, ENTRIES_MANY) as (_, ada, contract):
        key = await log_key(ada.client, contract)
        size = ENTRIES_MANY + 2
        leaves = []
        for bundle in bundles(0, size):
            leaves += read_bundle(await ada.client.tile(contract, bundle), bundle.width)
        trees = [Tree()]
        for one in leaves:
            trees.append(trees[-1].append(one))
        for index in (0, 1, 2, 127, 254, 255, 256, 257, 300, 301):
            proof = Logged.read(await ada.client.proof(contract, index))
            assert proof.verify(leaves[index], key).size == size
        for old in (0, 1, 2, 128, 255, 256, 257, 301, 302):
            answer = await ada.client.consistency(contract, old)
            path = [bytes.fromhex(one) for one in answer.hashes]
            head = open_head(answer.head.checkpoint, key)
            verify_consistency(path, old, trees[old].root, head.size, head.root)
        with pytest.raises(NotFoundError):
            await ada.client.proof(contract, size)
        with pytest.raises(NotFoundError):
            await ada.client.consistency(contract, size + 1)


async def test_a_head_is_signed_only_of_what_was_committed(tmp_path: Path) -> None:
    async with a_log(tmp_path, 3) as (server, ada, contract):
        before = await ada.client.checkpoint(contract)
        signed = tracked_entry(ada, contract, an_earlier_slot(FRIDAY()))
        writer = server.app[DIARY].db._db
        writer.set_commit_hook(lambda: True)  # SQLite then gives the transaction up
        with pytest.raises(OverloadedError):
            await ada.client.append(contract, signed.note, signed.body)
        assert await ada.client.checkpoint(contract) == before
        writer.set_commit_hook(None)
        receipt = await send(ada, contract, signed)
        key = await log_key(ada.client, contract)
        old = open_head(before, key)
        answer = await ada.client.consistency(contract, old.size)
        head = open_head(answer.head.checkpoint, key)
        path = [bytes.fromhex(one) for one in answer.hashes]
        verify_consistency(path, old.size, old.root, head.size, head.root)
        assert receipt.index == old.size


async def test_an_origin_is_never_used_for_another_log(tmp_path: Path) -> None:
    async with a_log(tmp_path, 1) as (server, ada, contract):
        ids = [contract]

        def the_same(count: int) -> bytes:
            return bytes.fromhex(contract) if count == 16 else bytes(count)

        with pytest.raises(RefusedError, match="open already"):
            await open_contract(server, ada.person, random=the_same)
        ids.append(await open_contract(server, ada.person))
        origins = {(await ada.client.contract(one)).origin for one in ids}
        assert len(origins) == 2


def _forget_the_tree(folder: Path) -> None:
    """The database as the version before tree hashes left it."""
    db = apsw.Connection(str(folder / "diary.sqlite"))
    db.execute("DROP TABLE tree_hash; DROP TABLE cosignature")
    db.execute("DELETE FROM migration WHERE name LIKE '%the_tree'")
    db.close()


async def test_a_diary_of_an_earlier_version_gets_its_tree_when_it_is_opened(
    tmp_path: Path,
) -> None:
    async with a_log(tmp_path, ENTRIES_MANY) as (_, ada, contract):
        before = [await ada.client.proof(contract, index) for index in (0, 255, 301)]
        token = ada.token
    _forget_the_tree(tmp_path)
    async with running_server(tmp_path, FRIDAY) as server, DiaryClient(server.url, token) as client:
        after = [await client.proof(contract, index) for index in (0, 255, 301)]
    assert after == before


async def test_a_log_that_does_not_add_up_to_its_head_stops_the_start(tmp_path: Path) -> None:
    async with a_log(tmp_path, 3):
        pass
    _forget_the_tree(tmp_path)
    db = apsw.Connection(str(tmp_path / "diary.sqlite"))
    db.execute("UPDATE entry SET received = received + 1 WHERE idx = 2")
    migrate(db, 0)
    db.close()
    with pytest.raises(CorruptError, match="does not add up"):
        async with running_server(tmp_path):
            pass


@asynccontextmanager
async def both_sides(folder: Path) -> AsyncIterator[tuple[RunningServer, Device, Device, str]]:
    """Ada's contract for Grace, who reviews it, with three entries."""
    async with running_server(folder) as server:
        people = [await a_person(server, name) for name in ("Ada", "Grace")]
        contract = await open_contract(server, people[0].id, [people[1].id])
        async with (
            a_device(server, people[0]) as ada,
            a_device(server, people[1], scope="review") as grace,
        ):
            await enter_log(ada, contract)
            await send(ada, contract, tracked_entry(ada, contract, an_earlier_slot()))
            yield server, ada, grace, contract


async def the_head(device: Device, contract: str) -> Head:
    key = await log_key(device.client, contract)
    return open_head(await device.client.checkpoint(contract), key)


async def test_each_side_sees_the_head_that_the_other_has_cosigned(tmp_path: Path) -> None:
    async with both_sides(tmp_path) as (_, ada, grace, contract):
        head = await the_head(ada, contract)
        made = cosign(head, ada.key, 1_700_000_000)
        await ada.client.cosign(contract, head.size, made.line)
        assert made.line in await grace.client.checkpoint(contract)
        assert made.line in await grace.client.proof(contract, 0)
        await send(ada, contract, tracked_entry(ada, contract, an_earlier_slot(ago=2)))
        assert made.line not in await grace.client.checkpoint(contract)
        later = await the_head(grace, contract)
        await grace.client.cosign(contract, later.size, cosign(later, grace.key, 5).line)
        for device in (ada, grace):
            by_role = {one.role: one for one in await device.client.cosignatures(contract)}
            assert set(by_role) == {"freelancer", "client"}
            seen = by_role["freelancer"]
            assert (seen.person, seen.device, seen.size) == ("Ada", ada.id, head.size)
            assert (seen.root, seen.at) == (head.root.hex(), from_epoch(1_700_000_000))
            text, _, line = seen.note.rpartition("\n\n")
            assert text + "\n" == head.text
            assert read_cosignature(line, head, read_cosigner(seen.key)).at == 1_700_000_000
            assert by_role["client"].size == later.size == head.size + 1


async def test_a_cosignature_that_is_not_one_is_refused(tmp_path: Path) -> None:
    async with both_sides(tmp_path) as (_, ada, grace, contract):
        head = await the_head(ada, contract)
        forged = (
            cosign(head, grace.key, 7).line,
            cosign(Head(head.origin, head.size, bytes(32)), ada.key, 7).line,
            cosign(Head("elsewhere", head.size, head.root), ada.key, 7).line,
            cosign(head, SigningKey(device_key_name(ada.id), bytes(32)), 7).line,
            cosign(head, ada.key, 7).line.rstrip("\n"),
            "— nonsense\n",
            "",
        )
        for line in forged:
            with pytest.raises(InvalidError):
                await ada.client.cosign(contract, head.size, line)
        with pytest.raises(NotFoundError):
            await ada.client.cosign(contract, head.size + 1, cosign(head, ada.key, 7).line)
        assert await grace.client.cosignatures(contract) == ()


async def test_a_device_does_not_take_back_what_it_has_seen(tmp_path: Path) -> None:
    async with both_sides(tmp_path) as (_, ada, grace, contract):
        small = await the_head(ada, contract)
        await send(ada, contract, tracked_entry(ada, contract, an_earlier_slot(ago=2)))
        large = await the_head(ada, contract)
        await ada.client.cosign(contract, large.size, cosign(large, ada.key, 7).line)
        with pytest.raises(RefusedError) as refused:
            await ada.client.cosign(contract, small.size, cosign(small, ada.key, 8).line)
        assert refused.value.code == "shrunk"
        await ada.client.cosign(contract, large.size, cosign(large, ada.key, 6).line)
        (seen,) = await grace.client.cosignatures(contract)
        assert (seen.size, seen.at) == (large.size, from_epoch(6))


async def test_a_token_of_no_machine_cosigns_nothing(tmp_path: Path) -> None:
    async with both_sides(tmp_path) as (server, ada, _grace, contract):
        head = await the_head(ada, contract)
        wanted = api.NewToken(person=ada.person, scope="tracker", label="of no machine")
        token = await server.owner.add_token(wanted)
        async with DiaryClient(server.url, token.secret or "") as client:
            with pytest.raises(DeniedError, match="enrolled machine"):
                await client.cosign(contract, head.size, cosign(head, ada.key, 7).line)


async def test_the_tree_costs_one_row_an_entry(tmp_path: Path) -> None:
    async with a_log(tmp_path, ENTRIES_MANY):
        entries = stored(tmp_path)["entry"]
        db = apsw.Connection(str(tmp_path / "diary.sqlite"))
        rows = db.execute("SELECT count(*) FROM tree_hash").get
        db.close()
    assert rows == entries + entries // 256
