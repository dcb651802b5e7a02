"""Both parties watch a real server's log; whoever hosts it rewrites it, with its own key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import apsw
import pytest
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_person,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.entries import Seen, leaf, note_id
from workdiary.errors import InconsistentError, InvalidError
from workdiary.merkle import EMPTY_ROOT, Tree, leaf_hash
from workdiary.mirror import Mirror
from workdiary.notes import SigningKey
from workdiary.witness import Witness, Witnessed
from workdiary_server.diary import tree
from workdiary_server.http.keys import DIARY


@dataclass
class Watched:
    """A contract between two parties who both have a mirror."""

    server: RunningServer
    ada: Device
    contract: str
    witnesses: dict[str, Witness]

    async def work(self, slots: int = 1, ago: int = 1) -> api.Receipt:
        for slot in range(slots):
            start = an_earlier_slot(ago=ago + slot)
            receipt = await send(
                self.ada, self.contract, tracked_entry(self.ada, self.contract, start)
            )
        return receipt

    async def look(self, who: str) -> Witnessed:
        witness = self.witnesses[who]
        return await witness.look(await witness.client.contract(self.contract))

    async def complaint(self, who: str) -> tuple[str, str]:
        """What a look finds inconsistent; it must be kept, and no head be cosigned."""
        witness = self.witnesses[who]
        cosigned = await witness.client.cosignatures(self.contract)
        held = witness.mirror.held(self.contract)
        with pytest.raises(InconsistentError) as refused:
            await self.look(who)
        assert witness.mirror.held(self.contract) == held
        assert await witness.client.cosignatures(self.contract) == cosigned
        kept = witness.mirror.complaints()[-1]
        assert (kept.code, kept.text) == (refused.value.code, str(refused.value))
        assert kept.evidence == await witness.client.checkpoint(self.contract)
        return refused.value.code, str(refused.value)

    def rewrite(self, how: Callable[[apsw.Connection], object]) -> None:
        """Change the log in the database, and make its head fit what is there then."""
        db = apsw.Connection(str(self.server.folder / "diary.sqlite"))
        db.set_busy_timeout(5000)
        key = bytes.fromhex(self.contract)
        with db:
            how(db)
            db.execute("DELETE FROM tree_hash WHERE contract = ?", (key,))
            grown = Tree()
            rows = list(
                db.execute(
                    "SELECT received, note FROM entry WHERE contract = ? ORDER BY idx", (key,)
                )
            )
            for received, note in rows:
                hashed = leaf_hash(leaf(received, note))
                tree.keep(db, key, grown.size, hashed)
                grown = grown.grow(hashed)
            db.execute(
                "UPDATE contract SET size = ?, edge = ? WHERE id = ?",
                (grown.size, grown.packed(), key),
            )
        db.close()


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    """Ada's contract for Grace with five entries; nobody has looked yet."""
    async with running_server(folder / "server") as server:
        people = [await a_person(server, name) for name in ("Ada", "Grace")]
        contract = await open_contract(server, people[0].id, [people[1].id])
        async with (
            a_device(server, people[0]) as ada,
            a_device(server, people[1], scope="review") as grace,
        ):
            await enter_log(ada, contract)
            witnesses = {
                name: Witness(device.client, Mirror(folder / name), device.key, lambda: 1e9)
                for name, device in (("ada", ada), ("grace", grace))
            }
            found = Watched(server, ada, contract, witnesses)
            await found.work(3, ago=5)
            yield found
            for witness in witnesses.values():
                witness.mirror.close()


