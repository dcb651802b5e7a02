"""The project that the drawn editor has open."""

from __future__ import annotations

PROJECT = (
    (0, "app"),
    (1, "invoices.py"),
    (1, "prices.ts"),
    (1, "mail.py"),
    (1, "rounding.py"),
    (0, "migrations"),
    (1, "0007_moves.sql"),
    (1, "0006_prices.sql"),
    (0, "tests"),
    (1, "test_invoices.py"),
    (1, "test_prices.py"),
    (0, "README.md"),
    (0, "pyproject.toml"),
)

TESTS = (
    "....................................................... [ 62%]",
    "..................................                      [100%]",
)

FILES: dict[str, tuple[str, ...]] = {
    "invoices.py": tuple(
        '''"""What a client is asked to pay, and how it is rounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.rounding import CENT, ZERO


@dataclass(frozen=True)
class Line:
    """One rate of one week: minutes times rate, rounded once."""

    label: str
    minutes: int
    rate: Decimal

    @property
    def total(self) -> Decimal:
        exact = self.rate * self.minutes / 60
        return exact.quantize(CENT, rounding=ROUND_HALF_UP)


class Invoice:
    """The lines of a month; its total is the sum of what is printed."""

    def __init__(self, number: int, lines: Sequence[Line]) -> None:
        self.number = number
        self.lines = tuple(lines)

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), start=ZERO)

    def rows(self) -> Iterator[tuple[str, str, str]]:
        for line in self.lines:
            hours = f"{line.minutes // 60}:{line.minutes % 60:02}"
            yield line.label, hours, f"{line.total:,}"

    def check(self) -> None:
        # Rounding each segment would add up to another sum.
        if not self.lines:
            raise ValueError(f"invoice {self.number} has no lines")
        if self.total != sum(line.total for line in self.lines):
            raise ValueError("the rows do not add up to the total")


async def send(invoice: Invoice, address: str) -> None:
    invoice.check()
    async with mailbox() as box:
        await box.send(address, render(invoice))'''.splitlines()
    ),
    "prices.ts": tuple(
        """// The price table: one row a plan, one column a term.
import { Plan, Term, Money } from "./types";

export type Cell = { plan: Plan; term: Term; price: Money };

const DISCOUNT: Record<Term, number> = {
    month: 0,
    quarter: 5,
    year: 15,
};

export function price(plan: Plan, term: Term): Money {
    const full = plan.monthly * months(term);
    const less = full * DISCOUNT[term] / 100;
    return { cents: Math.round(full - less), currency: plan.currency };
}

export function table(plans: Plan[], terms: Term[]): Cell[][] {
    return plans.map((plan) =>
        terms.map((term) => ({ plan, term, price: price(plan, term) })),
    );
}

export function cheapest(cells: Cell[][]): Cell {
    const all = cells.flat();
    if (all.length === 0) {
        return null;
    }
    return all.reduce((least, cell) =>
        cell.price.cents < least.price.cents ? cell : least,
    );
}

function months(term: Term): number {
    return { month: 1, quarter: 3, year: 12 }[term];
}

// Formats in the reader's language: "1.234,50 EUR" or "EUR 1,234.50".
export function shown(money: Money, language: string): string {
    const style = new Intl.NumberFormat(language, {
        style: "currency",
        currency: money.currency,
    });
    return style.format(money.cents / 100);
}""".splitlines()
    ),
    "0007_moves.sql": tuple(
        """-- Attachments move to the new store, a day at a time.
create table attachment_move (
    attachment  bigint primary key,
    size        bigint not null,
    digest      bytea not null,
    copied_at   timestamp null,
    checked_at  timestamp null
);

create index attachment_move_open
    on attachment_move (attachment)
    where checked_at is null;

-- Everything of the last month first: it is read most.
with recent as (
    select id, size, digest
    from attachment
    where created_at > now() - interval '30 days'
    order by created_at
)
insert into attachment_move (attachment, size, digest)
select id, size, digest from recent;

-- A row is switched when its copy was read back.
update attachment as a
set store = 'new'
from attachment_move as m
where m.attachment = a.id
    and m.checked_at is not null
    and a.store = 'old';

select store, count(*), sum(size) / 1048576 as megabytes
from attachment
group by store
order by store;""".splitlines()
    ),
}
