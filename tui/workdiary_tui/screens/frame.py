"""What every screen has: a title, a line of keys, help, and a word when the server is away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from workdiary import api

from workdiary_tui import look
from workdiary_tui.keymap import own_ids
from workdiary_tui.pictures import Mode
from workdiary_tui.pieces import Pieces, fit
from workdiary_tui.reader import Reader
from workdiary_tui.terminal.last_frame import is_whole
from workdiary_tui.widgets.help_strip import HelpStrip
from workdiary_tui.widgets.key_line import Hint, KeyLine
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.palette import Palette
from workdiary_tui.widgets.picture_view import PictureView
from workdiary_tui.widgets.prompt import Prompt
from workdiary_tui.widgets.zone_strip import ZoneStrip
from workdiary_tui.words import shown

_NARROWEST, _LOWEST = 50, 14
WIDE = 120
_SHAPED_SECONDS = 0.05
COMMON_KEYS: tuple[Hint, ...] = (
    ("z Z", "times: UTC, mine, freelancer's"),
    (":", "jump to a day, week, contract"),
    ("ctrl+p", "find one of these, and do it"),
    ("M", "the mouse: on, off"),
    (",", "settings, and all keys"),
    ("r", "ask the server again"),
    ("q esc", "back"),
    ("Q", "quit"),
    ("?", "show or hide this help"),
)


class DiaryScreen(Screen[None]):
    """``HINTS`` are the keys of the last line, ``KEYS`` all of them for the help."""

    HINTS: ClassVar[Sequence[Hint]] = ()
    KEYS: ClassVar[Sequence[Hint]] = ()
    WITH_KEYS: ClassVar[Sequence[type[Widget]]] = ()
    """The widgets that have keys of their own while the screen is read."""
    DEFAULT_CSS = """
    DiaryScreen { layers: default overlay top; }
    DiaryScreen #banner { dock: top; height: 1; display: none; }
    DiaryScreen.-away #banner { display: block; }
    DiaryScreen #too-small { display: none; height: 1fr; }
    DiaryScreen.-small > * { display: none; }
    DiaryScreen.-small #too-small { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", id="help", show=False),
        Binding("escape,q", "back", id="back", show=False),
        Binding("Q", "app.quit", id="quit", show=False),
        Binding("r", "reload", id="reload", show=False),
        Binding("z", "zone", id="zone.cycle", show=False),
        Binding("colon", "app.jump", id="jump", show=False),
        Binding("ctrl+p", "palette", id="palette.open", show=False),
        Binding("Z", "zones", id="zone.pick", show=False),
        Binding("M", "app.mouse", id="mouse", show=False),
        Binding("comma", "app.settings", id="settings.open", show=False),
    ]

    # Textual paints the whole screen when the focus moves; who gains or loses it paints itself.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        self._shaped = self._begun = False
        self._had_focus: Widget | None = None
        self._away: str | None = None

    def compose(self) -> ComposeResult:
        yield LinesView(id="banner")
        yield from self.compose_body()
        yield HelpStrip(self.told_keys())
        yield KeyLine(self.told_hints(), self.reader.keymap.sign("help", "?"))
        yield Prompt()
        yield Palette()
        yield ZoneStrip(self.reader)
        too_small = LinesView(id="too-small")
        too_small.show(self._too_small)
        yield too_small

    def on_mount(self) -> None:
        self.show_banner()
        self.set_timer(_SHAPED_SECONDS, self._take_shape)

    def _take_shape(self) -> None:
        self._shaped = True
        self.refresh()

    def is_due(self, update: object) -> bool:
        """Once it has its shape, from a whole frame on: before, Textual paints it five times."""
        self._begun = self._begun or (self._shaped and is_whole(update))
        return self._begun

    def hints(self) -> Sequence[Hint]:
        return self.HINTS

    def keys(self) -> Sequence[Hint]:
        return self.KEYS

    @classmethod
    def called(cls) -> str:
        return cls.__name__.removesuffix("Screen").lower()

    @classmethod
    def every_key(cls) -> Sequence[Hint]:
        """The help of whoever may do all that can be done here."""
        return (*cls.KEYS, *COMMON_KEYS)

    @classmethod
    def with_keys(cls) -> tuple[type[Widget], ...]:
        """What is asked about a key, in this order."""
        return (*cls.WITH_KEYS, cls)

    @classmethod
    def key_ids(cls) -> dict[str, str]:
        """What each key does here, by ids, before the reader's keymap."""
        return {
            key: binding
            for part in reversed(cls.with_keys())
            for key, binding in own_ids(part).items()
        }

    def told_hints(self) -> Sequence[Hint]:
        """The hints in the keys that hold for the reader."""
        return self.reader.keymap.hints(self.hints(), self.key_ids())

    def told_keys(self) -> Sequence[Hint]:
        """This screen's keys and every screen's; without arrows where those cannot be drawn."""
        told = self.reader.keymap.hints((*self.keys(), *COMMON_KEYS), self.key_ids())
        if self.reader.signs is not look.ASCII:
            return told
        return tuple(
            (" ".join(key for key in keys.split() if key.isascii()), what) for keys, what in told
        )

    def compose_body(self) -> Iterator[Widget]:
        raise NotImplementedError

    def reload(self) -> None:
        """Fetch what is shown anew; called when the diary changed."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Show the same in another zone or picture mode."""
        raise NotImplementedError

    def concerns(self, contract: str) -> bool:
        """Whether a change of this contract's diary shows here."""
        raise NotImplementedError

    def knows(self, kind: str) -> bool:
        """Whether what an entry of this kind changed is no news here: the reader wrote it."""
        return False

    def say(self, text: str) -> None:
        self.query_one(KeyLine).say(shown(text))

    def again(self, reason: str) -> str:
        """What failed, and which key tries it again."""
        return f"{reason} ({self.reader.keymap.sign('reload', 'r')} tries again)"

    def server_away(self, reason: str | None) -> None:
        """Show why the server cannot be reached, or (None) that it can."""
        self._away = reason
        self.show_banner()

    def show_banner(self) -> None:
        """A log in doubt is worse than a server that is away."""
        doubts = (text for contract, text in self.reader.doubts.items() if self.concerns(contract))
        doubt = next(doubts, None)
        reason = self._away if doubt is None else f"NOT THE LOG THAT IT WAS: {doubt}"
        if reason is not None:
            text = shown(reason)
            self.query_one("#banner", LinesView).show(
                lambda width: [[(fit(f" {text}", width), look.WARNING)]]
            )
        self.set_class(reason is not None, "-away")

    @property
    def wide(self) -> bool:
        return self.app.size.width >= WIDE

    def on_resize(self, event: Resize) -> None:
        if self.reader.mode is Mode.SIXEL:
            self.reader.sixels.forget_all()  # nobody knows what a resized terminal keeps
            self.call_after_refresh(self._pictures_again)  # another font changes pixels alone
        small = event.size.width < _NARROWEST or event.size.height < _LOWEST
        if small:
            self._had_focus = self._had_focus or self.focused
        elif self._had_focus is not None:
            # What is hidden loses the focus, and with it its keys.
            had, self._had_focus = self._had_focus, None
            self.call_after_refresh(had.focus)
        self.set_class(small, "-small")
        self.set_class(event.size.width >= WIDE, "-wide")

    def on_screen_resume(self) -> None:
        self._pictures_again()

    def _pictures_again(self) -> None:
        for view in self.query(PictureView):
            view.again()

    def action_help(self) -> None:
        strip = self.query_one(HelpStrip)
        strip.display = not strip.display

    def zone_moved(self) -> None:
        """The times are read on another clock now: show them, and say so."""
        raise NotImplementedError

    def action_zone(self) -> None:
        self.reader.whose = self.reader.whose.next()
        self.zone_moved()

    def action_zones(self) -> None:
        self.query_one(ZoneStrip).open(self.about)

    @on(ZoneStrip.Chosen)
    def _zone_chosen(self, message: ZoneStrip.Chosen) -> None:
        if message.whose is not self.reader.whose:
            self.reader.whose = message.whose
            self.zone_moved()

    @property
    def about(self) -> api.Contract | None:
        """The contract whose freelancer's zone can be chosen."""
        return None

    def action_palette(self) -> None:
        self.query_one(Palette).open(self.told_keys())

    def action_back(self) -> None:
        opened = [strip for strip in self.query(".strip") if strip.display]
        if opened:
            for strip in opened:
                strip.display = False
        elif len(self.app.screen_stack) > 1:
            self.dismiss()
        else:
            self.app.exit()

    def action_reload(self) -> None:
        self.reader.cache.forget_all()
        self.reader.graphics.forget_all()
        self.reader.sixels.forget_all()
        self.reload()

    def _too_small(self, width: int) -> list[Pieces]:
        quits = self.reader.keymap.sign("quit", "Q")
        return [
            [(fit("", width), look.PLAIN)],
            [(fit(f" workdiary needs {_NARROWEST}x{_LOWEST}.", width), look.BOLD)],
            [(fit(f" Make this window larger; {quits} quits.", width), look.PLAIN)],
        ]
