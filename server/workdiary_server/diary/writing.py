"""The server's own entries in a log, signed with the key that signs the log's heads."""

from __future__ import annotations

import apsw
from workdiary.bodies import Body, DeviceBody
from workdiary.entries import Entry, EntryKind, Seen, commitment, make_body, sign_entry

from workdiary_server.diary import log
from workdiary_server.diary.log import Appended, Submission
from workdiary_server.diary.service import Diary
from workdiary_server.folder import server_device
from workdiary_server.vault.keyring import SERVER


def introduce(
    db: apsw.Connection, diary: Diary, contract: bytes
) -> list[tuple[Appended, EntryKind]]:
    """The server's first entry in a log says which key is its own."""
    device, key = server_device(diary.log_secret)
    if log.chain(db, contract, bytes.fromhex(device))[0] >= 0:
        return []
    body = DeviceBody(
        device=device,
        person=SERVER.hex(),
        public_key=key.public.public.hex(),
        name=diary.name,
    )
    kind = EntryKind.DEVICE_ENROLLED
    return [(append_own(db, diary, contract, kind, body), kind)]


def append_own(
    db: apsw.Connection, diary: Diary, contract: bytes, kind: EntryKind, body: Body
) -> Appended:
    """Sign an entry as the server, and append it."""
    device, key = server_device(diary.log_secret)
    seq, prev = log.chain(db, contract, bytes.fromhex(device))
    tree, _ = log.state(db, contract)
    raw = make_body(body, diary.random)
    entry = Entry(
        kind=kind,
        contract=contract.hex(),
        device=device,
        seq=seq + 1,
        prev=prev,
        seen=Seen(tree.size, tree.root.hex()),
        body=commitment(raw),
    )
    submission = Submission(sign_entry(entry, key), entry, raw, body)
    return log.append(db, diary.keyring, submission, int(diary.now()))