async def test_each_party_mirrors_the_log_and_sees_that_the_other_saw_the_same(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as diary:
        assert (await diary.look("ada")).others == ()
        (ada,) = (await diary.look("grace")).others
        assert (ada.person, ada.role, ada.size, ada.agrees) == ("Ada", "freelancer", 5, True)
        receipt = await diary.work()
        assert (await diary.look("grace")).head.size == 6
        (grace,) = (await diary.look("ada")).others
        assert (grace.person, grace.role, grace.size, grace.agrees) == ("Grace", "client", 6, True)
        for witness in diary.witnesses.values():
            held = witness.mirror.held(diary.contract)
            assert (held.tree.size, held.cosigned) == (6, 6)
            assert held.tree.root.hex() == receipt.head.root
            assert witness.mirror.complaints() == []


async def test_a_party_that_is_behind_says_so_and_not_that_it_agrees(tmp_path: Path) -> None:
    async with watched(tmp_path) as diary:

        class Slow(DiaryClient):
            """Grace sees a newer head while Ada's machine cosigns an older one."""

            async def cosign(self, contract: str, size: int, line: str) -> None:
                await super().cosign(contract, size, line)
                await diary.work()
                await diary.look("grace")

        ada = diary.witnesses["ada"]
        contract = await ada.client.contract(diary.contract)
        async with Slow(diary.server.url, diary.ada.token) as client:
            seen = await replace(ada, client=client).look(contract)
        assert [(one.size, one.agrees) for one in seen.others] == [(6, False)]
        assert [(one.size, one.agrees) for one in (await diary.look("ada")).others] == [(6, True)]


async def test_dropped_entries_are_noticed_by_who_has_seen_them(tmp_path: Path) -> None:
    async with watched(tmp_path) as diary:
        await diary.look("ada")
        diary.rewrite(lambda db: db.execute("DELETE FROM entry WHERE idx >= 3"))
        code, text = await diary.complaint("ada")
        assert (code, text) == ("shrunk", "2 of 5 entries are gone from the server's log")
        assert (await diary.look("grace")).head.size == 3  # nobody had shown her more


async def test_an_entry_that_was_altered_is_named(tmp_path: Path) -> None:
    async with watched(tmp_path) as diary:
        await diary.look("ada")
        diary.rewrite(
            lambda db: db.execute("UPDATE entry SET received = received - 1 WHERE idx = 1")
        )
        assert (await diary.complaint("ada"))[0] == "altered"
        assert (await diary.complaint("ada"))[1] == "entry 1 is not the one it was"
        assert len(diary.witnesses["ada"].mirror.complaints()) == 1


async def test_an_entry_taken_from_the_middle_is_named(tmp_path: Path) -> None:
    async with watched(tmp_path) as diary:
        await diary.look("grace")

        def drop(db: apsw.Connection) -> None:
            db.execute("DELETE FROM entry WHERE idx = 2")
            db.execute("UPDATE entry SET idx = idx - 1 WHERE idx = 3")
            db.execute("UPDATE entry SET idx = idx - 1 WHERE idx = 4")

        diary.rewrite(drop)
        diary.ada.seen[diary.contract] = Seen(0, EMPTY_ROOT.hex())
        await diary.work(2, ago=1)
        assert await diary.complaint("grace") == ("altered", "entry 2 is not the one it was")


async def test_a_head_over_entries_that_nobody_is_shown_is_a_fork(tmp_path: Path) -> None:
    async with watched(tmp_path) as diary:
        await diary.look("ada")
        db = apsw.Connection(str(diary.server.folder / "diary.sqlite"))
        db.execute("UPDATE contract SET edge = zeroblob(length(edge))")
        db.close()
        assert (await diary.complaint("ada"))[0] == "forked"


async def test_an_entry_that_was_dropped_before_anyone_looked_leaves_a_gap(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as diary:

        def drop(db: apsw.Connection) -> None:
            db.execute("DELETE FROM entry WHERE idx = 3")
            db.execute("UPDATE entry SET idx = 3 WHERE idx = 4")

        diary.rewrite(drop)
        told = "entry 3 does not follow the one that its device made before it"
        assert await diary.complaint("grace") == ("gap", told)


@pytest.mark.parametrize("honest", [True, False])
async def test_a_server_that_signs_with_another_key_is_noticed(
    tmp_path: Path, honest: bool
) -> None:
    """Whether it says so, or gives out the old key and signs with the new one."""
    async with watched(tmp_path) as diary:
        await diary.look("ada")
        ada = diary.witnesses["ada"]
        before = await ada.client.contract(diary.contract)
        diary.server.app[DIARY].log_secret = bytes(32)
        after = await ada.client.contract(diary.contract)
        assert before.log_key != after.log_key
        with pytest.raises(InconsistentError) as refused:
            await ada.look(after if honest else before)
        assert refused.value.code == ada.mirror.complaints()[-1].code == "key"


async def test_two_histories_are_noticed_once_the_parties_compare(tmp_path: Path) -> None:
    async with watched(tmp_path) as diary:
        await diary.look("grace")
        diary.rewrite(
            lambda db: db.execute("UPDATE entry SET received = received - 1 WHERE idx = 0")
        )
        with pytest.raises(InconsistentError) as refused:
            await diary.look("ada")  # who sees this log for the first time
        assert refused.value.code == "split"
        (kept,) = diary.witnesses["ada"].mirror.complaints()
        assert "Grace" in kept.text
        assert "device/" in kept.evidence


async def test_what_is_cosigned_is_durable_first(tmp_path: Path) -> None:
    async with watched(tmp_path) as diary:
        right = diary.witnesses["ada"]
        wrong = Witness(
            right.client, right.mirror, SigningKey(right.key.public.name, bytes(32)), right.now
        )
        with pytest.raises(InvalidError):
            await wrong.look(await right.client.contract(diary.contract))
        again = Mirror(tmp_path / "ada")
        held = again.held(diary.contract)
        again.close()
        assert (held.tree.size, held.cosigned) == (5, 0)
        await diary.look("ada")
        assert right.mirror.held(diary.contract).cosigned == 5


async def test_an_entry_is_covered_once_its_receipts_leaf_is_in_the_mirror(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as diary:
        signed = tracked_entry(diary.ada, diary.contract, an_earlier_slot())
        receipt = await send(diary.ada, diary.contract, signed)
        mirror = diary.witnesses["ada"].mirror
        whole = leaf(receipt.received, signed.note)
        assert receipt.id == note_id(signed.note)
        assert not mirror.covers(diary.contract, receipt.index, whole)
        await diary.look("ada")
        assert mirror.covers(diary.contract, receipt.index, whole)
