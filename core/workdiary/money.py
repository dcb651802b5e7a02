"""Money for people: minor units written as amounts, and amounts read as minor units.

There is no float: an amount is an integer of its currency's smallest unit (ISO 4217).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from workdiary.errors import InvalidError

_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_NONE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND")
_NONE_EITHER = ("VUV", "XAF", "XOF", "XPF")
_DIGITS = dict.fromkeys(_THREE, 3) | dict.fromkeys((*_NONE, *_NONE_EITHER), 0)


def minor_digits(currency: str) -> int:
    """How many decimals a currency has: two, unless ISO 4217 says otherwise."""
    return _DIGITS.get(currency.upper(), 2)


def written(amount: int, currency: str) -> str:
    """``180000`` of USD as ``1,800.00 USD``."""
    digits = minor_digits(currency)
    sign, whole = "-" if amount < 0 else "", abs(amount)
    units, rest = divmod(whole, 10**digits)
    decimals = f".{rest:0{digits}d}" if digits else ""
    return f"{sign}{units:,}{decimals} {currency}"


def plain(amount: int, currency: str) -> str:
    """``180000`` of USD as ``1800.00``: for spreadsheets, which add what they can read."""
    return written(amount, currency).rpartition(" ")[0].replace(",", "")


def minor_units(text: str, currency: str) -> int:
    """An amount as people write it, such as ``45.00``, in the currency's minor units.

    :raises InvalidError: code ``money``; it is no amount, negative, or has too many decimals
    """
    digits = minor_digits(currency)
    try:
        amount = Decimal(text).scaleb(digits)
    except InvalidOperation:
        raise InvalidError(f"{text!r} is not an amount such as 45.00", "money") from None
    if not amount.is_finite() or amount < 0 or amount != amount.to_integral_value():
        raise InvalidError(f"{text!r}: {currency.upper()} has {digits} decimals", "money")
    return int(amount)
