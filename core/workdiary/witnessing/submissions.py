"""What a log hands to a witness (C2SP tlog-witness, add-checkpoint): its head, and that it goes on.

The body is ``old SIZE``, one hash a line in base64, a blank line, and the checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

from workdiary.errors import InvalidError
from workdiary.notes import NOTE_LONGEST
from workdiary.strict import read_base64, read_decimal, to_base64

PROOF_LONGEST = 63
"""Hashes in a consistency proof; no tree of less than 2⁶³ entries needs more."""
LONGEST = NOTE_LONGEST + 64 * 46
"""Bytes of a whole body."""
SIZE_TYPE = "text/x.tlog.size"
"""The content type of a refusal that says which size the witness has cosigned."""

_CODE = "submission"


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint, with the proof that it continues the log's first ``old`` entries."""

    old: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        proof = "".join(f"{to_base64(one)}\n" for one in self.path)
        return f"old {self.old}\n{proof}\n{self.checkpoint}"


def read_submission(body: bytes) -> Submission:
    """Read a body strictly; whoever signed the checkpoint is not looked at.

    :raises InvalidError: code ``submission``
    """
    try:
        head, blank, checkpoint = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise InvalidError("a submission is UTF-8 text", _CODE) from error
    first, *proof = head.split("\n")
    if not blank or not first.startswith("old "):
        raise InvalidError("a submission is 'old SIZE', a proof, a blank line, a checkpoint", _CODE)
    if len(proof) > PROOF_LONGEST:
        raise InvalidError(f"a consistency proof has at most {PROOF_LONGEST} hashes", _CODE)
    path = tuple(read_base64(line, "a proof's hash", _CODE) for line in proof)
    if any(len(one) != 32 for one in path):
        raise InvalidError("a proof's hash is 32 bytes", _CODE)
    return Submission(read_decimal(first[4:], "an old size", _CODE), path, checkpoint)
