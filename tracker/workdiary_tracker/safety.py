"""What was sent and is safe: this machine's mirror holds it in the very log that the server signs.

A receipt alone is the server's word. Looked at again, a log that is not the one that it was is said
loudly, and recording and sending go on: what is worked now must not be lost over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from workdiary import api
from workdiary.entries import leaf
from workdiary.errors import InconsistentError, WorkdiaryError
from workdiary.mirror import Mirror
from workdiary.text import harmless
from workdiary.witness import Witness

from workdiary_tracker.spool import Spool


class Safety:
    """``say`` hears one line when a log is inconsistent, and one when it is well again."""

    def __init__(self, spool: Spool, witness: Witness, say: Callable[[str], None]) -> None:
        self._spool = spool
        self._witness = witness
        self._say = say
        self._safe: dict[str, set[int]] = {}
        self._alarms: dict[str, str] = {}

    @property
    def unsafe(self) -> int:
        """How many sent entries the mirror does not cover, or not yet."""
        return len(self._spool.items.sent_ids().keys() - set().union(*self._safe.values()))

    @property
    def alarm(self) -> str:
        """What is inconsistent, in one line; "" while nothing is."""
        return "; ".join(self._alarms[contract] for contract in sorted(self._alarms))

    async def look(self, contracts: Iterable[api.Contract]) -> None:
        """Mirror and cosign the logs of the freelancer's contracts, and count what is safe."""
        for contract in contracts:
            if contract.role == "freelancer":
                await self._look(contract)

    def count(self) -> None:
        """Hold what was sent to the mirror, which needs no server."""
        for contract in set(self._spool.items.sent_ids().values()):
            self._safe[contract] = covered(self._spool, self._witness.mirror, contract)

    async def _look(self, contract: api.Contract) -> None:
        try:
            await self._witness.look(contract)
            self._safe[contract.id] = covered(self._spool, self._witness.mirror, contract.id)
        except InconsistentError as error:
            self._alarm(
                contract, f"the log of {harmless(contract.name)} is not what it was: {error}"
            )
        except WorkdiaryError:
            return  # no server, or one that shows no logs: nothing is safer than before
        else:
            lost = "; ".join(self._witness.mirror.losses(contract.id))
            self._alarm(contract, f"{harmless(contract.name)}: {lost}" if lost else "")

    def _alarm(self, contract: api.Contract, text: str) -> None:
        if text == self._alarms.get(contract.id, ""):
            return
        if text:
            self._alarms[contract.id] = text
            self._say(f"{text} (workdiary spool has the evidence)")
        else:
            del self._alarms[contract.id]
            self._say(f"the log of {harmless(contract.name)} is again the one that it was")


def covered(spool: Spool, mirror: Mirror, contract: str) -> set[int]:
    """The sent items whose entries stand in the mirror where their receipts say."""
    return {
        sent.id
        for sent in spool.items.sent(contract)
        if mirror.covers(contract, sent.size - 1, leaf(sent.received, sent.note))
    }
