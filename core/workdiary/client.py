"""The API client that tracker and TUI share: typed answers, and errors of our own tree.

Every call has a time-out. Problems become the error they were on the server; no connection becomes
UnreachableError, which names the address.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from workdiary import api
from workdiary.addresses import Address
from workdiary.errors import (
    DeniedError,
    InconsistentError,
    InvalidError,
    NotFoundError,
    OverloadedError,
    RecoveringError,
    RefusedError,
    TooLargeError,
    UnauthenticatedError,
    UnreachableError,
    WorkdiaryError,
)
from workdiary.notes import VerifyingKey
from workdiary.tlog.tiles import Tile

T = TypeVar("T")

_BY_STATUS: dict[
    int, type[InvalidError | UnauthenticatedError | DeniedError | NotFoundError | RefusedError]
] = {
    401: UnauthenticatedError,
    403: DeniedError,
    404: NotFoundError,
    409: RefusedError,
    413: TooLargeError,
    422: InvalidError,
}
_JSON = "application/json"
_READ_SECONDS = 30.0
_UPLOAD_SECONDS = 120.0
_PATIENT_SECONDS = 5.0
"""A reading that came too soon after the others is asked for again, if it is not longer."""
_TOO_MANY = "too-many"
_SILENT_SECONDS = 45.0
"""The server sends a comment on every event stream each 15 seconds."""


class DiaryClient:
    """A connection to one server as one person or device; use it as ``async with``."""

    def __init__(self, server: str, token: str = "") -> None:
        """:raises ConfigError: ``server`` is no address"""
        self.address = Address.read(server)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"DiaryClient({self.server!r})"

    @property
    def server(self) -> str:
        """The server's URL, as people know it."""
        return self.address.url

    async def __aenter__(self) -> DiaryClient:
        pin = self.address.certificate
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(pin) if pin else True),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=_READ_SECONDS, connect=5),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def me(self) -> api.Me:
        return await self._get("/me", api.Me)

    async def enrol(self, enrolment: api.Enrolment) -> api.Enrolled:
        return await self._post("/enrolments", enrolment, api.Enrolled)

    async def people(self) -> tuple[api.Person, ...]:
        return await self._get("/people", tuple[api.Person, ...])

    async def add_person(self, person: api.NewPerson) -> api.Person:
        return await self._post("/people", person, api.Person)

    async def invite(self, invite: api.NewInvite) -> api.Invite:
        return await self._post("/invites", invite, api.Invite)

    async def blob(self, key: str) -> bytes:
        """A picture's sealed bytes by its storage key, for a backup."""
        return await self._send("GET", f"/blobs/{key}")

    async def devices(self) -> tuple[api.Device, ...]:
        return await self._get("/devices", tuple[api.Device, ...])

    async def revoke_device(self, device: str) -> None:
        await self._send("DELETE", f"/devices/{device}")

    async def tokens(self) -> tuple[api.Token, ...]:
        return await self._get("/tokens", tuple[api.Token, ...])

    async def add_token(self, token: api.NewToken) -> api.Token:
        return await self._post("/tokens", token, api.Token)

    async def revoke_token(self, token: str) -> None:
        await self._send("DELETE", f"/tokens/{token}")

    async def contracts(self) -> tuple[api.Contract, ...]:
        """:raises InconsistentError: code ``key``; another key signs a log than the invite said"""
        found = await self._get("/contracts", tuple[api.Contract, ...])
        return tuple(self._held_to_the_invite(one) for one in found)

    async def contract(self, contract: str) -> api.Contract:
        """:raises InconsistentError: as ``contracts``"""
        return self._held_to_the_invite(await self._get(f"/contracts/{contract}", api.Contract))

    async def open_contract(self, note: bytes, body: bytes) -> api.Receipt:
        """Open a contract by the owner's signed ``contract.opened`` entry and its body."""
        return await self._frames("/contracts", (note, body))

    async def head(self, contract: str) -> api.LogHead:
        return await self._get(f"/contracts/{contract}/head", api.LogHead)

    async def chain(self, contract: str, device: str) -> api.ChainState:
        return await self._get(f"/contracts/{contract}/chains/{device}", api.ChainState)

    async def checkpoint(self, contract: str) -> str:
        """The log's signed head, with the cosignatures that are on it."""
        return (await self._send("GET", f"/contracts/{contract}/log/checkpoint")).decode()

    async def tile(self, contract: str, tile: Tile) -> bytes:
        """A tile of the log's tree, or a bundle of its entries."""
        return await self._send("GET", f"/contracts/{contract}/log/{tile.path}")

    async def bodies(self, contract: str, number: int) -> tuple[bytes | None, ...]:
        """What the entries of a bundle of the log commit to; None for what was deleted."""
        path = f"/contracts/{contract}/log/bodies/{number}"
        return await self._get(path, tuple[bytes | None, ...])

    async def signers(self, contract: str) -> tuple[api.Signer, ...]:
        """The devices of people that have signed entries of the log."""
        return await self._get(f"/contracts/{contract}/log/signers", tuple[api.Signer, ...])

    async def proof(self, contract: str, index: int) -> str:
        """Proof that the log's head covers an entry, which can be checked offline."""
        return (await self._send("GET", f"/contracts/{contract}/log/proofs/{index}")).decode()

    async def consistency(self, contract: str, size: int) -> api.Consistency:
        """Proof that the log's head continues its first ``size`` entries."""
        return await self._get(f"/contracts/{contract}/log/consistency/{size}", api.Consistency)

    async def cosignatures(self, contract: str) -> tuple[api.Cosignature, ...]:
        """The largest head that each device of the parties has cosigned."""
        path = f"/contracts/{contract}/log/cosignatures"
        return await self._get(path, tuple[api.Cosignature, ...])

    async def cosign(self, contract: str, size: int, line: str) -> None:
        """Say that this device holds the log's first ``size`` entries."""
        sent = msgspec.json.encode(api.NewCosignature(size=size, line=line))
        await self._send("POST", f"/contracts/{contract}/log/cosignatures", sent, _JSON)

    async def recovery(self, contract: str) -> api.Recovery:
        """Whether a log waits for what its parties hold of it, and what it still lacks."""
        return await self._get(f"/contracts/{contract}/recovery", api.Recovery)

    async def give_entries(
        self, contract: str, checkpoint: str, leaves: Sequence[bytes]
    ) -> api.Recovery:
        """Give a restored log entries back, under a head that it once signed."""
        path = f"/contracts/{contract}/recovery/entries"
        sent = api.frame(checkpoint.encode(), *leaves)
        answer = await self._send("POST", path, sent, api.FRAMES, _UPLOAD_SECONDS)
        return self._read(answer, api.Recovery)

    async def give_body(
        self, contract: str, index: int, body: bytes, pictures: Iterable[bytes] = ()
    ) -> None:
        """Give a restored log the body, and the pictures, of an entry that lacks them."""
        path = f"/contracts/{contract}/recovery/bodies/{index}"
        sent = api.frame(body, *pictures)
        await self._send("POST", path, sent, api.FRAMES, _UPLOAD_SECONDS)

    async def report_recovery(self, contract: str) -> None:
        """This device has given a restored log all that it has."""
        await self._send("POST", f"/contracts/{contract}/recovery/reports")

    async def accept_loss(self, contract: str) -> None:
        """Go on without what a restored log did not get back: its log says so for ever."""
        await self._send("POST", f"/contracts/{contract}/recovery/loss")

    async def append(
        self, contract: str, note: bytes, body: bytes, pictures: Iterable[bytes] = ()
    ) -> api.Receipt:
        """Append an entry with its body and each picture's original, preview and thumbnail.

        The renditions stand in the order of the body's claims. Sending the same note again is
        harmless: the receipt is the same.
        """
        return await self._frames(f"/contracts/{contract}/entries", (note, body, *pictures))

    async def day(self, contract: str, day: date, zone: str = "UTC") -> api.Day:
        path = f"/contracts/{contract}/days/{day.isoformat()}?zone={quote(zone, safe='')}"
        return await self._get(path, api.Day)

    async def week(self, contract: str, monday: date) -> api.Week:
        return await self._get(f"/contracts/{contract}/weeks/{monday.isoformat()}", api.Week)

    async def terms(self, contract: str) -> tuple[api.Terms, ...]:
        """A contract's terms from the first on, planned ones included."""
        return await self._get(f"/contracts/{contract}/terms", tuple[api.Terms, ...])

    async def close_week(self, contract: str, day: date) -> api.Week:
        """Close the week of ``day`` by hand, once it is over: its result is frozen at once."""
        answer = await self._send("POST", f"/contracts/{contract}/weeks/{day.isoformat()}/close")
        return self._read(answer, api.Week)

    async def timesheet(self, contract: str, day: date) -> api.Timesheet:
        """The timesheet of the week of ``day``."""
        return self._read(await self.timesheet_file(contract, day, "json"), api.Timesheet)

    async def timesheet_file(self, contract: str, day: date, form: str) -> bytes:
        """The same as ``text``, ``json``, ``csv`` or ``pdf``: frozen, once the week is closed."""
        path = f"/contracts/{contract}/weeks/{day.isoformat()}/timesheet/{quote(form, safe='')}"
        return await self._send("GET", path)

    async def supplement(self, contract: str, day: date) -> api.Supplement:
        """What came to the week of ``day`` after its lock."""
        return self._read(await self.supplement_file(contract, day, "json"), api.Supplement)

    async def supplement_file(self, contract: str, day: date, form: str) -> bytes:
        path = f"/contracts/{contract}/weeks/{day.isoformat()}/supplement/{quote(form, safe='')}"
        return await self._send("GET", path)

    async def range_timesheet(self, contract: str, first: date, last: date) -> api.RangeTimesheet:
        """A contract's days from ``first`` to ``last``, both included, by UTC dates."""
        content = await self.range_file(contract, first, last, "json")
        return self._read(content, api.RangeTimesheet)

    async def range_file(self, contract: str, first: date, last: date, form: str) -> bytes:
        path = f"/contracts/{contract}/timesheet/{quote(form, safe='')}"
        return await self._send("GET", f"{path}?from={first.isoformat()}&to={last.isoformat()}")

    async def payroll(self, first: date, last: date) -> api.Payroll:
        """The range's timesheets of all contracts that the caller may read."""
        return self._read(await self.payroll_file(first, last, "json"), api.Payroll)

    async def payroll_file(
        self, first: date, last: date, form: str, contracts: Iterable[str] = ()
    ) -> bytes:
        """The same as a file; of these contracts only, where any are named by their ids."""
        path = f"/payroll/{quote(form, safe='')}?from={first.isoformat()}&to={last.isoformat()}"
        chosen = "".join(f"&contract={contract}" for contract in contracts)
        return await self._send("GET", path + chosen)

    async def explanation(self, contract: str, start: datetime) -> api.Explanation:
        path = f"/contracts/{contract}/segments/{_epoch(start)}/explanation"
        return await self._get(path, api.Explanation)

    async def segment(self, contract: str, start: datetime) -> api.Segment:
        return await self._get(f"/contracts/{contract}/segments/{_epoch(start)}", api.Segment)

    async def search(
        self,
        contract: str,
        first: date,
        last: date,
        *,
        text: str = "",
        statuses: Iterable[str] = (),
        meter_at_most: int | None = None,
        late: bool = False,
        no_picture: bool = False,
        manual: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> api.Found:
        """A page of the segments from ``first`` to ``last`` for which all that is given holds.

        The dates are UTC's, 366 days at most. ``text`` stands in the memo, in whatever case.
        ``cursor`` is the page before's; the first page has the totals of all.
        """
        asked = [("from", first.isoformat()), ("to", last.isoformat()), ("limit", str(limit))]
        asked += [("text", text)] if text else []
        asked += [("status", status) for status in statuses]
        asked += [("meter_at_most", str(meter_at_most))] if meter_at_most is not None else []
        flags = (("late", late), ("no_picture", no_picture), ("manual", manual))
        asked += [(name, "true") for name, wanted in flags if wanted]
        asked += [("cursor", cursor)] if cursor else []
        return await self._get(f"/contracts/{contract}/search?{urlencode(asked)}", api.Found)

    async def calendar(self, contract: str, month: date, zone: str = "UTC") -> api.Calendar:
        """The sums of the days of the month that holds ``month``."""
        path = f"/contracts/{contract}/calendar/{month:%Y-%m}?zone={quote(zone, safe='')}"
        return await self._get(path, api.Calendar)

    async def views(self, contract: str, cursor: str | None = None, limit: int = 100) -> api.Views:
        """Who was shown which picture when, newest first; ``cursor`` is the page before's."""
        after = f"&cursor={quote(cursor, safe='')}" if cursor else ""
        return await self._get(f"/contracts/{contract}/views?limit={limit}{after}", api.Views)

    async def picture(self, contract: str, digest: str, rendition: str = "original") -> bytes:
        """A WebP file: ``original``, ``preview`` (at most 960 wide) or ``thumbnail``."""
        return await self._send("GET", f"/contracts/{contract}/pictures/{digest}/{rendition}")

    async def events(
        self, after: int | None = None, opened: Callable[[], None] = lambda: None
    ) -> AsyncIterator[api.Event]:
        """Follow what is added to the caller's contracts, from after arrival number ``after``.

        ``opened`` is called once the server has accepted: what is added from then on is told.
        Ends with UnreachableError when the connection does; call again with the last number seen.
        """
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        timeout = aiohttp.ClientTimeout(total=None, connect=5, sock_read=_SILENT_SECONDS)
        try:
            async with self._open.get(
                self._url("/events"), headers=headers, timeout=timeout
            ) as answer:
                if answer.status != 200:
                    raise _problem(answer, await answer.read())
                opened()
                async for line in answer.content:
                    if line.startswith(b"data: "):
                        yield msgspec.json.decode(line[6:], type=api.Event)
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as error:
            raise self._unreachable(error) from error
        raise UnreachableError(f"{self.server} closed the event stream")

    def _held_to_the_invite(self, contract: api.Contract) -> api.Contract:
        pin = self.address.log
        if pin and VerifyingKey.read(contract.log_key).public != pin:
            raise InconsistentError(
                f"the log of {contract.name} is signed by another key than the invite named: "
                "ask the owner, by a way that you trust",
                "key",
            )
        return contract

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use DiaryClient as 'async with DiaryClient(...)'")
        return self._session

    def _url(self, path: str) -> str:
        return f"{self.server}{api.PREFIX}{path}"

    async def _get(self, path: str, kind: type[T]) -> T:
        try:
            content = await self._send("GET", path)
        except OverloadedError as error:
            if error.code != _TOO_MANY or error.retry_after > _PATIENT_SECONDS:
                raise
            await asyncio.sleep(error.retry_after)
            content = await self._send("GET", path)
        return self._read(content, kind)

    async def _post(self, path: str, value: api.Request, kind: type[T]) -> T:
        answer = await self._send("POST", path, msgspec.json.encode(value), _JSON)
        return self._read(answer, kind)

    async def _frames(self, path: str, pieces: Sequence[bytes]) -> api.Receipt:
        answer = await self._send("POST", path, api.frame(*pieces), api.FRAMES, _UPLOAD_SECONDS)
        return self._read(answer, api.Receipt)

    async def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "",
        seconds: float = _READ_SECONDS,
    ) -> bytes:
        headers = {"Content-Type": content_type} if content_type else {}
        timeout = aiohttp.ClientTimeout(total=seconds, connect=5)
        try:
            async with self._open.request(
                method, self._url(path), data=body, headers=headers, timeout=timeout
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        if answer.status >= 400:
            raise _problem(answer, content)
        return content

    def _read(self, content: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError as error:
            raise UnreachableError(
                f"{self.server} answered what no workdiary server says: {error}"
            ) from error

    def _unreachable(self, error: BaseException) -> UnreachableError:
        if isinstance(error, aiohttp.ServerFingerprintMismatch):
            return UnreachableError(
                f"{self.server} shows another certificate than the invite named: somebody stands "
                "between, or it was changed: ask the owner for an invite",
                "certificate",
            )
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return UnreachableError(
                f"{self.server} shows a certificate that this machine does not know: use the whole "
                "invite, with what stands behind its #",
                "certificate",
            )
        why = str(error) or type(error).__name__
        return UnreachableError(f"no answer from {self.server}: {why}")


def _problem(answer: aiohttp.ClientResponse, content: bytes) -> WorkdiaryError:
    """The server's problem as the error that it was there."""
    try:
        problem = msgspec.json.decode(content, type=api.Problem)
        detail, code = problem.detail, problem.code
    except msgspec.DecodeError:
        detail, code = f"{answer.url.host} answered {answer.status} {answer.reason}", "http"
    if answer.status in {429, 502, 503, 504, 507, 408} or answer.status >= 500:
        kind = RecoveringError if code == RecoveringError.code else OverloadedError
        again = kind(detail, _retry_after(answer))
        again.code = code
        return again
    return _BY_STATUS.get(answer.status, InvalidError)(detail, code)


def _retry_after(answer: aiohttp.ClientResponse) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), 3600.0) if text.isdecimal() else 5.0


def _epoch(start: datetime) -> int:
    return int(start.timestamp())
