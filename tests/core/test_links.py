"""Deep links: what they say, what they refuse, and that any name survives being one."""

from __future__ import annotations

import shlex
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.errors import InvalidError
from workdiary.links import Link, parse, segment_link
from workdiary.text import is_unsafe

AT = datetime(2026, 11, 3, 8, 20, tzinfo=UTC)
DAY = AT.date()


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("diary://acme/website", Link("acme/website")),
        ("diary://acme/website/", Link("acme/website")),
        ("diary://acme/website/2026-11-03", Link("acme/website", DAY)),
        ("diary://acme/website/2026-11-03#08:20", Link("acme/website", DAY, AT)),
        ("acme/website/2026-11-03#08:20", Link("acme/website", DAY, AT)),
        ("DIARY://acme/website/2026-11-03#8:29/2", Link("acme/website", DAY, AT, 2)),
        ("diary://acme/website/2026-W45", Link("acme/website", week=date(2026, 11, 2))),
        ("diary://acme/website/terms", Link("acme/website", terms=True)),
        ("diary://Caf%C3%A9%20%231", Link("Café #1")),
        ("Café", Link("Café")),
        ("diary://acme/%32026-11-03", Link("acme/2026-11-03")),
        ("diary://%2E%2E/%2E", Link("../.")),
    ],
)
def test_a_link_names_a_place(text: str, link: Link) -> None:
    assert parse(text) == link


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no contract"),
        ("diary://", "names no contract"),
        ("diary://2026-11-03", "names no contract"),
        ("https://acme/website", "it begins with diary://"),
        ("diary://acme/2026-13-40", "2026-13-40 is no day"),
        ("diary://acme/2026-W60", "2026-W60 is no day and no week"),
        ("diary://acme/9999-12-31", "outside of any diary"),
        ("diary://acme/0000-01-01", "is no day"),
        ("diary://acme#08:20", "a time needs its day"),
        ("diary://acme/2026-W45#08:20", "a time needs its day"),
        ("diary://acme/2026-11-03#", "is no time"),
        ("diary://acme/2026-11-03#24:00", "is no time"),
        ("diary://acme/2026-11-03#08:20/0", "is no time"),
        ("diary://acme/2026-11-03#08:20\n", "is no time"),
        ("diary://acme/2026-11-03#٠٨:20", "is no time"),
        ("diary://acme/100%", "write %25"),
        ("diary://%ff", "UTF-8"),
        ("diary://a%1b]52;c;x", "U+001B"),
        ("diary://a\u202eb", "U+202E"),
        ("diary://" + "a" * 101, "at most 100"),
        ("diary://" + "a" * 3000, "at most 2000"),
    ],
)
def test_a_wrong_link_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(InvalidError) as refused:
        parse(text)
    assert why in str(refused.value)
    assert not any(is_unsafe(character) for character in str(refused.value))


names = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")).filter(
        lambda character: not is_unsafe(character)
    ),
    min_size=1,
    max_size=100,
)
like_places = st.sampled_from(["2026-11-03", "a/2026-W45", "terms", "a/terms", "..", "/", "a//b/"])


@given(names | like_places, st.sampled_from(["", "day", "time", "monitor", "week", "terms"]))
def test_every_name_comes_back_out_of_its_link(name: str, what: str) -> None:
    link = {
        "": Link(name),
        "day": Link(name, DAY),
        "time": segment_link(name, AT),
        "monitor": segment_link(name, AT, 2),
        "week": Link(name, week=date(2026, 11, 2)),
        "terms": Link(name, terms=True),
    }[what]
    assert parse(str(link)) == link
    assert parse(link.path) == link
    assert link.path.isascii()
    assert link.path.isprintable()
    assert shlex.split(link.path) == [link.path]
    assert not link.path.startswith(("-", "~"))


def test_a_segment_of_another_zone_is_written_in_utc() -> None:
    from zoneinfo import ZoneInfo

    manila = AT.astimezone(ZoneInfo("Asia/Manila"))
    assert str(segment_link("acme", manila)) == "diary://acme/2026-11-03#08:20"
