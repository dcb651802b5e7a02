"""The schema as peewee models: what the migrations must add up to, and the queries of small tables.

Ids and digests are bytes, times seconds since 1970. Columns named ``sealed`` hold what nobody may
read from the file alone.
"""

from __future__ import annotations

from typing import Any

import apsw
import peewee
from peewee import BlobField, CompositeKey, IntegerField, SqliteDatabase, TextField

dialect = SqliteDatabase(None)
"""Renders SQL and is never connected: statements run on connections of our own."""


class Table(peewee.Model):
    class Meta:
        database = dialect
        legacy_table_names = False
        strict_tables = True


class Meta(Table):
    """Facts of this server that never change, such as its name."""

    key = TextField(primary_key=True)
    value = TextField()


class Person(Table):
    id = BlobField(primary_key=True)
    owner = IntegerField()
    created = IntegerField()
    sealed = BlobField()


class Device(Table):
    id = BlobField(primary_key=True)
    person = BlobField()
    public = BlobField()
    enrolled = IntegerField()
    revoked = IntegerField(null=True)
    sealed = BlobField()


class Token(Table):
    digest = BlobField(primary_key=True)
    id = BlobField(unique=True)
    person = BlobField()
    device = BlobField(null=True)
    scope = TextField()
    created = IntegerField()
    expires = IntegerField()
    sealed = BlobField()


class Invite(Table):
    digest = BlobField(primary_key=True)
    person = BlobField()
    scope = TextField()
    expires = IntegerField()


class SubjectKey(Table):
    """One key a contract, and one for the server's own names; each wrapped by the master key."""

    subject = BlobField(primary_key=True)
    wrapped = BlobField()


class ContentKey(Table):
    """One key a sealed object, wrapped by its subject's."""

    id = BlobField(primary_key=True)
    subject = BlobField()
    wrapped = BlobField()


class Contract(Table):
    """A contract and the state of its log: number of entries and the Merkle tree's right edge."""

    id = BlobField(primary_key=True)
    freelancer = BlobField(index=True)
    opened = IntegerField()
    size = IntegerField()
    edge = BlobField()
    received = IntegerField()
    sealed = BlobField()


class Party(Table):
    """Who may read a contract: its freelancer and its clients."""

    person = BlobField()
    contract = BlobField()
    role = TextField()

    class Meta:
        primary_key = CompositeKey("person", "contract", "role")
        indexes = ((("contract",), False),)


class Entry(Table):
    """The logs, in the order of arrival. ``note`` is kept as it was signed."""

    arrival = IntegerField(primary_key=True)
    contract = BlobField()
    idx = IntegerField()
    id = BlobField()
    device = BlobField()
    seq = IntegerField()
    kind = TextField()
    start = IntegerField(null=True)
    received = IntegerField()
    note = BlobField()

    class Meta:
        indexes = (
            (("contract", "idx"), True),
            (("contract", "id"), True),
            (("contract", "device", "seq"), True),
            (("contract", "start"), False),
        )


class TreeHash(Table):
    """A log's Merkle tree as its tiles hold it: level 0 are leaves, above it full tiles below."""

    contract = BlobField()
    level = IntegerField()
    idx = IntegerField()
    hash = BlobField()

    class Meta:
        primary_key = CompositeKey("contract", "level", "idx")


class Cosignature(Table):
    """The largest head of a log that a party's device has seen and cosigned."""

    contract = BlobField()
    device = BlobField()
    size = IntegerField()
    root = BlobField()
    at = IntegerField()
    line = TextField()

    class Meta:
        primary_key = CompositeKey("contract", "device")


class ThirdParty(Table):
    """The largest head of a log that a witness who is no party has cosigned."""

    contract = BlobField()
    key = TextField()
    size = IntegerField()
    root = BlobField()
    at = IntegerField()
    line = TextField()

    class Meta:
        primary_key = CompositeKey("contract", "key")


class Body(Table):
    """What an entry commits to, sealed; it can be erased while the entry stays."""

    arrival = IntegerField(primary_key=True)
    sealed = BlobField()


