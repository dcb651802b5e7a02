"""The freelancer's own keys on a day and a segment: memo, manual time, delete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual.binding import Binding
from workdiary import api
from workdiary.entries import EntryKind

from workdiary_tui.deeds import AddManual, Deed, Delete, EditMemo
from workdiary_tui.hand import NO_HAND
from workdiary_tui.screens.linked import LinkedScreen
from workdiary_tui.widgets.deed_strip import DeedStrip
from workdiary_tui.widgets.key_line import Hint

_DEEDS: dict[str, type[Deed]] = {"memo": EditMemo, "manual": AddManual, "delete": Delete}
_OWN = (EntryKind.MEMO_EDITED, EntryKind.SEGMENT_MANUAL, EntryKind.SEGMENT_DELETED)
"""Entries that the freelancer alone can write."""


class OwnActions(LinkedScreen):
    """To anybody but the contract's freelancer none of these keys exists."""

    OWN_HINTS: ClassVar[Sequence[Hint]] = (("E", "memo"), ("A", "manual"), ("D", "delete"))
    OWN_KEYS: ClassVar[Sequence[Hint]] = (
        ("E", "memo, of a memo bar too"),
        ("A", "add manual time"),
        ("D", "delete, once you saw the cost"),
    )
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("E", "own('memo')", id="own.memo", show=False),
        Binding("A", "own('manual')", id="own.manual", show=False),
        Binding("D", "own('delete')", id="own.delete", show=False),
    ]

    @classmethod
    def every_key(cls) -> Sequence[Hint]:
        return (*cls.OWN_KEYS, *super().every_key())

    def own_day(self) -> date:
        """The day that a form begins with."""
        raise NotImplementedError

    def own_segments(self) -> Sequence[api.Segment]:
        """What stands around the cursor, by start."""
        raise NotImplementedError

    def hints(self) -> Sequence[Hint]:
        first, *rest = super().hints()
        own = self.OWN_HINTS if self.reader.may_write(self.contract) else ()
        return (first, *own, *rest)

    def keys(self) -> Sequence[Hint]:
        own = self.OWN_KEYS if self.reader.may_write(self.contract) else ()
        return (*own, *super().keys())

    def knows(self, kind: str) -> bool:
        return kind in _OWN and self.reader.owns(self.contract)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "own":
            return self.reader.owns(self.contract) and not self.as_client
        return super().check_action(action, parameters)

    def action_own(self, name: str) -> None:
        deed, hand = _DEEDS[name], self.reader.hand
        segment, _ = self.seen_segment()
        if self.query(DeedStrip):
            self.query_one(DeedStrip).resume()
        elif hand is None:
            self.say(NO_HAND)
        elif deed is AddManual and not self.contract.manual:
            self.say("this contract does not allow manual time")
        elif deed is not AddManual and segment is None:
            self.say("there is no segment here")
        else:
            clock = self.reader.clock(self.contract)
            form = deed(self.contract, clock, self.own_day(), self.own_segments(), segment)
            self.mount(DeedStrip(self.reader, hand, form))

    def action_back(self) -> None:
        """First out of an open form, wherever the keys are."""
        if self.query(DeedStrip):
            self.query_one(DeedStrip).action_close()
        else:
            super().action_back()

    def on_deed_strip_written(self, message: DeedStrip.Written) -> None:
        self.query_one(DeedStrip).leave()
        if message.deleted:
            self.reader.forget_pictures(self.contract.id)
        self.reload()
        self.say(message.text)
