"""A week's timesheet as a document."""

from __future__ import annotations

from workdiary import api
from workdiary.money import written
from workdiary.text import harmless

from workdiary_server.papers import words
from workdiary_server.papers.blocks import Block, Document, Due, Facts, Heading, Notice, Paragraph
from workdiary_server.papers.tables import day_table


def week_document(sheet: api.Timesheet) -> Document:
    return Document(
        title="Timesheet",
        subject=harmless(sheet.name),
        period=words.week_words(sheet.week),
        state=sheet.state,
        dated=sheet.week,
        blocks=(
            Facts(_parties(sheet)),
            *_failure(sheet),
            day_table(sheet.days, sheet.totals, sheet.amount, sheet.currency),
            *_bill(sheet),
            Heading("How it came about"),
            Facts(_counting(sheet)),
            Heading("Terms used"),
            *(Paragraph(terms_words(terms)) for terms in sheet.terms),
        ),
        footer=f"log {sheet.size} entries, root {sheet.root}",
    )


def _parties(sheet: api.Timesheet) -> tuple[tuple[str, str], ...]:
    return (
        ("freelancer", harmless(sheet.freelancer)),
        ("clients", words.names(sheet.clients)),
        ("contract", sheet.contract),
        ("week", "Monday 00:00 to Sunday 24:00; weeks are cut in UTC"),
        ("state", _state(sheet)),
    )


def _state(sheet: api.Timesheet) -> str:
    if sheet.state == "closed":
        who = f"by {harmless(sheet.closed_by)}" if sheet.closed_by else "by the lock"
        when = f", {words.moment(sheet.closed)}" if sheet.closed else ""
        return f"closed {who}{when}; it does not change any more"
    if sheet.state == "open":
        return "open: provisional, it can still change until the week is locked"
    return f"{words.status_words(sheet.state)}: provisional until the result is frozen"


def _failure(sheet: api.Timesheet) -> tuple[Block, ...]:
    return failure(sheet.policy_error) if sheet.policy_error else ()


def failure(policy_error: str) -> tuple[Notice, ...]:
    """What a paper says loudly when the policy failed."""
    reason = harmless(policy_error).removeprefix("policy failed: ").rstrip(".")
    return (Notice(f"policy failed: {reason}. Nothing is billed."),)


def _bill(sheet: api.Timesheet) -> tuple[Block, ...]:
    lines = tuple(
        (
            "line" if len(sheet.lines) == 1 else f"line {number}",
            f"{words.hours(line.minutes)} x {written(line.rate, sheet.currency)} "
            f"= {written(line.amount, sheet.currency)}",
        )
        for number, line in enumerate(sheet.lines, 1)
    )
    nothing = (("line", "nothing is billed"),)
    return (
        Heading("Bill"),
        Facts(lines or nothing),
        Due("amount due", written(sheet.amount, sheet.currency)),
    )


def _counting(sheet: api.Timesheet) -> tuple[tuple[str, str], ...]:
    pairs = [
        ("tracked", words.clock(sheet.totals.tracked)),
        ("billed", words.clock(sheet.totals.billable)),
        ("weekly limit", words.limit_words(sheet.limit)),
        ("over limit", f"{words.clock(sheet.over_limit)}, not billed"),
        (
            "manual time",
            f"{words.clock(sheet.manual)}, {words.share(sheet.manual, sheet.totals.tracked)} "
            "of the time; added by hand",
        ),
        ("deleted", f"{words.clock(sheet.deleted)}, given up by the freelancer, not counted"),
        ("policy", f"{harmless(sheet.policy)} {harmless(sheet.policy_version)}".rstrip()),
    ]
    if sheet.policy_options:
        pairs.append(("options", words.options(sheet.policy_options)))
    return (*pairs, ("log size", f"{sheet.size} entries"), ("log root", sheet.root))


def terms_words(terms: api.Terms) -> str:
    """The terms of one stretch of time in a sentence: what held, who set it, and when."""
    pay = f"{written(terms.rate, terms.currency)} an hour" if terms.hourly else "a fixed price"
    limit = "no limit" if terms.weekly_limit is None else words.clock(terms.weekly_limit)
    held = [
        pay,
        limit if terms.weekly_limit is None else f"{limit} a week",
        "manual time allowed" if terms.manual else "no manual time",
        f"screenshots {harmless(terms.screenshots)}",
        f"zone {harmless(terms.zone)}",
        *(["paused"] if terms.paused else []),
        *(["ended"] if terms.ended else []),
    ]
    changed = ", ".join(words.status_words(name) for name in terms.changed)
    what = f"changed {changed}" if changed else "set"
    return (
        f"From {words.moment(terms.since)}: {', '.join(held)}. "
        f"{what.capitalize()} by {harmless(terms.by)}, "
        f"{words.moment(terms.received)}, entry {terms.index}."
    )
