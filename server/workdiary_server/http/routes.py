"""The route table: every path that is served, its types, and what OpenAPI says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp.typedefs import Handler
from workdiary import api

from workdiary_server.http import billing, finding, handlers, logs, recovering, streams, uploads

WEBP = "image/webp"
SSE = "text/event-stream"
TEXT = "text/plain"
JSON = "application/json"
BYTES = "application/octet-stream"
_CONTRACT = "/contracts/{contract}"
_LOG = _CONTRACT + "/log"
_SEARCH = {
    "text": "Stands in the memo, in whatever case",
    "status": "Has this billing status; may be repeated: one of them",
    "meter_at_most": "At most so many of the ten minutes saw input: 0 to 10",
    "late": "true: minutes of it arrived after the week's lock",
    "no_picture": "true: it has no picture",
    "manual": "true: it was added by hand",
}
_PAPERS = (TEXT, "text/csv", "application/pdf")
_ZONE = {"zone": "IANA name; UTC unless given"}
_PAGE = {"cursor": "From the page before", "limit": "At most so many; 100 unless given, up to 500"}
_RANGE = {"from": "The first day, in UTC", "to": "The last day"}


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. ``takes`` is its body's type, or a media type; ``gives`` likewise, or several.

    ``statuses`` are those of success first, then the problems that it may answer with besides
    what every route may.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    takes: Any = None
    gives: Any = None
    statuses: tuple[int, ...] = (200,)
    query: dict[str, str] = field(default_factory=dict)
    public: bool = False

    @property
    def full_path(self) -> str:
        return self.path if self.path in _OPERATIONS else api.PREFIX + self.path

    @property
    def pattern(self) -> str:
        """The path for the router: a tile's own may have slashes."""
        return self.full_path.replace("{tile}", "{tile:.+}")


