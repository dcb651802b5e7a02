"""News of changed terms: told once, and news until somebody has read it, over restarts."""

from __future__ import annotations

from collections.abc import Callable

from workdiary import api
from workdiary.changed_terms import news
from workdiary.client import DiaryClient
from workdiary.text import harmless

from workdiary_tracker.spool import Spool, SpoolFullError


class TermsNews:
    """What the freelancer has to know of changed terms: nobody works under unknown ones.

    ``unattended`` is a tracker without a face: what it said counts as read.
    """

    def __init__(
        self, spool: Spool, client: DiaryClient, say: Callable[[str], None], unattended: bool
    ) -> None:
        self._spool = spool
        self._client = client
        self._say = say
        self._unattended = unattended
        self._told: dict[str, int] = {}
        self._unread: list[str] = []

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(self._unread)

    async def tell(self, before: api.Contract | None, now: api.Contract) -> None:
        """Say what changed since the freelancer last knew; ``before`` is the contract as it was.

        :raises WorkdiaryError: the server did not say; ask again later
        """
        told = self._told_of(before, now)
        if told == now.terms_changed:
            return
        if told < now.terms_changed:  # it falls only where a server was restored from a backup
            history = await self._client.terms(now.id)
            for line in news(history, told):
                self._unread.append(f"{harmless(now.name)}: {line}")
                self._say(f"new terms: {self._unread[-1]}")
        self._told[now.id] = now.terms_changed
        if self._unattended or told > now.terms_changed:
            self.acknowledge()

    def acknowledge(self) -> None:
        """All of it has been read."""
        self._unread.clear()
        try:
            self._spool.set_terms_told(self._told)
        except SpoolFullError as error:
            self._say(f"the terms will be told again: {error}")

    def _told_of(self, before: api.Contract | None, now: api.Contract) -> int:
        """The entry up to which terms were told; a contract new to this machine is no news."""
        told = self._told.get(now.id, self._spool.terms_told(now.id))
        if told is None:
            told = (before or now).terms_changed
            self._spool.set_terms_told({now.id: told})
        return told
