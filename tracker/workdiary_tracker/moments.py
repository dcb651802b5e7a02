"""Each slot's one random moment: uniform over its ten minutes, in whole milliseconds."""

from __future__ import annotations

from collections.abc import Callable

from workdiary.segments import SEGMENT_SECONDS

_MILLISECONDS = SEGMENT_SECONDS * 1000
_FAIR = 2**32 // _MILLISECONDS * _MILLISECONDS


def draw(random: Callable[[int], bytes]) -> int:
    """Draw a moment, in milliseconds after the slot's start; ``random(n)`` gives n bytes.

    Numbers that would make the early moments likelier are drawn again.
    """
    while (number := int.from_bytes(random(4), "big")) >= _FAIR:
        pass
    return number % _MILLISECONDS
