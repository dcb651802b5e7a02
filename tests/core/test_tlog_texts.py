"""What is signed and sent about a log: keys, heads, proofs and cosignatures, read strictly."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlogkit import KEY, ORIGIN, a_log
from workdiary.checkpoints import Head, open_head, read_head, sign_head
from workdiary.errors import InvalidError
from workdiary.notes import SigningKey, VerifyingKey, open_among, open_note, sign_note
from workdiary.tlog.cosignatures import (
    cosign,
    cosigner_hash,
    cosigner_text,
    read_cosignature,
    read_cosigner,
)
from workdiary.tlog.logged import Logged
from workdiary.tlog.proofs import inclusion_proof

# The example of the signed-note specification.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
LOG = a_log(300)
WITNESS = SigningKey("device/" + "ab" * 16, bytes(32))


def a_proof(index: int, size: int) -> Logged:
    return Logged(index, inclusion_proof(index, size, LOG.nodes(size)), LOG.checkpoint(size))


def test_the_specifications_note_is_verified_by_its_key() -> None:
    key = VerifyingKey.read(FOO)
    assert key.text == FOO
    assert open_note(FOO_NOTE.encode(), key) == "This is an example message.\n"


def test_a_cosigners_key_is_no_key_for_notes() -> None:
    text = cosigner_text(WITNESS.public)
    assert read_cosigner(text) == WITNESS.public
    for read, other in ((VerifyingKey.read, text), (read_cosigner, WITNESS.public.text)):
        with pytest.raises(InvalidError) as refused:
            read(other)
        assert refused.value.code == "key"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b+c",
        FOO[:-1],
        FOO + "=",
        FOO.replace("530d903a", "530d903b"),
        FOO.replace("530d903a", "530D903A"),
        FOO.replace("example.com/foo", "example.com/fo o"),
        FOO.replace("+Ae", "+Be"),
        "example.com/foo+530d903a+AQ==",
    ],
)
def test_what_is_not_a_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        VerifyingKey.read(text)


def test_signatures_of_others_are_ignored_and_an_own_one_must_hold() -> None:
    head = LOG.head(7)
    other = cosign(head, WITNESS, 1_700_000_000)
    signed = sign_head(head, KEY)
    assert open_head(signed + other.line, KEY.public) == head
    text, _, own = signed.rpartition("\n\n")
    assert open_head(f"{text}\n\n{other.line}{own}", KEY.public) == head
    broken = sign_head(LOG.head(8), KEY).rpartition("\n\n")[2]
    for lines in (other.line, other.line + broken, own + broken):
        with pytest.raises(InvalidError) as refused:
            open_head(f"{text}\n\n{lines}", KEY.public)
        assert refused.value.code == "signature"


def test_a_note_with_too_many_signatures_is_refused() -> None:
    line = cosign(LOG.head(7), WITNESS, 1).line
    signed = sign_head(LOG.head(7), KEY)
    assert open_head(signed + 63 * line, KEY.public) == LOG.head(7)
    with pytest.raises(InvalidError, match="64"):
        open_head(signed + 64 * line, KEY.public)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n07\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n-7\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n\u0667\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n{2**63}\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(bytes(32)).decode()[:-2]}B=\n",
        f"{ORIGIN}\n7\nnot base64\n",
        f"{ORIGIN}\n7\n{base64.b64encode(bytes(32)).decode()}\nan extension\n",
        f"\n7\n{base64.b64encode(bytes(32)).decode()}\n",
        "two words\n7\n" + base64.b64encode(bytes(32)).decode() + "\n",
    ],
)
def test_a_checkpoint_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        read_head(text)
    with pytest.raises(InvalidError):
        open_head(sign_note(text, KEY).decode(), KEY.public)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
@settings(deadline=None)
def test_a_proof_survives_the_way_and_back(place: tuple[int, int]) -> None:
    index, size = place
    proof = Logged.read(a_proof(index, size).text)
    assert proof == a_proof(index, size)
    assert proof.verify(LOG.leaves[index], KEY.public) == LOG.head(size)


def test_the_proofs_layout_is_the_specifications() -> None:
    lines = a_proof(5, 8).text.split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert [len(base64.b64decode(line)) for line in lines[2:5]] == [32, 32, 32]
    assert lines[5:8] == ["", ORIGIN, "8"]


def test_a_proof_of_another_leaf_log_or_key_is_refused() -> None:
    proof = a_proof(5, 8)
    stranger = SigningKey(ORIGIN, bytes(32))
    with pytest.raises(InvalidError) as refused:
        proof.verify(LOG.leaves[6], KEY.public)
    assert refused.value.code == "proof"
    with pytest.raises(InvalidError) as refused:
        proof.verify(LOG.leaves[5], stranger.public)
    assert refused.value.code == "signature"
    with pytest.raises(InvalidError):
        Logged(5, proof.path, LOG.checkpoint(9)).verify(LOG.leaves[5], KEY.public)


@given(st.data())
def test_no_altered_character_of_a_proof_goes_unnoticed(data: st.DataObject) -> None:
    text = a_proof(5, 8).text
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_categories=["Cs"], exclude_characters=text[place]))
    with pytest.raises(InvalidError):
        Logged.read(text[:place] + other + text[place + 1 :]).verify(LOG.leaves[5], KEY.public)


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("@v1", "@v2"),
        ("index 5", "index 05"),
        ("index 5", "index -5"),
        ("index 5", "index"),
        ("index 5\n", ""),
        ("index 5", "extra AA==\nindex 5"),
        ("index 5", "index 5\n" + "A" * 44),
        (f"\n\n{ORIGIN}", f"\n{ORIGIN}"),
    ],
)
def test_a_proof_in_any_other_form_is_refused(what: str, instead: str) -> None:
    text = a_proof(5, 8).text
    assert text.count(what) == 1
    with pytest.raises(InvalidError):
        Logged.read(text.replace(what, instead)).verify(LOG.leaves[5], KEY.public)


@given(st.text(max_size=200))
def test_any_text_is_a_proof_or_a_clear_error(text: str) -> None:
    with pytest.raises(InvalidError):
        Logged.read("c2sp.org/tlog-proof@v1\n" + text).verify(b"", KEY.public)


def test_a_cosignature_says_which_head_was_seen_when() -> None:
    head = LOG.head(7)
    made = cosign(head, WITNESS, 1_679_315_147)
    assert read_cosignature(made.line, head, WITNESS.public) == made
    blob = base64.b64decode(made.line.split()[-1])
    assert blob[:4] == cosigner_hash(WITNESS.public) != WITNESS.public.hash
    assert int.from_bytes(blob[4:12], "big") == 1_679_315_147
    message = b"cosignature/v1\ntime 1679315147\n" + head.text.encode()
    assert WITNESS.public.verify(message, blob[12:])


def test_a_cosignature_of_another_head_key_or_time_is_refused() -> None:
    made = cosign(LOG.head(7), WITNESS, 100)
    later = made.line.replace(made.line.split()[-1], _with_time(made.line, 101))
    stranger = SigningKey(WITNESS.public.name, bytes(range(32)))
    for line, head, key in (
        (made.line, LOG.head(8), WITNESS.public),
        (made.line, Head("elsewhere/1", 7, LOG.root(7)), WITNESS.public),
        (made.line, LOG.head(7), stranger.public),
        (later, LOG.head(7), WITNESS.public),
        (made.line[:-1], LOG.head(7), WITNESS.public),
        (2 * made.line, LOG.head(7), WITNESS.public),
        ("", LOG.head(7), WITNESS.public),
    ):
        with pytest.raises(InvalidError):
            read_cosignature(line, head, key)


def _with_time(line: str, at: int) -> str:
    blob = base64.b64decode(line.split()[-1])
    return base64.b64encode(blob[:4] + at.to_bytes(8, "big") + blob[12:]).decode()


def test_an_entry_cannot_be_taken_for_a_cosignature_nor_the_other_way() -> None:
    head = LOG.head(7)
    cosigned = (head.text + "\n" + cosign(head, WITNESS, 100).line).encode()
    with pytest.raises(InvalidError):
        open_note(cosigned, WITNESS.public)
    with pytest.raises(InvalidError):
        open_among(cosigned, WITNESS.public)
    signed = sign_note(head.text, WITNESS).decode().rpartition("\n\n")[2]
    with pytest.raises(InvalidError):
        read_cosignature(signed, head, WITNESS.public)
