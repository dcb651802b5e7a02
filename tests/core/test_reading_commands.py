"""The commands that read a diary, run as people run them against a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from readingkit import AT, DAY, PLACE, START, Place, a_place
from workdiary import api


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_place(tmp_path) as place:
        yield place


async def test_every_screen_is_printed_in_lines_and_as_the_apis_json(place: Place) -> None:
    client, contract = place.grace, place.contract
    segment = await client.segment(contract, START)
    month = await client.calendar(contract, DAY)
    wanted: dict[tuple[str, ...], tuple[str, object]] = {
        ("contracts",): ("acme/site, Ada: ", await client.contracts()),
        ("day", "acme/site", f"{DAY}"): ("09:20 auto", await place.day()),
        ("week", "acme/site", "2026-W40"): (
            "Wed 30 Sep: tracked 0h30, auto 0h30, 15.00 USD",
            await client.week(contract, DAY),
        ),
        ("segment", "acme/site", AT): ("memo: task 0", segment),
        ("calendar", "acme/site", "2026-09"): ("month: tracked 0h30", month),
        ("terms", "acme/site"): ("the contract was opened", await client.terms(contract)),
    }
    for words, (line, answer) in wanted.items():
        plain, explicit = await place.run(*words), await place.run(*words, "--plain")
        assert plain.returncode == 0, plain.stderr
        assert line in plain.stdout
        assert plain.stdout == explicit.stdout
        assert "\x1b" not in plain.stdout
        told = await place.run(*words, "--json")
        assert json.loads(told.stdout) == json.loads(api.to_json(answer)), words


async def test_minutes_are_the_segments_own(place: Place) -> None:
    plain = await place.run("minutes", "acme/site", f"{START:%Y-%m-%dT09:15}Z")
    assert plain.stdout.splitlines()[2] == "09:10 active, 1 key, 2 clicks, 3 scrolls"
    told = json.loads((await place.run("minutes", "acme/site", AT, "--json")).stdout)
    assert [one["keystrokes"] for one in told["minutes"]] == [0] * 10
    assert told["active"] == 4


async def test_a_zone_moves_times_and_no_sum(place: Place) -> None:
    here = await place.run("day", "acme/site", f"{DAY}", "--zone", "freelancer")
    assert "17:20 (09:20 UTC) auto" in here.stdout
    assert here.stdout.splitlines()[2] == "tracked 0h30, billable 0h30, 15.00 USD"
    wrong = await place.run("day", "acme/site", "--zone", "Nowhere/Land")
    assert (wrong.returncode, "is not a time zone" in wrong.stderr) == (1, True)


async def test_the_place_of_a_link_is_printed_by_the_tui_without_a_terminal(place: Place) -> None:
    for link, words in (
        (PLACE, ("day", "acme/site", f"{DAY}")),
        (f"diary://{place.contract}/{DAY}", ("day", "acme/site", f"{DAY}")),
        ("acme/site", ("day", "acme/site", f"{DAY}")),
        (f"{PLACE}#09:15", ("segment", "acme/site", f"{DAY}T09:10")),
        ("acme/site/2026-W40", ("week", "acme/site", f"{DAY}")),
        ("acme/site/terms", ("terms", "acme/site")),
    ):
        for form in ("--plain", "--json"):
            by_link, by_name = await place.run("tui", link, form), await place.run(*words, form)
            assert by_link.returncode == 0, by_link.stderr
            assert by_link.stdout == by_name.stdout
    assert "acme/site, Ada" in (await place.run("tui", "--plain")).stdout


async def test_what_one_may_not_see_is_answered_as_what_is_not_there(place: Place) -> None:
    for form in ((), ("--plain",), ("--json",)):
        seen = set()
        for name in ("acme/secret", place.secret, "acme/nobody"):
            if form:
                told = await place.run("tui", f"{name}/{DAY}#09:00", *form)
                assert (told.returncode, told.stdout) == (1, "")
            else:
                told = await place.run("day", name)
                assert told.returncode == 1
            seen.add(told.stderr.replace(name, "NAME"))
        assert seen == {"workdiary: there is no contract 'NAME'; there are: acme/site\n"}


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ((PLACE,), 0, ""),
        (("acme/site/2026-02-30",), 2, "is no day"),
        ((f"{PLACE}#03:00",), 1, "nothing was tracked at 2026-09-30 03:00 UTC"),
        ((PLACE, "--server", "{server}", "--token-file", "{wrong}"), 3, ""),
        ((PLACE, "--server", "http://127.0.0.1:9", "--token-file", "{wrong}"), 4, "no answer"),
        ((PLACE, "--as", "/nowhere"), 2, "not enrolled"),
    ],
)
async def test_exit_codes_say_what_went_wrong(
    place: Place, tmp_path: Path, words: tuple[str, ...], code: int, why: str
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("no-token-at-all")
    filled = [word.format(server=place.grace.server, wrong=wrong) for word in words]
    told = await place.run("tui", *filled, "--plain")
    assert told.returncode == code, told.stderr
    assert why in told.stderr
    assert told.stdout == "" or code == 0
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("day", "acme/site", "soon"), "is no date"),
        (("week", "acme/site", "2026-W99"), "is no week"),
        (("segment", "acme/site", "noon"), "is no time"),
        (("calendar", "acme/site", "2026-13"), "is no month"),
    ],
)
async def test_wrong_words_are_usage(place: Place, words: tuple[str, ...], why: str) -> None:
    told = await place.run(*words)
    assert (told.returncode, why in told.stderr) == (2, True), told.stderr
