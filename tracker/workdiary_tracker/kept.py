"""What this machine can give a restored server back: what the tracker sent, and what the pen wrote.

A segment that the freelancer deleted is forgotten here, and does not come back this way.
"""

from __future__ import annotations

from workdiary.healing import Content
from workdiary.outbox import Outbox

from workdiary_tracker.spool import Spool


def kept(spool: Spool, outbox: Outbox, entry: str) -> Content | None:
    """The content of the entry of this id, if it was made here in the last fourteen days."""
    item = spool.items.sent_as(entry)
    if item is not None:
        return Content(spool.items.body_of(item), list(spool.items.pictures(item)))
    body = outbox.body(entry)
    return None if body is None else Content(body)
