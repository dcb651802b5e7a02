"""A terminal in three panes: a test run, the machine's load, and the history of a branch."""

from __future__ import annotations

import random

from workdiary_capture_demo.paint import Canvas, Colour

_PLAIN, _DIM, _GOOD, _BAD, _BLUE, _GOLD = (
    "#d0d4da", "#7a828f", "#7ed36b", "#f0625a", "#6cb6ff", "#e5c07b",
)  # fmt: skip
_SUBJECTS = (
    "Round each line of the price table once",
    "Test a week that crosses its limit",
    "Name the plan in every row",
    "Keep the total equal to its rows",
    "Read prices in the reader's language",
    "Drop the table of old discounts",
    "Say which plan has no price",
    "Format amounts by currency",
    "Move rounding to a module of its own",
    "Check the sum before an invoice leaves",
)
_TESTS = (
    "test_a_line_is_rounded_once",
    "test_a_week_adds_up",
    "test_no_plan_costs_less_than_nothing",
    "test_a_year_is_cheaper_than_twelve_months",
    "test_the_total_is_the_sum_of_its_rows",
    "test_an_empty_table_has_no_cheapest_plan",
    "test_half_a_cent_goes_up",
    "test_amounts_are_shown_in_the_readers_way",
    "test_a_plan_without_price_is_named",
    "test_two_currencies_never_add",
)
_SIZE, _LINE = 14, 21
_TOP = 150


def terminal(canvas: Canvas, habit: random.Random, now: random.Random) -> None:
    canvas.fill("#0d0f13")
    left = round(canvas.width * habit.choice((0.54, 0.58, 0.62)))
    height = canvas.height - 26
    _tests(canvas.part(0, 0, left, height), now)
    canvas.block(left, 0, 2, height, "#3b8f3b")
    canvas.block(left, _TOP, canvas.width - left, 2, "#3a404a")
    _load(canvas.part(left + 2, 0, canvas.width - left - 2, _TOP), now)
    below = canvas.part(left + 2, _TOP + 2, canvas.width - left - 2, height - _TOP - 2)
    _history(below, habit, now)
    canvas.block(0, height, canvas.width, 26, "#2f9e44")
    canvas.text(12, height + 3, "[prices] 0:tests* 1:server- 2:log", "#04140a", _SIZE, typed=True)


def _write(canvas: Canvas, row: int, *pieces: tuple[str, Colour]) -> None:
    x = 14.0
    for text, colour in pieces:
        x = canvas.text(x, 10 + row * _LINE, text, colour, _SIZE, typed=True)


def _tests(canvas: Canvas, now: random.Random) -> None:
    """Runs of the tests, one below the other; the last one goes on."""
    rows, row = int((canvas.height - 10) / _LINE), 0
    while row < rows:
        prompt = ("~/acme/prices ", _BLUE), ("main ", _GOLD)
        _write(canvas, row, *prompt, ("$ uv run pytest -v", _PLAIN))
        names = now.sample(_TESTS, now.randrange(5, 9))
        for number, name in enumerate(names, 1):
            failed = now.random() < 0.08
            word, colour = ("FAILED", _BAD) if failed else ("PASSED", _GOOD)
            share = f" [{number * 100 // len(names):>3}%]"
            _write(canvas, row + number, (f"{name} ", _PLAIN), (word, colour), (share, _DIM))
        row += len(names) + 1
        seconds = now.randrange(200, 900) / 100
        _write(canvas, row, (f"===== {len(names)} tests in {seconds:.2f}s =====", _GOOD))
        row += 2


def _load(canvas: Canvas, now: random.Random) -> None:
    shades = ("#38a169", "#38a169", "#d69e2e", "#3182ce", "#805ad5")
    for row, name in enumerate(("cpu 1", "cpu 2", "cpu 3", "mem", "swap")):
        share = now.uniform(0.1, 0.9) if row < 4 else 0.04
        y = 12 + row * 26
        canvas.text(14, y, f"{name:<6}", _PLAIN, _SIZE, typed=True)
        wide = canvas.width - 150
        canvas.block(70, y + 2, wide, 14, "#1d2129")
        canvas.block(70, y + 2, wide * share, 14, shades[row])
        canvas.text(80 + wide, y, f"{share:>4.0%}", _DIM, _SIZE, typed=True)


def _history(canvas: Canvas, habit: random.Random, now: random.Random) -> None:
    _write(canvas, 0, ("$ ", _GOLD), ("git log --oneline --graph", _PLAIN))
    subjects = habit.sample(_SUBJECTS, len(_SUBJECTS))
    start = now.randrange(len(subjects))
    rows = int((canvas.height - 10) / _LINE) - 1
    for row in range(rows):
        number = start + row
        commit = f"{random.Random(number).getrandbits(28):07x} "  # noqa: S311 (a picture)
        subject = subjects[number % len(subjects)]
        if number % 5 == 3:
            _write(canvas, row + 1, ("|\\", _BAD))
            continue
        branch = "| * " if number % 5 == 4 else "* "
        head = (("(HEAD -> main) ", _BLUE),) if row == 0 else ()
        _write(canvas, row + 1, (branch, _BAD), (commit, _GOLD), *head, (subject, _PLAIN))
