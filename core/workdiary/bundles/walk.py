"""A bundle's log from its first entry to its signed head: RFC 6962, C2SP, and the device chains.

Fast: a device's last signature vouches for its chain, because each entry names the one before it;
``full`` checks every signature, and every head that an entry claims to have seen.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from workdiary.agreement import TERMS_KINDS
from workdiary.bodies import Body, ChangeBody, ContractBody, DeviceBody
from workdiary.bundles.complaints import Complaint
from workdiary.bundles.form import body_name
from workdiary.bundles.reading import Bundle
from workdiary.checkpoints import Head, open_head
from workdiary.entries import (
    BODY_OF,
    NO_ENTRY,
    Entry,
    EntryKind,
    check_chain,
    commitment,
    device_key_name,
    note_id,
    read_body,
    read_entry,
    read_leaf,
    server_device_id,
    verify_entry,
)
from workdiary.errors import InvalidError, RefusedError
from workdiary.merkle import EMPTY_ROOT, Tree, leaf_hash
from workdiary.notes import VerifyingKey
from workdiary.segments import SEGMENT_SECONDS
from workdiary.tlog.proofs import Nodes, tree_root
from workdiary.tlog.tiles import WIDTH, Tile, bundles, read_bundle, tile_nodes, width_of

_CLOCK_SECONDS = 120
_SERVER = "0" * 32
_BY_FREELANCER = frozenset(
    {
        EntryKind.SEGMENT_TRACKED,
        EntryKind.SEGMENT_MANUAL,
        EntryKind.SEGMENT_DELETED,
        EntryKind.MEMO_EDITED,
    }
)
_BY_CLIENT = frozenset(
    {
        EntryKind.SEGMENT_CONTESTED,
        EntryKind.ADJUSTMENT_ACCEPTED,
        EntryKind.ADJUSTMENT_DECLINED,
    }
)
_SAYS_WHO = frozenset(
    {
        EntryKind.CONTRACT_OPENED,
        EntryKind.CONTRACT_CHANGED,
        EntryKind.DEVICE_ENROLLED,
        EntryKind.DEVICE_REVOKED,
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry at its place in the log."""

    index: int
    received: int
    id: str
    note: bytes
    entry: Entry

    @property
    def place(self) -> str:
        return f"entry {self.index}"


