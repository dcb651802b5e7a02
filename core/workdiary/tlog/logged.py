"""Proof that an entry was logged, as one text that can be checked offline (C2SP tlog-proof)."""

from __future__ import annotations

from dataclasses import dataclass

from workdiary.checkpoints import Head, open_head
from workdiary.errors import InvalidError
from workdiary.merkle import leaf_hash
from workdiary.notes import VerifyingKey
from workdiary.strict import read_base64, read_decimal, to_base64
from workdiary.tlog.proofs import verify_inclusion

_FIRST = "c2sp.org/tlog-proof@v1"
_PATH_LONGEST = 63
_PROOF_LONGEST = 65_535


@dataclass(frozen=True, slots=True)
class Logged:
    """Entry ``index`` is in the tree of ``checkpoint``; the checkpoint stands as it was signed."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        hashes = "".join(f"{to_base64(one)}\n" for one in self.path)
        return f"{_FIRST}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def read(cls, text: str) -> Logged:
        """Read a proof strictly; ``extra`` data, which nothing signs, is refused.

        :raises InvalidError: code ``proof``; neither the hashes nor the checkpoint are verified
        """
        if len(text) > _PROOF_LONGEST:
            raise InvalidError(f"a proof has at most {_PROOF_LONGEST} characters", "proof")
        proof, blank, checkpoint = text.partition("\n\n")
        first, *lines = proof.split("\n")
        if first != _FIRST or not blank or not checkpoint:
            raise InvalidError(f"a proof is {_FIRST}, index, hashes and a checkpoint", "proof")
        if not lines or not lines[0].startswith("index ") or len(lines) > _PATH_LONGEST + 1:
            raise InvalidError("a proof's second line is 'index' and the entry's", "proof")
        index = read_decimal(lines[0].removeprefix("index "), "an index", "proof")
        path = tuple(read_base64(line, "a proof's hash", "proof") for line in lines[1:])
        if any(len(one) != 32 for one in path):
            raise InvalidError("a proof's hashes have 32 bytes", "proof")
        return cls(index, path, checkpoint)

    def verify(self, leaf: bytes, key: VerifyingKey) -> Head:
        """Hold a whole leaf to the log that ``key`` signs; the head that covers it.

        :raises InvalidError: codes ``proof``, ``note``, ``signature`` and ``checkpoint``
        """
        head = open_head(self.checkpoint, key)
        verify_inclusion(self.path, self.index, leaf_hash(leaf), head.size, head.root)
        return head
