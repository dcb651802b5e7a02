"""What came to a week after its lock as a document."""

from __future__ import annotations

from collections.abc import Sequence

from workdiary import api
from workdiary.money import written
from workdiary.text import harmless

from workdiary_server.papers import words
from workdiary_server.papers.blocks import (
    Block,
    Column,
    Document,
    Due,
    Facts,
    Heading,
    Paragraph,
    Table,
)


def supplement_document(paper: api.Supplement) -> Document:
    return Document(
        title="Supplement",
        subject=f"contract {paper.contract}",
        period=words.week_words(paper.week),
        state="",
        dated=paper.week,
        blocks=(
            Paragraph(
                "What came to this week after its lock. The frozen timesheet stands apart and does "
                "not change; weeks are cut in UTC."
            ),
            *_pending(paper),
            *_decided(paper),
            *_contested(paper),
            Heading("Totals"),
            Facts(
                (
                    ("at the lock", written(paper.total - paper.amount, paper.currency)),
                    ("accepted later", written(paper.amount, paper.currency)),
                    ("still offered", written(paper.offered, paper.currency)),
                )
            ),
            Due("amount due with it", written(paper.total, paper.currency)),
        ),
        footer=f"supplement of contract {paper.contract}, {words.week_number(paper.week)}",
    )


def _pending(paper: api.Supplement) -> tuple[Block, ...]:
    if not paper.pending:
        return (Heading("Late, waiting for the client"), Paragraph("none"))
    offer = f"Accepting all of it would add {written(paper.offered, paper.currency)}."
    return (
        Heading("Late, waiting for the client"),
        _late_table(paper.pending),
        Paragraph(offer),
    )


def _decided(paper: api.Supplement) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading("Adjustments")]
    if not paper.adjustments:
        blocks.append(Paragraph("none"))
    for adjustment in paper.adjustments:
        word = "accepted" if adjustment.accepted else "declined"
        adds = "adds" if adjustment.accepted else "would have added"
        amount = f", {adds} {written(adjustment.amount, paper.currency)}"
        why = f" Reason: {harmless(adjustment.reason)}" if adjustment.reason else ""
        blocks.append(
            Paragraph(
                f"{word.capitalize()} by {harmless(adjustment.by)}, {words.moment(adjustment.at)}, "
                f"entry {adjustment.index}{amount}.{why}"
            )
        )
        blocks.append(_late_table(adjustment.segments))
    return tuple(blocks)


def _late_table(segments: Sequence[api.LateSegment]) -> Table:
    return Table(
        columns=(
            Column("segment", right=False),
            Column("arrived", right=False),
            Column("status", right=False, widest=12),
            Column("minutes"),
            Column("billed"),
        ),
        rows=tuple(
            (
                words.moment(segment.start),
                words.moment(segment.received),
                words.status_words(segment.status),
                words.clock(segment.minutes),
                words.clock(segment.billable),
            )
            for segment in segments
        ),
        total=(
            "total",
            "",
            "",
            words.clock(sum(segment.minutes for segment in segments)),
            words.clock(sum(segment.billable for segment in segments)),
        ),
    )


def _contested(paper: api.Supplement) -> tuple[Block, ...]:
    until = f"It can be contested until {words.moment(paper.contest_until)}."
    marks = tuple(
        Paragraph(
            f"{words.moment(found.start)}: contested by {harmless(found.contest.by)}, "
            f"{words.moment(found.contest.at)}. Reason: {harmless(found.contest.reason)}"
        )
        for found in paper.contested
    )
    return (Heading("Contested"), *(marks or (Paragraph("none"),)), Paragraph(until))
