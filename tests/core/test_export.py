"""Taking a diary out: tables, pages and archives that stand by themselves and run nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import msgspec
import pytest
from diaries import FREELANCER, PaperDiary, a_contract, a_full_day, a_segment, a_tombstone, at
from workdiary import api
from workdiary.errors import InvalidError, WorkdiaryError
from workdiary.exporting.archive import write_export
from workdiary.exporting.pages import index_page
from workdiary.exporting.periods import Period, day_of, file_name, month_of, week_from
from workdiary.exporting.tables import segments_csv
from workdiary.text import is_unsafe

DAY = at(9).date()
MADE = datetime(2026, 11, 7, 8, 0, tzinfo=UTC)
HOSTILE = "=cmd()\x1b]52;c;x\x07\n<script>alert(1)</script>\"'><img src=x onerror=y>&\u202e"


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


async def an_archive(paper: PaperDiary, period: Period) -> zipfile.ZipFile:
    file = io.BytesIO()
    await write_export(paper, paper.found[0], period, "html", file, MADE)
    return zipfile.ZipFile(file)


def test_a_period_is_a_day_a_week_or_a_range() -> None:
    assert str(day_of(DAY)) == "2026-11-06"
    assert str(week_from(date(2026, 11, 2))) == "2026-W45"
    assert str(month_of(DAY)) == "2026-11-01..2026-11-30"
    assert month_of(DAY).options == "--from 2026-11-01 --to 2026-11-30"
    assert month_of(date(2026, 2, 28)).last == date(2026, 2, 28)
    assert file_name("acme/website", month_of(DAY), "html") == (
        "acme-website-2026-11-01-to-2026-11-30.zip"
    )
    for last in (date(2026, 11, 5), date(2027, 11, 7)):
        with pytest.raises(InvalidError, match="366 days at most"):
            Period(DAY, last)


async def test_a_day_as_a_table_has_a_row_a_segment_and_no_formula() -> None:
    person = msgspec.structs.replace(FREELANCER, name=HOSTILE)
    paper = PaperDiary(a_contract(name="@acme", freelancer=person))
    paper.write(a_segment(at(9), memo=HOSTILE, pictures=paper.paint(at(9), monitors=2)))
    paper.deleted[paper.found[0].id].append(a_tombstone(at(8), by="=1+1"))
    day = await paper.day(paper.found[0].id, DAY)
    rows = [*csv.DictReader(io.StringIO(segments_csv(paper.found[0], day).decode(), newline=""))]
    assert [row["start"] for row in rows] == ["2026-11-06T08:00:00Z", "2026-11-06T09:00:00Z"]
    gone, row = rows
    assert (gone["status"], gone["deleted_by"], gone["tracked_minutes"]) == (
        "deleted",
        "'=1+1",
        "6",
    )
    assert (row["keystrokes"], row["clicks"], row["scrolls"]) == ("812", "75", "193")
    assert (row["billable_minutes"], row["active_minutes"]) == ("10", "8")
    assert len(row["pictures"].split()) == 2
    for cell in (*row.values(), *gone.values()):
        assert not cell.startswith(("=", "+", "-", "@"))
        assert not any(map(is_unsafe, cell))


async def test_an_archive_has_the_page_its_style_and_every_picture(paper: PaperDiary) -> None:
    archive = await an_archive(paper, day_of(DAY))
    names = archive.namelist()
    folder = "acme-website-2026-11-06/"
    assert all(name.startswith(folder) for name in names)
    day = await paper.day(paper.found[0].id, DAY)
    claimed = [picture for segment in day.segments for picture in segment.pictures]
    kept = {name: archive.read(name) for name in names if name.endswith(".webp")}
    assert sorted(kept.values()) == sorted(paper.files[one.digest] for one in claimed)
    page = Page(archive.read(folder + "index.html").decode())
    shown = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert {folder + str(src) for src in shown} == set(kept)
    linked = [attributes["href"] for tag, attributes in page.tags if tag in ("a", "link")]
    assert {folder + str(href) for href in linked} <= set(names)
    articles = [attributes["id"] for tag, attributes in page.tags if tag == "article"]
    assert articles == [f"{one.start:%Y-%m-%dT%H:%M}" for one in day.segments]
    for digest in (one.digest for one in claimed):
        assert digest in page.said
    assert all(entry.date_time[0] == 2026 for entry in archive.infolist())


async def test_what_others_wrote_is_text_and_the_page_runs_nothing() -> None:
    person = msgspec.structs.replace(FREELANCER, name=HOSTILE)
    paper = PaperDiary(a_contract(name=HOSTILE, freelancer=person))
    contest = api.Contest(by=HOSTILE, at=at(12), reason=HOSTILE)
    paper.write(
        a_segment(at(9), memo=HOSTILE, status=HOSTILE, reason=HOSTILE, no_picture=HOSTILE,
                  contested=contest),
        a_segment(at(9, 20), kind="manual", status="manual", why_manual=HOSTILE),
    )  # fmt: skip
    paper.deleted[paper.found[0].id].append(a_tombstone(at(8), by=HOSTILE))
    day = await paper.day(paper.found[0].id, DAY)
    text = index_page(paper.found[0], day_of(DAY), [day], (), MADE)
    page = Page(text)
    assert page.said.count("<script>alert(1)</script>") >= 8
    assert not {tag for tag, _ in page.tags} & {"script", "style", "iframe", "object", "form"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert not any(is_unsafe(one) for one in text.replace("\n", ""))
    (policy,) = (one["content"] for _, one in page.tags if one.get("http-equiv"))
    assert str(policy).startswith("default-src 'none';")
    assert "script" not in str(policy)


async def test_a_week_is_one_page_of_its_days(paper: PaperDiary) -> None:
    archive = await an_archive(paper, week_from(date(2026, 11, 2)))
    page = Page(archive.read("acme-website-2026-W45/index.html").decode())
    sections = [attributes["id"] for tag, attributes in page.tags if tag == "section"]
    assert sections == [f"2026-11-{day:02d}" for day in range(2, 9)]
    assert page.said.count("Nothing was recorded.") == 2


async def test_a_picture_that_is_gone_is_said_and_one_that_is_another_ends_it() -> None:
    paper = PaperDiary()
    pictures = paper.paint(at(9), monitors=2)
    paper.write(a_segment(at(9), pictures=pictures))
    del paper.files[pictures[1].digest]
    archive = await an_archive(paper, day_of(DAY))
    page = archive.read("acme-website-2026-11-06/index.html").decode()
    assert "deleted while this was taken out" in page
    assert len(re.findall(r"<img ", page)) == 1
    paper.files[pictures[0].digest] += b"!"
    with pytest.raises(WorkdiaryError, match="another picture than sha256"):
        await an_archive(paper, day_of(DAY))


async def test_a_day_as_json_says_the_same_and_commands_nothing() -> None:
    paper = PaperDiary()
    paper.write(a_segment(at(9), memo=HOSTILE + "\x9b\u2028"))
    file = io.BytesIO()
    await write_export(paper, paper.found[0], day_of(DAY), "json", file, MADE)
    text = file.getvalue().decode()
    assert not any(map(is_unsafe, text))
    day = await paper.day(paper.found[0].id, DAY)
    assert json.loads(text) == json.loads(api.to_json(day))


async def test_progress_counts_the_pictures() -> None:
    paper = PaperDiary()
    a_full_day(paper)
    told: list[tuple[int, int]] = []
    await write_export(
        paper, paper.found[0], day_of(DAY), "html", io.BytesIO(), MADE,
        lambda done, of: told.append((done, of)),
    )  # fmt: skip
    assert told[0] == (1, len(told))
    assert told[-1] == (len(told), len(told))


@pytest.fixture
def paper() -> PaperDiary:
    paper = PaperDiary()
    a_full_day(paper)
    return paper
