"""Fetching what is taken out, and writing it: a file as the server made it, or an archive.

A picture that is not the one that its entry names ends it: what stands in an archive is what the
freelancer's device signed.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import BinaryIO, Protocol

from workdiary import api
from workdiary.errors import NotFoundError, WorkdiaryError
from workdiary.exporting.pages import STYLE, index_page, picture_name
from workdiary.exporting.periods import Period, stem
from workdiary.exporting.tables import segments_csv
from workdiary.plain import harmless_json

Progress = Callable[[int, int], None]
"""Told how many pictures of how many are there."""


class Source(Protocol):
    """What is asked of a server; ``workdiary.client.DiaryClient`` is one."""

    async def day(self, contract: str, day: date, zone: str = "UTC") -> api.Day: ...

    async def timesheet_file(self, contract: str, day: date, form: str) -> bytes: ...

    async def range_file(self, contract: str, first: date, last: date, form: str) -> bytes: ...

    async def picture(self, contract: str, digest: str, rendition: str = "original") -> bytes: ...


async def write_export(
    source: Source,
    contract: api.Contract,
    period: Period,
    form: str,
    file: BinaryIO,
    now: datetime,
    progress: Progress = lambda done, of: None,
) -> None:
    """Write a period of a contract's diary to ``file``, which need not be one that can seek."""
    if form == "html":
        days = [await source.day(contract.id, day) for day in period.days]
        with zipfile.ZipFile(file, "w") as archive:
            await _fill(archive, source, contract, period, days, now, progress)
    elif period.is_day and form in ("csv", "json"):
        day = await source.day(contract.id, period.first)
        file.write(segments_csv(contract, day) if form == "csv" else _json(day))
    elif period.is_week:
        file.write(await source.timesheet_file(contract.id, period.first, form))
    else:
        file.write(await source.range_file(contract.id, period.first, period.last, form))


def _json(day: api.Day) -> bytes:
    """It may well be printed: nothing in it commands a terminal."""
    return harmless_json(api.to_json(day).decode()).encode()


async def _fill(
    archive: zipfile.ZipFile,
    source: Source,
    contract: api.Contract,
    period: Period,
    days: Sequence[api.Day],
    now: datetime,
    progress: Progress,
) -> None:
    """Each picture as it comes, then the page, which knows by then what there is."""
    folder, missing = stem(contract.name, period), set()
    wanted = [(segment, place, picture) for day in days for segment in day.segments
              for place, picture in enumerate(segment.pictures, 1)]  # fmt: skip
    for done, (segment, place, picture) in enumerate(wanted, 1):
        name = f"{folder}/{picture_name(segment, place)}"
        try:
            content = await _picture(source, contract.id, picture.digest)
        except NotFoundError:
            missing.add(picture.digest)
        else:
            _put(archive, name, content, picture.taken_at)
        progress(done, len(wanted))
    page = index_page(contract, period, days, missing, now)
    _put(archive, f"{folder}/style.css", STYLE.encode(), now, zipfile.ZIP_DEFLATED)
    _put(archive, f"{folder}/index.html", page.encode(), now, zipfile.ZIP_DEFLATED)


async def _picture(source: Source, contract: str, digest: str) -> bytes:
    content = await source.picture(contract, digest)
    if hashlib.sha256(content).hexdigest() != digest:
        raise WorkdiaryError(f"the server sent another picture than sha256 {digest} of the diary")
    return content


def _put(
    archive: zipfile.ZipFile,
    name: str,
    content: bytes,
    at: datetime,
    how: int = zipfile.ZIP_STORED,
) -> None:
    utc = at.astimezone(UTC)
    entry = zipfile.ZipInfo(name, (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second))
    entry.compress_type, entry.external_attr = how, 0o644 << 16
    archive.writestr(entry, content)
