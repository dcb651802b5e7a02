"""One reader's session: pictures chosen for the terminal, the reader made, the app run."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.logging import TextualHandler
from workdiary import api
from workdiary.client import DiaryClient

from workdiary_tui import look
from workdiary_tui.app import DiaryApp
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.exporting import host_of
from workdiary_tui.graphics import graphics_for
from workdiary_tui.hand import hand_in
from workdiary_tui.keymap import Keymap
from workdiary_tui.opening import Opening
from workdiary_tui.pictures import Decoder
from workdiary_tui.pictures.payloads import payloads_for
from workdiary_tui.pieces import stand_on
from workdiary_tui.reader import Reader
from workdiary_tui.sixels import sixels_for
from workdiary_tui.terminal import Probe, choose, ground_of, with_colours
from workdiary_tui.terminal.driver import driver_after
from workdiary_tui.tui_settings import Settings
from workdiary_tui.watching import watching


@dataclass(frozen=True, slots=True)
class Session:
    """Who reads what over ``client``; ``mine`` is the reader's own zone.

    ``own`` is the folder with the credentials of this machine, unless a bare token was named.
    """

    client: DiaryClient
    cache: DiaryCache
    me: api.Me
    contracts: Sequence[api.Contract]
    token: str
    own: Path | None
    mine: str

    async def run(
        self,
        found: Probe,
        settings: Settings,
        environment: MutableMapping[str, str],
        opening: Opening | None = None,
    ) -> int:
        """Show the diaries on the terminal that was ``found`` until the reader quits.

        :param opening: what to show first, above the contracts
        :return: the exit code
        :raises ConfigError: the keys that were chosen cannot be
        """
        keymap = _keymap(settings)
        told = with_colours(found.terminal, environment)
        environment.pop("COLORTERM", None)  # it may have told too much
        environment.update(told)
        choice = choose(found.terminal, environment, settings.pictures)
        stand_on(ground_of(found.terminal, environment, settings["theme"]))
        graphics = graphics_for(choice.mode, environment, in_tmux=found.terminal.tmux)
        sixels = sixels_for(choice.mode, found.terminal)
        logging.basicConfig(handlers=[TextualHandler()], force=True)  # stderr is the screen now
        with Decoder() as decoder, watching(self.own, self.client) as watch:
            reader = Reader(
                self.me,
                self.cache,
                decoder,
                mine=self.mine,
                host=host_of(environment),
                signs=look.ASCII if settings.ascii_only else look.UNICODE,
                mode=choice.mode,
                modes=choice.modes,
                graphics=graphics,
                sixels=sixels,
                payloads=payloads_for(environment, self.token),
                hand=hand_in(self.own, self.client),
                keymap=keymap,
                settings=settings,
            )
            greeting = _greeting(found)
            app = DiaryApp(reader, self.client, self.contracts, opening, greeting, watch)
            app.driver_class = driver_after(found)
            await app.run_async(mouse=settings.mouse(over_ssh="SSH_CONNECTION" in environment))
        return app.return_code or 0


def _keymap(settings: Settings) -> Keymap:
    if not settings.keys:
        return Keymap()
    from workdiary_tui.key_ids import chosen_keys  # all screens: few sessions need them at once

    return chosen_keys(settings)


def _greeting(found: Probe) -> str:
    hidden = found.terminal.tmux and not found.terminal.passthrough
    return "tmux hides your terminal: 'workdiary tui doctor' says what helps" if hidden else ""
