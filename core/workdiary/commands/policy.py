"""Trying a billing policy on cases: for those who write one, and for those who want to be sure."""

from __future__ import annotations

from typing import BinaryIO

import click
import msgspec

from workdiary import policy_case
from workdiary.billing import Policy, PolicyFactory
from workdiary.errors import ConfigError, InvalidError
from workdiary.plugins import SERVER, Plugins


@click.group()
def policy() -> None:
    """Try billing policies."""


@policy.command("try")
@click.argument("name")
@click.argument("case", type=click.File("rb"))
def policy_try(name: str, case: BinaryIO) -> None:
    """Run the policy NAME on the case (or the list of cases) in the JSON file CASE.

    \b
    {"policy": "weekly_limit", "options": {}, "week": "2026-03-02",
     "terms": [{"from": "2026-01-05T00:00:00Z", "rate": 6000,
                "currency": "USD", "weekly_limit": 600}],
     "segments": [{"start": "2026-03-02T09:00:00Z", "count": 3},
                  {"start": "2026-03-02T09:30:00Z", "sampled": false}]}

    Rates are minor units an hour, limits minutes a week (null: none). A segment has a start, and
    where they are not as usual count, kind (tracked or manual), tracked_minutes, sampled, deleted,
    late, accepted and claimed_elsewhere. A case without "policy" is for any; of a list, the cases
    of other policies are left out. "-" reads standard input.

    Prints the week's limit, the statuses as run lengths in the order of start, the counted minutes
    by status and the amount in minor units, as JSON: for a list, a list.
    """
    factory = Plugins(SERVER).billing_policy("policy", name)
    try:
        cases, listed = policy_case.read_cases(case.read())
    except InvalidError as error:
        raise click.BadParameter(str(error), param_hint="CASE") from None
    mine = [one for one in cases if one.policy in ("", name)]
    if not mine:
        raise click.BadParameter(f"there is no case of policy {name}", param_hint="CASE")
    if len(mine) < len(cases):
        click.echo(f"left out {len(cases) - len(mine)} cases of other policies", err=True)
    found = [_judge(one, _policy(factory, one)) for one in mine]
    answer = msgspec.json.encode(found if listed else found[0])
    click.echo(msgspec.json.format(answer, indent=2).decode())


def _policy(factory: PolicyFactory, case: policy_case.Case) -> Policy:
    try:
        return factory(case.options)
    except ConfigError as error:
        raise ConfigError(f"{_named(case)}: options: {error}") from error
    except Exception as error:  # calling a plugin
        raise _failed(case, error) from error


def _judge(case: policy_case.Case, chosen: Policy) -> policy_case.Outcome:
    try:
        return policy_case.judge(case, chosen)
    except Exception as error:  # calling a plugin
        raise _failed(case, error) from error


def _failed(case: policy_case.Case, error: Exception) -> InvalidError:
    kind = "" if isinstance(error, InvalidError) else f"{type(error).__name__}: "
    return InvalidError(f"policy failed: {_named(case)}: {kind}{error}")


def _named(case: policy_case.Case) -> str:
    return case.name or f"the week of {case.week}"
