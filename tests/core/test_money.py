"""Money for people: written amounts, and amounts read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.errors import InvalidError
from workdiary.money import minor_digits, minor_units, plain, written

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "usd", "XOF"])


@pytest.mark.parametrize(
    ("amount", "currency", "shown", "bare"),
    [
        (0, "USD", "0.00 USD", "0.00"),
        (5, "USD", "0.05 USD", "0.05"),
        (180000, "USD", "1,800.00 USD", "1800.00"),
        (1234567, "JPY", "1,234,567 JPY", "1234567"),
        (1234567, "KWD", "1,234.567 KWD", "1234.567"),
        (-150, "EUR", "-1.50 EUR", "-1.50"),
    ],
)
def test_an_amount_has_its_currencys_decimals(
    amount: int, currency: str, shown: str, bare: str
) -> None:
    assert written(amount, currency) == shown
    assert plain(amount, currency) == bare


@given(amount=st.integers(0, 10**15), currency=CURRENCIES)
def test_what_is_written_plainly_reads_back(amount: int, currency: str) -> None:
    assert minor_units(plain(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("45", "USD", 4500), ("45.0", "USD", 4500), ("45.01", "USD", 4501), ("0.125", "BHD", 125)],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, amount: int) -> None:
    assert minor_units(text, currency) == amount


@pytest.mark.parametrize("text", ["", "-1", "1.001", "NaN", "Infinity", "1,5", "abc"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        minor_units(text, "USD")
    assert refused.value.code == "money"


def test_a_currency_without_decimals_takes_none() -> None:
    assert minor_digits("JPY") == 0
    with pytest.raises(InvalidError, match="JPY has 0 decimals"):
        minor_units("45.50", "JPY")
