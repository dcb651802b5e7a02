"""``workdiary policy try``: the written cases through the real command, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"
CASES: list[dict[str, Any]] = [
    case for file in sorted(VECTORS.glob("*.json")) for case in json.loads(file.read_text())
]
FIELDS = ("limit", "statuses", "minutes", "amount")
ONE = {
    "week": "2026-03-02",
    "terms": [
        {
            "from": "2026-01-05T00:00:00Z",
            "rate": 6000,
            "currency": "USD",
            "weekly_limit": 600,
        }
    ],
    "segments": [{"start": "2026-03-02T09:00:00Z"}],
}


def tried(name: str, case: object, *, raw: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workdiary.cli", "policy", "try", name, "-"],
        input=raw or json.dumps(case),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("policy", sorted({case["policy"] for case in CASES}))
def test_every_written_case_comes_out_as_agreed(policy: str) -> None:
    mine = [case for case in CASES if case["policy"] == policy]
    done = tried(policy, mine)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) == len(mine)
    for case, outcome in zip(mine, found, strict=True):
        assert (case["name"], outcome) == (case["name"], case["expect"])
        assert tuple(outcome) == FIELDS


def test_there_are_cases_of_both_policies_and_of_every_rule() -> None:
    assert {case["policy"] for case in CASES} == {"weekly_limit", "tracked_minutes"}
    assert len(CASES) >= 28
    statuses = {status for case in CASES for status, _ in case["expect"]["statuses"]}
    assert statuses >= {"auto", "manual", "over_limit", "partial", "late", "overlap", "not_hourly"}


def test_one_case_gives_one_object_and_what_it_expects_is_not_looked_at() -> None:
    done = tried("weekly_limit", ONE | {"expect": {"amount": 7}})
    assert json.loads(done.stdout) == {
        "limit": 600,
        "statuses": [["auto", 1]],
        "minutes": {"auto": 10},
        "amount": 1000,
    }


def test_a_segment_of_another_week_is_left_out() -> None:
    other = {"start": "2026-03-09T00:00:00Z"}
    done = tried("weekly_limit", ONE | {"segments": [*ONE["segments"], other]})
    assert json.loads(done.stdout)["statuses"] == [["auto", 1]]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"week": "2026-03-03"}, "is no Monday"),
        ({"terms": []}, "terms"),
        ({"surprise": 1}, "surprise"),
        ({"segments": [{"start": "2026-03-02T09:05:00Z"}]}, "ten-minute mark"),
        ({"segments": [{"start": "2026-03-02T09:00:00"}]}, "start"),
        ({"segments": [{"start": "2026-03-02T09:00:00Z", "kind": "magic"}]}, "kind"),
        ({"segments": [{"start": "2026-03-02T09:00:00Z", "tracked_minutes": 11}]}, "tracked"),
        ({"segments": [ONE["segments"][0], ONE["segments"][0]]}, "two segments"),
    ],
)
def test_a_wrong_case_is_named_in_one_line(change: dict[str, Any], why: str) -> None:
    done = tried("weekly_limit", ONE | change | {"name": "mine"})
    assert done.returncode == 2
    assert "case 1 (mine)" in done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_json_and_what_is_no_policy_are_said() -> None:
    assert "no JSON" in tried("weekly_limit", None, raw="{").stderr
    unknown = tried("generous", ONE)
    assert unknown.returncode == 2
    assert "installed: tracked_minutes, weekly_limit" in unknown.stderr


def test_a_wrong_option_says_what_would_be_right() -> None:
    done = tried("tracked_minutes", ONE | {"options": {"daily_cap": "much"}})
    assert done.returncode == 2
    assert "daily_cap = 'much'" in done.stderr
