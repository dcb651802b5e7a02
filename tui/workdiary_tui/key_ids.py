"""Every screen's bindings by their ids, and whether the keys that a reader chose fit in there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workdiary.errors import ConfigError
from workdiary.nearest import nearest

from workdiary_tui.keymap import (
    Keymap,
    key_named,
    keys_in,
    own_ids,
    shown_keys,
    sign_of,
    split_keys,
    types_something,
)
from workdiary_tui.screens.calendar import CalendarScreen
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.screens.loupe import LoupeScreen
from workdiary_tui.screens.search import SearchScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.settings import SettingsScreen
from workdiary_tui.screens.sheet import SheetScreen
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.screens.views import ViewsScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.tui_settings import KEYMAP, Settings

SCREENS: tuple[type[DiaryScreen], ...] = (
    ContractsScreen,
    DayScreen,
    SegmentScreen,
    LoupeScreen,
    SheetScreen,
    WeekScreen,
    CalendarScreen,
    SearchScreen,
    TermsScreen,
    ViewsScreen,
    SettingsScreen,
)
_WHILE_TYPING = frozenset({"search.results"})
"""Pressed while a line is typed into, which takes every character."""
FREELANCERS = frozenset({"own.memo", "own.manual", "own.delete", "contract.as_client"})
"""To whoever is the freelancer of no contract these do not exist."""
_HOW = "write a character such as n or [, or a name: ctrl+n, f5, pageup, left, enter, space, comma"


@dataclass(frozen=True, slots=True)
class Binding:
    """An id, the keys that hold for it, and what they do where a screen's help says so."""

    id: str
    keys: tuple[str, ...]
    what: str

    @property
    def shown(self) -> str:
        return shown_keys(self.keys)


def all_keys(keymap: Keymap) -> Iterator[Binding]:
    """Every id once, in the order of the screens."""
    told = _told()
    for binding, keys in _own_keys().items():
        yield Binding(binding, keymap.changed.get(binding, keys), told.get(binding, ""))


def chosen_keys(settings: Settings) -> Keymap:
    """The keymap of a reader's own keys.

    :raises ConfigError: an id or a key is unknown, or a key does two things on one screen
    """
    where, known = f"{settings.path}: [{KEYMAP}]", _own_keys()
    changed: dict[str, tuple[str, ...]] = {}
    for binding, text in settings.keys.items():
        if binding not in known:
            raise ConfigError(
                f"{where} has no id {binding!r}{nearest(binding, known)} "
                "('workdiary tui settings' lists them)"
            )
        keys = tuple(_key(f"{where} {binding}", part) for part in split_keys(text))
        typed = [key for key in keys if types_something(key)]
        if binding in _WHILE_TYPING and typed:
            raise ConfigError(
                f"{where} {binding}: {sign_of(typed[0])} would be typed: write a key that types "
                "nothing, such as tab or ctrl+n"
            )
        changed[binding] = tuple(dict.fromkeys(keys))
    for screen in SCREENS:
        _refuse_clashes(screen, changed, where)
    return Keymap(changed)


def _key(where: str, text: str) -> str:
    key = key_named(text)
    if key is None:
        raise ConfigError(f"{where}: {text!r} is no key that can be chosen: {_HOW}")
    return key


def _own_keys() -> dict[str, tuple[str, ...]]:
    """The keys of each id: all those that it has on some screen."""
    found: dict[str, dict[str, None]] = {}
    for screen in SCREENS:
        for part in screen.with_keys():
            for key, binding in own_ids(part).items():
                found.setdefault(binding, {})[key] = None
    return {binding: tuple(keys) for binding, keys in found.items()}


def _told() -> dict[str, str]:
    """What the help of a screen says about an id; where several do, the first."""
    told: dict[str, str] = {}
    for screen in SCREENS:
        ids = screen.key_ids()
        for keys, what in screen.every_key():
            for key in (key for word in keys.split() for key in keys_in(word)):
                if key in ids:
                    told.setdefault(ids[key], what)
    return told


def _refuse_clashes(
    screen: type[DiaryScreen], changed: Mapping[str, tuple[str, ...]], where: str
) -> None:
    """One key may do two things only where it did before anything was changed."""
    before: dict[str, set[str]] = {}
    after: dict[str, set[str]] = {}
    for part in screen.with_keys():
        for key, binding in own_ids(part).items():
            before.setdefault(key, set()).add(binding)
            for chosen in changed.get(binding, (key,)):
                after.setdefault(chosen, set()).add(binding)
    for key, bindings in after.items():
        fresh = sorted(bindings - before.get(key, set()))
        if fresh and len(bindings) > 1:
            other = next(one for one in sorted(bindings) if one != fresh[0])
            raise ConfigError(
                f"{where} {fresh[0]}: {sign_of(key)} is {other} on the {screen.called()} screen "
                f"already: write another key, or another one for {other} too"
            )
