"""The sets of a day as the diary shows them: as core cuts them for all who show a day."""

from workdiary.plain.sets import Set, set_around, sets_of

__all__ = ["Set", "set_around", "sets_of"]