_OPERATIONS = ("/healthz", "/readyz", "/metrics")

ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", streams.healthz, "The process answers", public=True),
    Route("GET", "/readyz", streams.readyz, "Ready for work", statuses=(200, 503), public=True),
    Route("GET", "/metrics", streams.metrics, "Prometheus metrics", gives=TEXT, public=True),
    Route("GET", "/me", handlers.me, "Whose token this is", gives=api.Me),
    Route(
        "POST",
        "/enrolments",
        handlers.enrol,
        "Exchange an invite for a token, and register a device",
        api.Enrolment,
        api.Enrolled,
        (201, 401, 409, 429),
        public=True,
    ),
    Route("GET", "/people", handlers.list_people, "People", None, tuple[api.Person, ...]),
    Route(
        "POST", "/people", handlers.add_person, "Add a person", api.NewPerson, api.Person, (201,)
    ),
    Route(
        "POST",
        "/invites",
        handlers.invite,
        "Invite a person's machine, once",
        api.NewInvite,
        api.Invite,
        (201, 404),
    ),
    Route(
        "GET",
        "/blobs/{prefix}/{blob}",
        handlers.blob,
        "A picture's sealed bytes, for a backup",
        gives=BYTES,
        statuses=(200, 404),
    ),
    Route("GET", "/devices", handlers.list_devices, "Devices", None, tuple[api.Device, ...]),
    Route(
        "DELETE",
        "/devices/{device}",
        handlers.revoke_device,
        "Refuse a device and its tokens from now on",
        statuses=(204, 404),
    ),
    Route("GET", "/tokens", handlers.list_tokens, "Tokens", None, tuple[api.Token, ...]),
    Route(
        "POST",
        "/tokens",
        handlers.add_token,
        "Make a token; its secret is in this answer alone",
        api.NewToken,
        api.Token,
        (201, 404, 409),
    ),
    Route(
        "DELETE", "/tokens/{token}", handlers.revoke_token, "Revoke a token", statuses=(204, 404)
    ),
    Route(
        "GET",
        "/contracts",
        handlers.contracts,
        "The caller's contracts, with today's and this week's totals",
        None,
        tuple[api.Contract, ...],
    ),
    Route(
        "POST",
        "/contracts",
        uploads.add_contract,
        "Open a contract by the owner's signed entry: frames of note and body",
        api.FRAMES,
        api.Receipt,
        (201, 200, 408, 409, 413),
    ),
    Route("GET", _CONTRACT, handlers.contract, "A contract", None, api.Contract, (200, 404)),
    Route(
        "GET",
        _CONTRACT + "/head",
        handlers.head,
        "Its log's signed head",
        None,
        api.LogHead,
        (200, 404),
    ),
    Route(
        "GET",
        _CONTRACT + "/chains/{device}",
        handlers.chain,
        "Where a device's chain in this log stands",
        None,
        api.ChainState,
        (200, 404),
    ),
    Route(
        "GET",
        _LOG + "/checkpoint",
        logs.checkpoint,
        "Its log's signed head (C2SP tlog-checkpoint), with the parties' cosignatures on it",
        None,
        TEXT,
        (200, 404),
    ),
    Route(
        "GET",
        _LOG + "/tile/{level}/{tile}",
        logs.tile,
        "A tile of the log's tree, or of level 'entries' a bundle of entries (C2SP tlog-tiles)",
        None,
        BYTES,
        (200, 404),
    ),
    Route(
        "GET",
        _LOG + "/bodies/{number}",
        logs.bodies,
        "What the entries of bundle 'number' commit to, in base64; null for what was deleted",
        None,
        tuple[bytes | None, ...],
        (200, 404),
    ),
    Route(
        "GET",
        _LOG + "/signers",
        logs.signers,
        "The devices of people that have signed entries of this log",
        None,
        tuple[api.Signer, ...],
        (200, 404),
    ),
    Route(
        "GET",
        _LOG + "/proofs/{index}",
        logs.proof,
        "Proof that this entry is in the log's head (C2SP tlog-proof)",
        None,
        TEXT,
        (200, 404),
    ),
    Route(
        "GET",
        _LOG + "/consistency/{size}",
        logs.consistency,
        "Proof that the log's head continues its first entries, so many of them",
        None,
        api.Consistency,
        (200, 404),
    ),
    Route(
        "GET",
        _LOG + "/cosignatures",
        logs.cosignatures,
        "The largest head that each device of the parties has cosigned",
        None,
        tuple[api.Cosignature, ...],
        (200, 404),
    ),
    Route(
        "POST",
        _LOG + "/cosignatures",
        logs.cosign,
        "Say which head this device has seen: a C2SP tlog-cosignature's line",
        api.NewCosignature,
        None,
        (204, 404, 409),
    ),
    Route(
        "GET",
        _CONTRACT + "/recovery",
        recovering.state,
        "Whether the log was restored from a backup, and what it still waits for",
        None,
        api.Recovery,
        (200, 404),
    ),
    Route(
        "POST",
        _CONTRACT + "/recovery/entries",
        recovering.entries,
        "Give a restored log entries back: frames of a head that it signed, and the entries",
        api.FRAMES,
        api.Recovery,
        (200, 404, 408, 409, 413),
    ),
    Route(
        "POST",
        _CONTRACT + "/recovery/bodies/{index}",
        recovering.body,
        "Give a restored log the content of an entry: frames of its body, and of its pictures",
        api.FRAMES,
        None,
        (204, 404, 408, 409, 413, 507),
    ),
    Route(
        "POST",
        _CONTRACT + "/recovery/reports",
        recovering.report,
        "This device has given a restored log all that it has",
        statuses=(204, 404, 409),
    ),
    Route(
        "POST",
        _CONTRACT + "/recovery/loss",
        recovering.accept_loss,
        "Go on without what did not come back: the log says so for ever",
        statuses=(204, 404, 409),
    ),
    Route(
        "POST",
        _CONTRACT + "/entries",
        uploads.add_entry,
        "Append a signed entry: frames of note, body, and each picture's original, preview and "
        "thumbnail. The same note again answers 200 with the same receipt",
        api.FRAMES,
        api.Receipt,
        (201, 200, 404, 408, 409, 413, 507),
    ),
    Route(
        "GET",
        _CONTRACT + "/days/{date}",
        handlers.day,
        "A day: the segments that start on this date in the zone",
        None,
        api.Day,
        (200, 304, 404),
        _ZONE,
    ),
    Route(
        "GET",
        _CONTRACT + "/weeks/{date}",
        handlers.week,
        "The week that holds this date, Monday to Sunday in UTC",
        None,
        api.Week,
        (200, 304, 404),
    ),
    Route(
        "POST",
        _CONTRACT + "/weeks/{date}/close",
        billing.close_week,
        "Close a week that is over, before its lock: the result is frozen",
        None,
        api.Week,
        (200, 404, 409),
    ),
    Route(
        "GET",
        _CONTRACT + "/weeks/{date}/timesheet/{format}",
        billing.timesheet,
        "The week's timesheet; the same bytes for ever, once it is closed",
        None,
        (api.Timesheet, *_PAPERS),
        (200, 404),
    ),
    Route(
        "GET",
        _CONTRACT + "/weeks/{date}/supplement/{format}",
        billing.supplement,
        "What came to the week after its lock: late segments, adjustments, contested ones",
        None,
        (api.Supplement, *_PAPERS),
        (200, 404),
    ),
    Route(
        "GET",
        _CONTRACT + "/timesheet/{format}",
        billing.range_timesheet,
        "The days of a range, each with its part of its week's bill",
        None,
        (api.RangeTimesheet, *_PAPERS),
        (200, 404),
        _RANGE,
    ),
    Route(
        "GET",
        "/payroll/{format}",
        billing.payroll,
        "The range's timesheets of all contracts that the caller may read",
        None,
        (api.Payroll, *_PAPERS),
        (200, 404),
        _RANGE | {"contract": "Only this one; may be repeated"},
    ),
    Route(
        "GET",
        _CONTRACT + "/terms",
        billing.terms,
        "Its terms, from the first on, planned ones included",
        None,
        tuple[api.Terms, ...],
        (200, 404),
    ),
    Route(
        "GET",
        _CONTRACT + "/segments/{start}/explanation",
        billing.explanation,
        "Why the segment is billed as it is",
        None,
        api.Explanation,
        (200, 404),
    ),
    Route(
        "GET",
        _CONTRACT + "/segments/{start}",
        handlers.segment,
        "The segment that starts at this second since 1970",
        None,
        api.Segment,
        (200, 304, 404),
    ),
    Route(
        "GET",
        _CONTRACT + "/pictures/{digest}/{rendition}",
        handlers.picture,
        "A picture: original, preview or thumbnail",
        None,
        WEBP,
        (200, 404),
    ),
    Route(
        "GET",
        _CONTRACT + "/search",
        finding.search,
        "The segments of at most 366 days for which all that is given holds, by start",
        None,
        api.Found,
        (200, 404),
        _RANGE | _SEARCH | _PAGE,
    ),
    Route(
        "GET",
        _CONTRACT + "/calendar/{month}",
        finding.calendar,
        "The sums of a month's days",
        None,
        api.Calendar,
        (200, 304, 404),
        _ZONE,
    ),
    Route(
        "GET",
        _CONTRACT + "/views",
        finding.views,
        "Who was shown which picture when, newest first: all of it for the freelancer, "
        "for others what was shown to themselves",
        None,
        api.Views,
        (200, 404),
        _PAGE,
    ),
    Route(
        "GET",
        "/events",
        streams.follow,
        "What is added to the caller's contracts, as it happens; send Last-Event-ID to resume",
        None,
        SSE,
        (200, 503),
    ),
)
