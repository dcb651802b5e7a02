"""What the screens of one contract have: who looked, and for its freelancer, the client's view."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from workdiary import api

from workdiary_tui import look
from workdiary_tui.pieces import spread
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.widgets.help_strip import HelpStrip
from workdiary_tui.widgets.key_line import Hint, KeyLine
from workdiary_tui.widgets.lines import LinesView

_LOOKED: Hint = ("W", "who looked at pictures")
_AS_CLIENT: Hint = ("V", "show it as the client sees it")


class OfContract(DiaryScreen):
    """``V`` is the freelancer's alone: to anybody else it does not exist."""

    contract: api.Contract
    DEFAULT_CSS = """
    OfContract #as-client { display: none; height: 1; }
    OfContract.-as-client #as-client { display: block; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("V", "as_client", id="contract.as_client", show=False),
        Binding("W", "views", id="contract.views", show=False),
    ]

    @property
    def about(self) -> api.Contract | None:
        return self.contract

    @property
    def as_client(self) -> bool:
        """Whether the freelancer wants to see what the client sees."""
        return self.reader.as_client and self.reader.owns(self.contract)

    def compose(self) -> ComposeResult:
        line, returns = (
            LinesView(id="as-client"),
            self.reader.keymap.sign("contract.as_client", "V"),
        )
        line.show(
            lambda width: [
                spread(
                    [(" as the client sees it", look.WARNING)],
                    [(f"{returns} returns ", look.WARNING)],
                    width,
                    look.WARNING,
                )
            ]
        )
        yield line
        self.set_class(self.as_client, "-as-client")
        yield from super().compose()

    def keys(self) -> Sequence[Hint]:
        own = (_AS_CLIENT,) if self.reader.owns(self.contract) and not self.as_client else ()
        return (*super().keys(), *own, _LOOKED)

    def on_screen_resume(self) -> None:
        self.show_role()

    @classmethod
    def every_key(cls) -> Sequence[Hint]:
        return (*super().every_key(), _AS_CLIENT, _LOOKED)

    def show_role(self) -> None:
        """The keys of who reads: the freelancer's, or as the client has them."""
        self.set_class(self.as_client, "-as-client")
        self.query_one(KeyLine).change(self.told_hints())
        self.query_one(HelpStrip).change(self.told_keys())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "as_client":
            return self.reader.owns(self.contract)
        return super().check_action(action, parameters)

    def action_as_client(self) -> None:
        self.reader.as_client = not self.reader.as_client
        self.show_role()

    def action_views(self) -> None:
        from workdiary_tui.screens.views import ViewsScreen  # it opens segments, which open it

        self.app.push_screen(ViewsScreen(self.reader, self.contract))
