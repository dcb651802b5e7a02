"""Starting a worker that takes the place of the one before it in its group."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def work(node: DOMNode, group: str, start: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``start()`` beside the screen; what the group was doing is cancelled.

    ``start`` makes the coroutine only when it runs: one that is cancelled before never exists.
    """
    _: Worker[None] = node.run_worker(start, group=group, exclusive=True)
