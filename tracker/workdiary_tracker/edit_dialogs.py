"""The dialogs of the tracker's diary. What the server refuses is said in them, and stays typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, tzinfo
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static
from workdiary.edits import moment_on
from workdiary.errors import InvalidError, WorkdiaryError
from workdiary.text import MEMO_LONGEST, harmless


class Dialog(ModalScreen[None]):
    """A few lines over the day. Enter in the last field does it; Esc leaves all as it was."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    """
    CSS = """
    #box { width: 70; height: auto; padding: 0 1; border: round $primary; background: $surface; }
    #why { height: auto; color: $warning; }
    Input { height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def say(self, text: str) -> None:
        self.query_one("#why", Static).update(Text(harmless(text)))

    def action_leave(self) -> None:
        self.dismiss()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and from the last one on to the deed."""
        event.stop()  # the face beneath has a memo of its own, which Enter sets
        fields = list(self.query(Input))
        if event.input is fields[-1]:
            self.try_it()
        else:
            fields[fields.index(event.input) + 1].focus()

    @work(exclusive=True)
    async def try_it(self) -> None:
        try:
            await self.do()
        except WorkdiaryError as error:
            self.say(str(error))
        else:
            self.dismiss()

    async def do(self) -> None:
        raise NotImplementedError


class EditMemo(Dialog):
    """One new memo for what is selected."""

    def __init__(self, memo: str, count: int, edit: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self._memo = memo
        self._count = count
        self._edit = edit

    def compose(self) -> ComposeResult:
        several = "this segment" if self._count == 1 else f"{self._count} segments"
        with Vertical(id="box"):
            yield Label(f"Memo of {several} – Enter changes it, Esc leaves it")
            yield Input(harmless(self._memo), max_length=MEMO_LONGEST, id="memo")
            yield Static(id="why")

    async def do(self) -> None:
        await self._edit(self.query_one("#memo", Input).value)


class NewManual(Dialog):
    """From, to, what was done, and why by hand."""

    def __init__(
        self,
        day: date,
        zone: tzinfo,
        add: Callable[[datetime, datetime, str, str], Awaitable[None]],
    ) -> None:
        super().__init__()
        self._day = day
        self._zone = zone
        self._add = add

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Label(f"Manual time on {self._day:%a %d %b}, in steps of ten minutes")
            yield Label(f"Times in {self._zone} – Enter goes on, Esc leaves")
            yield Input(placeholder="from, such as 14:00", id="from", max_length=5)
            yield Input(placeholder="to, such as 15:30", id="to", max_length=5)
            yield Input(placeholder="what you were doing", id="memo", max_length=MEMO_LONGEST)
            yield Input(placeholder="why by hand", id="reason", max_length=MEMO_LONGEST)
            yield Static(id="why")

    async def do(self) -> None:
        words = {field.id: field.value for field in self.query(Input)}
        begins, ends = (moment_on(self._day, words[name], self._zone) for name in ("from", "to"))
        await self._add(begins, ends, words["memo"], words["reason"])


class ConfirmDelete(Dialog):
    """What goes, and a word to type: no slip of the hand destroys anything."""

    def __init__(self, loss: str, delete: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._loss = loss
        self._delete = delete

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Label(self._loss)
            yield Label("This cannot be undone. Type 'delete' and Enter; Esc leaves all.")
            yield Input(id="word", max_length=10)
            yield Static(id="why")

    async def do(self) -> None:
        if self.query_one("#word", Input).value.strip().casefold() != "delete":
            raise InvalidError("type the word delete, or press Esc", "word")
        await self._delete()
