"""A command that some first words make another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click


class Worded(click.Command):
    """``words`` are commands of their own: ``tui doctor`` beside ``tui`` and ``tui LINK``.

    Whatever else comes first is the argument of the command itself.
    """

    def __init__(self, *arguments: Any, words: Mapping[str, click.Command], **settings: Any):
        super().__init__(*arguments, **settings)
        self.words = words

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        word = self.words.get(args[0]) if args else None
        if word is None:
            return super().make_context(info_name, args, parent, **extra)
        within = click.Context(self, parent, info_name)
        return word.make_context(word.name, args[1:], within, **extra)
