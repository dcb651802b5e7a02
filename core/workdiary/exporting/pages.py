"""A diary as one page of HTML with its pictures beside it: no script, no style in the markup.

All that others wrote passes ``_said``; the page allows itself nothing but its own files.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from workdiary import api, money
from workdiary.exporting.periods import Period
from workdiary.plain.segments import minutes_of
from workdiary.plain.words import day_word, hours, moment, policy_failed
from workdiary.segments import MINUTES, Kind
from workdiary.text import harmless

_POLICY = (
    "default-src 'none'; img-src 'self' file:; style-src 'self' file:; base-uri 'none'; "
    "form-action 'none'"
)
_UTC = ZoneInfo("UTC")
STYLE = """\
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
article { border-top: 1px solid #8888; padding: .6rem 0; }
article h3 { margin: 0; font-size: 1rem; }
.status { border-radius: .2rem; padding: 0 .4rem; background: #d9a441; color: #000; }
.auto { background: #0a5c28; color: #fff; }
.manual { background: #9be8a8; color: #000; }
.over_limit { background: #e5484d; color: #000; }
p { margin: .2rem 0; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; margin: .4rem .4rem 0 0; border: 1px solid #8888; }
td, th { text-align: right; padding: 0 .8rem 0 0; font-variant-numeric: tabular-nums; }
code { font-size: .8rem; overflow-wrap: anywhere; }
@media print { details { display: none; } article { break-inside: avoid; } }
"""


def picture_name(segment: api.Segment, place: int) -> str:
    """Where a segment's picture lies beside the page, counted from 1."""
    return f"pictures/{segment.start.astimezone(UTC):%Y-%m-%dT%H%MZ}-{place}.webp"


def index_page(
    contract: api.Contract,
    period: Period,
    days: Iterable[api.Day],
    missing: Container[str],
    made: datetime,
) -> str:
    """The page; of the pictures in ``missing``, by digest, it says that they are gone."""
    title = _said(f"{contract.name}, {contract.freelancer.name}, {period}")
    body = "\n".join(line for day in days for line in _day(day, missing))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<h1>{title}</h1>
<p>All times are UTC. Taken out of the diary on {moment(made)}.</p>
{body}
</body>
</html>
"""


def _day(day: api.Day, missing: Container[str]) -> Iterator[str]:
    yield f'<section id="{day.date.isoformat()}"><h2>{day_word(day.date)}</h2>'
    if day.week.policy_error:
        yield f"<p>{_said(policy_failed(day.week.policy_error))}</p>"
    else:
        totals, worth = day.totals, money.written(day.amount, day.week.currency)
        yield (
            f"<p>{hours(totals.tracked)} tracked, {hours(totals.billable)} billable, "
            f"{_said(worth)}</p>"
        )
    rows = [(one.start, "".join(_segment(one, missing))) for one in day.segments]
    rows += [(one.start, _deleted(one)) for one in day.deleted]
    for _, text in sorted(rows, key=lambda row: row[0]):
        yield text
    if not rows:
        yield "<p>Nothing was recorded.</p>"
    yield "</section>"


def _segment(segment: api.Segment, missing: Container[str]) -> Iterator[str]:
    start = segment.start.astimezone(UTC)
    style = segment.status if segment.status in ("auto", "manual", "over_limit") else "other"
    yield f'<article id="{start:%Y-%m-%dT%H:%M}"><h3>{start:%H:%M} '
    yield f'<span class="status {style}">{_said(segment.status)}</span> '
    yield f"{_said(segment.memo) or 'no memo'}</h3>\n"
    yield f"<p>{segment.billable} of {MINUTES} minutes billed. {_said(segment.reason)}</p>\n"
    if segment.kind == Kind.MANUAL:
        yield f"<p>Added by hand. {_said(segment.why_manual)}</p>\n"
    else:
        yield from _activity(segment)
    if segment.contested is not None:
        contest = segment.contested
        said = f"contested by {contest.by}, {moment(contest.at)}: {contest.reason}"
        yield f"<p>{_said(said)}</p>\n"
    yield from _pictures(segment, missing)
    yield "</article>\n"


def _activity(segment: api.Segment) -> Iterator[str]:
    """The sums, and the minutes where a reader opens them."""
    found = minutes_of("", segment)
    yield (
        f"<details><summary>{found.active} of {MINUTES} minutes active, {found.keystrokes} keys, "
        f"{found.clicks} clicks, {found.scrolls} scrolls</summary>\n<table>"
        "<tr><th>minute</th><th>keys</th><th>clicks</th><th>scrolls</th><th></th></tr>\n"
    )
    for one in found.minutes:
        late = ", late" if one.late else ""
        yield (
            f"<tr><td>{one.start.astimezone(_UTC):%H:%M}</td><td>{one.keystrokes}</td>"
            f"<td>{one.clicks}</td><td>{one.scrolls}</td><td>{one.state}{late}</td></tr>\n"
        )
    yield "</table></details>\n"


def _pictures(segment: api.Segment, missing: Container[str]) -> Iterator[str]:
    for place, picture in enumerate(segment.pictures, 1):
        if picture.digest in missing:
            yield "<p>Picture: deleted while this was taken out.</p>\n"
            continue
        name, taken = picture_name(segment, place), picture.taken_at.astimezone(UTC)
        what = f"monitor {place}, {taken:%H:%M:%S} UTC, {picture.width}x{picture.height}"
        yield (
            f'<p><a href="{name}"><img src="{name}" alt="{what}" decoding="async" '
            f'width="{picture.width}" height="{picture.height}"></a><br>{what}, '
            f"<code>sha256 {picture.digest}</code></p>\n"
        )
    if not segment.pictures and segment.no_picture:
        yield f"<p>No picture: {_said(segment.no_picture)}</p>\n"


def _deleted(stone: api.Tombstone) -> str:
    said = f"deleted by {stone.by}, {stone.minutes} minutes, {moment(stone.at)}"
    start = stone.start.astimezone(UTC)
    return f"<article><h3>{start:%H:%M} {_said(said)}</h3></article>\n"


def _said(text: str) -> str:
    return escape(harmless(text), quote=True)