class Segment(Table):
    """The projection that days and weeks are read from, clustered as they are read.

    ``mask`` and ``sampled`` are of what came before the week's lock (``timely`` says that anything
    did), ``late_mask`` and ``late_sampled`` of what came after it. ``accepted`` is the client's
    word on that. ``status``, ``counted`` and ``billable`` are the verdict, once it is frozen or
    accepted.
    """

    contract = BlobField()
    start = IntegerField()
    kind = TextField()
    mask = IntegerField()
    sampled = IntegerField()
    idx = IntegerField()
    received = IntegerField()
    sealed = BlobField()
    timely = IntegerField()
    late_mask = IntegerField()
    late_sampled = IntegerField()
    accepted = IntegerField(null=True)
    status = TextField(null=True)
    counted = IntegerField(null=True)
    billable = IntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("contract", "start")


class Gist(Table):
    """What a search needs of a contract's week, sealed together; made of the segments' contents."""

    contract = BlobField()
    week = IntegerField()
    sealed = BlobField()

    class Meta:
        primary_key = CompositeKey("contract", "week")


class Mark(Table):
    """Which slots an entry names in its body: edits, manual time, deletions, contests."""

    contract = BlobField()
    start = IntegerField()
    idx = IntegerField()
    kind = TextField()

    class Meta:
        primary_key = CompositeKey("contract", "start", "idx")


class Tombstone(Table):
    """What stays of a deleted segment."""

    contract = BlobField()
    start = IntegerField()
    idx = IntegerField()
    kind = TextField()
    minutes = IntegerField()
    person = BlobField()
    received = IntegerField()

    class Meta:
        primary_key = CompositeKey("contract", "start", "idx")


class Week(Table):
    """A closed week: its frozen timesheet in every format, and the reasons of its verdicts."""

    contract = BlobField()
    start = IntegerField()
    idx = IntegerField()
    closed = IntegerField()
    sealed = BlobField()

    class Meta:
        primary_key = CompositeKey("contract", "start")


class Picture(Table):
    """Where a picture's sealed renditions lie. ``tag`` is a keyed hash of the original's digest."""

    contract = BlobField()
    tag = BlobField()
    rendition = TextField()
    key = TextField()
    store = TextField()
    start = IntegerField()

    class Meta:
        primary_key = CompositeKey("contract", "tag", "rendition", "key")


class PictureView(Table):
    """Which picture was shown to whom, and when. It is of no log: no entry tells of it.

    ``tag`` is the picture's, and None once its segment was deleted.
    """

    number = IntegerField(primary_key=True)
    contract = BlobField()
    at = IntegerField()
    person = BlobField()
    start = IntegerField()
    tag = BlobField(null=True)
    rendition = TextField()

    class Meta:
        indexes = ((("contract", "at"), False), (("contract", "start"), False))


class Recovery(Table):
    """A log that was restored: how long it was then, and since when it waits."""

    contract = BlobField(primary_key=True)
    size = IntegerField()
    since = IntegerField()


class RecoveryParty(Table):
    """A device that may hold more of a restored log, and when it gave all that it had."""

    contract = BlobField()
    device = BlobField()
    reported = IntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("contract", "device")


class Intent(Table):
    """A blob that is being put and that no row names yet."""

    key = TextField(primary_key=True)
    store = TextField()
    created = IntegerField()


TABLES: tuple[type[Table], ...] = (
    Meta,
    Person,
    Device,
    Token,
    Invite,
    SubjectKey,
    ContentKey,
    Contract,
    Party,
    Entry,
    TreeHash,
    Cosignature,
    ThirdParty,
    Body,
    Segment,
    Gist,
    Mark,
    Tombstone,
    Week,
    Picture,
    PictureView,
    Recovery,
    RecoveryParty,
    Intent,
)

for _table in TABLES:
    # peewee does not inherit this option; rows that arrive in order are the exception
    _table._meta.without_rowid = _table not in (Entry, Body, PictureView)


def rows(db: apsw.Connection, query: Any) -> list[tuple[Any, ...]]:
    """Run a peewee query on a connection of ours; its rows as plain tuples."""
    sql, values = query.sql()
    return list(db.execute(sql, tuple(values)))
