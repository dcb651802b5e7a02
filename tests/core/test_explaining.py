"""A segment's explanation in one paragraph."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
from workdiary import api
from workdiary.explaining import explanation_text


def an_explanation(**changes: object) -> api.Explanation:
    usual = api.Explanation(
        contract="0f" * 16,
        start=datetime(2026, 11, 26, 10, 20, tzinfo=UTC),
        status="auto",
        minutes=10,
        billable=10,
        amount=750,
        currency="USD",
        rate=4500,
        policy="weekly_limit",
        rule="rule 1",
        reason="the tracker was running at these ten minutes' random moment: all ten count",
        limit=2400,
        billed_before=620,
        frozen=False,
        text="not looked at",
    )
    return msgspec.structs.replace(usual, **changes)


def test_a_billed_segment_is_explained_with_its_money_and_inputs() -> None:
    assert explanation_text(an_explanation()) == (
        "The ten minutes from 10:20 to 10:30 UTC on Thursday, 2026-11-26, have the status auto, "
        "tracked time. 10 of 10 minutes are billed at 45.00 USD an hour: 7.50 USD, which is their "
        "part of the week's line, since a week is rounded once and not by segment. The policy "
        "weekly_limit decided so (rule 1): the tracker was running at these ten minutes' random "
        "moment: all ten count. The week's limit is 40 hours; 10h20 of that week were billed "
        "before it. The week is not frozen yet: this is provisional."
    )


def test_what_is_over_the_limit_bills_nothing() -> None:
    over = an_explanation(
        status="over_limit",
        billable=0,
        amount=0,
        rule="rule 3",
        reason="2400 are billed before it and these 10 do not fit (rule 3)",
        billed_before=2400,
        frozen=True,
    )
    text = explanation_text(over)
    assert "the status over limit, time over the weekly limit. None of the 10 minutes" in text
    assert text.count("rule 3") == 1
    assert text.endswith("The week is frozen: this does not change any more.")


def test_a_week_without_a_limit_and_one_of_zero_say_so() -> None:
    assert "The week has no limit; 1 hour of that week" in explanation_text(
        an_explanation(limit=None, billed_before=60)
    )
    assert "The week's limit is 0 hours;" in explanation_text(an_explanation(limit=0))


def test_a_plugins_words_are_made_harmless() -> None:
    text = explanation_text(
        an_explanation(status="evil\x1b[2J", reason="\u202eabc", rule="\n", policy="p\x07")
    )
    assert not {"\x1b", "\u202e", "\n", "\x07"} & set(text)


def test_a_moment_in_another_zone_is_told_in_utc() -> None:
    manila = timezone(timedelta(hours=8))
    moved = an_explanation(start=datetime(2026, 11, 27, 7, 50, tzinfo=manila))
    assert "from 23:50 to 00:00 UTC on Thursday, 2026-11-26" in explanation_text(moved)