@dataclass(slots=True)
class Walk:
    """What is known of a log up to the entry that was walked last."""

    bundle: Bundle
    full: bool
    head: Head | None = None
    tree: Tree = field(default_factory=Tree)
    keys: dict[str, VerifyingKey] = field(default_factory=dict)
    person: dict[str, str] = field(default_factory=dict)
    freelancer: str = ""
    clients: frozenset[str] = frozenset()
    afterwards: int = 0
    """Segments that were signed after later entries were seen: what was worked before a crash, or
    made up afterwards. The log cannot tell which."""
    _chains: dict[str, tuple[int, str]] = field(default_factory=dict)
    _last: dict[str, Told] = field(default_factory=dict)
    _starts: dict[str, int] = field(default_factory=dict)
    _masks: dict[tuple[str, int], int] = field(default_factory=dict)
    _revoked: set[str] = field(default_factory=set)
    _receipts: list[int] = field(default_factory=list)
    _levels: dict[int, list[bytes]] = field(default_factory=dict)
    _nodes: Nodes | None = None

    def check(self) -> Iterator[Complaint]:
        """Walk the whole log; what is known of it stands here afterwards."""
        manifest = self.bundle.manifest
        for signer in manifest.signers:
            self._introduce(signer.device, signer.key)
        try:
            key = VerifyingKey.read(manifest.log_key)
            self.head = open_head(self.bundle.checkpoint, key)
            own = server_device_id(key.public)
            self._introduce(own, key.public.hex())
            self.person[own] = _SERVER
        except InvalidError as error:
            yield Complaint("head", "checkpoint", f"the log's key did not sign this head: {error}")
            return
        for tile in bundles(0, self.head.size):
            leaves = yield from self._leaves(tile)
            if leaves is None:
                return
            for raw in leaves:
                yield from self._take(raw)
            yield from self._check_tiles()
        yield from self._check_ends(self.head)

    def entries(self) -> Iterator[Told]:
        """The entries once more, after they were walked: those that can be read."""
        index = 0
        for tile in bundles(0, self.tree.size):
            for raw in read_bundle(self.bundle.read(tile.path) or b"", tile.width):
                try:
                    received, note = read_leaf(raw)
                    yield Told(index, received, note_id(note), note, read_entry(note))
                except InvalidError:
                    pass  # it was named when it was walked
                index += 1

    def body(self, told: Told) -> Body | None:
        """What an entry commits to; None where the bundle has it not.

        :raises InvalidError: it is another
        """
        raw = self.bundle.read(body_name(told.id))
        if raw is None:
            return None
        if commitment(raw) != told.entry.body:
            raise InvalidError("its content is not what it commits to", "commitment")
        body: Body = read_body(raw, BODY_OF[told.entry.kind])
        return body

    def root_at(self, size: int) -> bytes:
        """The log's root when it had so many entries; the tiles were held to the entries before.

        :raises InvalidError: a tile is missing
        """
        if self._nodes is None:
            self._nodes = tile_nodes(self._tile, self.tree.size)
        return tree_root(size, self._nodes) if size else EMPTY_ROOT

    def received_at(self, size: int) -> int:
        """When the log came to have so many entries, by the server's clock; 0 for none."""
        return self._receipts[size - 1] if size else 0

    def _tile(self, tile: Tile) -> bytes:
        found = self.bundle.read(tile.path)
        if found is None:
            raise InvalidError(f"{tile.path} is missing", "tile")
        return found

    def _leaves(self, tile: Tile) -> Generator[Complaint, None, list[bytes] | None]:
        """The entries of a bundle of them; None where they cannot be read: nothing follows then."""
        try:
            return read_bundle(self._tile(tile), tile.width)
        except InvalidError as error:
            said = f"{error}: this and every later entry cannot be checked"
            yield Complaint("tile", tile.path, said)
            return None

    def _take(self, raw: bytes) -> Iterator[Complaint]:
        index, place = self.tree.size, f"entry {self.tree.size}"
        hashed = leaf_hash(raw)
        self.tree = self.tree.grow(hashed)
        self._add(hashed)
        try:
            received, note = read_leaf(raw)
            told = Told(index, received, note_id(note), note, read_entry(note))
        except InvalidError as error:
            yield Complaint("entry", place, f"it is no entry: {error}")
            self._receipts.append(self._receipts[-1] if self._receipts else 0)
            return
        if self._receipts and received < self._receipts[-1]:
            yield Complaint("order", place, "it was received before the one before it")
        self._receipts.append(received)
        yield from self._learn(told)
        yield from self._check_chain(told)
        yield from self._check_time(told)
        if self.full:
            yield from self._check_signature(told)
            yield from self._check_role(told)
        self._last[told.entry.device] = told

    def _learn(self, told: Told) -> Iterator[Complaint]:
        """Who may write, from the bodies that say so: terms, and devices that enter or leave."""
        if told.entry.kind not in _SAYS_WHO:
            return
        try:
            body = self.body(told)
        except InvalidError as error:
            yield Complaint("content", told.place, str(error))
            return
        if isinstance(body, ContractBody):
            self.freelancer, self.clients = body.freelancer, frozenset(body.clients)
        elif isinstance(body, ChangeBody) and isinstance(body.clients, tuple):
            self.clients = frozenset(body.clients)
        elif isinstance(body, DeviceBody) and told.entry.kind is EntryKind.DEVICE_ENROLLED:
            known = self.keys.get(body.device)
            self._introduce(body.device, body.public_key)
            self.person[body.device] = body.person
            if known not in (None, self.keys[body.device]):
                said = f"device {body.device} enters with another key than the bundle names"
                yield Complaint("device", told.place, said)
        elif isinstance(body, DeviceBody):
            self._revoked.add(body.device)

    def _introduce(self, device: str, public: str) -> None:
        self.keys[device] = VerifyingKey(device_key_name(device), bytes.fromhex(public))

    def _check_chain(self, told: Told) -> Iterator[Complaint]:
        entry = told.entry
        if not self.head or entry.contract != self.head.origin.rpartition("/")[2]:
            yield Complaint("contract", told.place, "it is of another contract")
        try:
            check_chain(entry, *self._chains.get(entry.device, (-1, NO_ENTRY)))
        except RefusedError as error:
            yield Complaint("gap", told.place, str(error))
        if entry.device in self._revoked:
            said = f"device {entry.device} was revoked before it"
            yield Complaint("revoked", told.place, said)
        self._chains[entry.device] = (entry.seq, told.id)

    def _check_time(self, told: Told) -> Iterator[Complaint]:
        """An entry's own time: not after its receipt, and not back."""
        entry = told.entry
        if entry.seen.size > told.index:
            yield Complaint("seen", told.place, "it has seen more than there was")
            return
        if entry.start is None:
            return
        if entry.start + SEGMENT_SECONDS < self.received_at(entry.seen.size) - _CLOCK_SECONDS:
            self.afterwards += 1
        if entry.start > told.received + _CLOCK_SECONDS:
            yield Complaint("future", told.place, "it begins after it was received")
        if entry.start < self._starts.get(entry.device, 0):
            yield Complaint("time-back", told.place, "its device's time went back")
        self._starts[entry.device] = entry.start
        slot = (entry.device, entry.start)
        if self._masks.get(slot, 0) & entry.mask:
            yield Complaint("twice", told.place, "its device claims a minute of it twice")
        self._masks[slot] = self._masks.get(slot, 0) | entry.mask

    def _check_signature(self, told: Told) -> Iterator[Complaint]:
        key = self.keys.get(told.entry.device)
        if key is None:
            said = f"nothing says which key device {told.entry.device} has"
            yield Complaint("device", told.place, said)
            return
        try:
            verify_entry(told.note, key)
        except InvalidError as error:
            yield Complaint("signature", told.place, str(error))

    def _check_role(self, told: Told) -> Iterator[Complaint]:
        """Whether who signed may write this kind; without contents nobody is known."""
        person = self.person.get(told.entry.device)
        if person is None or not self.freelancer:
            return
        kind = told.entry.kind
        wrong = (
            (kind in _BY_FREELANCER and person != self.freelancer)
            or (kind in _BY_CLIENT and person not in self.clients)
            or (kind in TERMS_KINDS and person == self.freelancer)
            or (kind is EntryKind.WEEK_CLOSED and person != _SERVER)
        )
        if wrong:
            yield Complaint("role", told.place, f"who signed it may not write {kind}")

    def _add(self, hashed: bytes) -> None:
        self._levels.setdefault(0, []).append(hashed)

    def _check_tiles(self) -> Iterator[Complaint]:
        """Hold the tiles that are full by now to the entries; the last ones may stay partial."""
        if self.head is None:
            return
        level, last = 0, self.tree.size == self.head.size
        while self._levels.get(level):
            hashes = self._levels[level]
            if len(hashes) < WIDTH and not last:
                return
            index = (self.tree.size - 1 >> 8 * level) // WIDTH
            width = width_of(level, index, self.head.size)
            tile = Tile(level, index, width)
            if width and self.bundle.read(tile.path) != b"".join(hashes[:width]):
                yield Complaint("tile", tile.path, "it does not hold the hashes of the entries")
            if len(hashes) < WIDTH:
                return
            whole = Tree()
            for one in hashes:
                whole = whole.grow(one)
            self._levels[level] = []
            self._levels.setdefault(level + 1, []).append(whole.root)
            level += 1

    def _check_ends(self, head: Head) -> Iterator[Complaint]:
        if self.tree.root != head.root:
            said = "the log's head is signed over other entries than these"
            yield Complaint("root", "checkpoint", said)
            return
        for told in self._last.values():
            if not self.full:
                yield from self._check_signature(told)
                yield from self._check_role(told)
        for told in self.entries() if self.full else self._last.values():
            seen = told.entry.seen
            if seen.size <= told.index:
                yield from self._check_seen(told)

    def _check_seen(self, told: Told) -> Iterator[Complaint]:
        seen = told.entry.seen
        try:
            same = self.root_at(seen.size).hex() == seen.root
        except InvalidError as error:
            yield Complaint("tile", told.place, f"what it has seen cannot be compared: {error}")
            return
        if not same:
            said = f"it was made on another history: its log of {seen.size} entries is not this one"
            yield Complaint("seen", told.place, said)
