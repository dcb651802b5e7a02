"""What every part of workdiary shares: the words, the log, the hooks and the command."""

from workdiary.hookspecs import hookimpl

__all__ = ["hookimpl"]
