"""A contract's days over a range, and the payroll of many contracts, as documents."""

from __future__ import annotations

from workdiary import api
from workdiary.money import written
from workdiary.text import harmless

from workdiary_server.papers import words
from workdiary_server.papers.blocks import Block, Column, Document, Due, Facts, Heading, Table
from workdiary_server.papers.tables import day_table
from workdiary_server.papers.week import failure


def range_document(paper: api.RangeTimesheet) -> Document:
    return Document(
        title="Timesheet",
        subject=harmless(paper.name),
        period=f"{words.day(paper.first)} to {words.day(paper.last)}",
        state="open" if paper.open else "closed",
        dated=paper.first,
        blocks=_range_blocks(paper),
        footer=f"contract {paper.contract}",
    )


def payroll_document(paper: api.Payroll) -> Document:
    """One part for every contract, and before them the sums that are paid."""
    blocks: list[Block] = [_overview(paper)]
    for currency in sorted(paper.amounts):
        amount = written(paper.amounts[currency], currency)
        blocks.append(Due(f"sum in {harmless(currency)}", harmless(amount)))
    for part in paper.contracts:
        blocks += [Heading(harmless(part.name), grand=True), *_range_blocks(part)]
    return Document(
        title="Payroll",
        subject=f"{len(paper.contracts)} contract{'s' * (len(paper.contracts) != 1)}",
        period=f"{words.day(paper.first)} to {words.day(paper.last)}",
        state="open" if any(part.open for part in paper.contracts) else "closed",
        dated=paper.first,
        blocks=tuple(blocks),
        footer="payroll; weeks are cut in UTC",
    )


def _overview(paper: api.Payroll) -> Table:
    return Table(
        columns=(
            Column("contract", right=False),
            Column("freelancer", right=False),
            Column("tracked"),
            Column("billed"),
            Column("amount"),
        ),
        rows=tuple(
            (
                harmless(part.name),
                harmless(part.freelancer),
                words.clock(part.totals.tracked),
                words.clock(part.totals.billable),
                written(part.amount, part.currency),
            )
            for part in paper.contracts
        ),
    )


def _range_blocks(paper: api.RangeTimesheet) -> tuple[Block, ...]:
    return (
        Facts(
            (
                ("freelancer", harmless(paper.freelancer)),
                ("clients", words.names(paper.clients)),
                ("contract", paper.contract),
                ("days", "each from 00:00 to 24:00; days and weeks are cut in UTC"),
                ("state", _state(paper)),
            )
        ),
        *(failure(paper.policy_error) if paper.policy_error else ()),
        day_table(paper.days, paper.totals, paper.amount, paper.currency),
        Facts(
            (
                ("late", f"{words.clock(paper.pending)}, waiting for the client, not billed"),
                ("adjustments", f"{written(paper.adjusted, paper.currency)} of the amount"),
            )
        ),
        Due("amount", written(paper.amount, paper.currency)),
    )


def _state(paper: api.RangeTimesheet) -> str:
    if paper.open:
        return "open: some of these weeks are not frozen yet, so that this can still change"
    return "closed: all of these weeks are frozen"
