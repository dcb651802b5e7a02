"""``workdiary verify``: hold a bundle to what its log's signatures say, without any server."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from workdiary import credentials
from workdiary.errors import ConfigError, InvalidError, UnknownPluginError
from workdiary.text import harmless

if TYPE_CHECKING:
    from workdiary.billing import PolicyFactory
    from workdiary.bundles.complaints import Complaint, Learned
    from workdiary.bundles.reading import Bundle
    from workdiary.checkpoints import Head


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--full", is_flag=True, help="Check every signature, not each device's last alone.")
@click.option(
    "--head",
    "head_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A checkpoint of this log that you kept: the bundle must go on from it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print complaints and facts as JSON.")
def verify(bundle: Path, full: bool, head_file: Path | None, as_json: bool) -> None:
    """Verify a BUNDLE that 'workdiary export --format bundle' made: no server is asked.

    The log's head must be signed by the log's key and cover every entry; each entry stands in its
    device's chain and is signed by a device that the log introduces, in a role that may write it;
    contents and pictures are the ones committed to, missing only where something deleted them;
    closed weeks are computed again. If this machine holds a mirror of that log, the bundle must go
    on from it.

    Exit code 0: nothing to complain about; 1: complaints, each with its place; 2: it is no bundle.
    """
    from workdiary.bundles.complaints import Learned
    from workdiary.bundles.reading import Bundle
    from workdiary.bundles.verifying import Verification

    learned = Learned()
    try:
        with Bundle(bundle) as opened:
            known = _head_in(head_file) if head_file else _remembered(opened)
            check = Verification(opened, _Policies(), full, known, _progress(not as_json))
            complaints = []
            for complaint in check.run(learned):
                complaints.append(complaint)
                if not as_json:
                    click.echo(f"{complaint.code}: {complaint.place}: {complaint.meaning}")
            facts = _facts(opened, learned, known)
    except InvalidError as error:
        raise ConfigError(str(error)) from error
    if as_json:
        click.echo(_as_json(learned, complaints))
    else:
        click.echo("\n".join(harmless(line) for line in facts))
        click.echo(_verdict(len(complaints), full), err=True)
    if complaints:
        sys.exit(1)


class _Policies(dict[str, "PolicyFactory"]):
    """The installed billing policies, each imported when a closed week names it."""

    def get(self, name: str, default: object = None) -> PolicyFactory | None:  # type: ignore[override]  # nothing but a policy's name is asked for
        from workdiary.plugins import SERVER, Plugins

        try:
            return Plugins(SERVER).billing_policy("week.closed policy", name)
        except UnknownPluginError:
            return None


def _remembered(bundle: Bundle) -> Head | None:
    """The newest head of this log in this machine's mirror."""
    from workdiary.checkpoints import read_head
    from workdiary.mirror import FILE, Mirror
    from workdiary.notes import split_note

    home = credentials.home()
    if not (home / FILE).exists():
        return None
    contract = bundle.manifest.log_key.partition("+")[0].rpartition("/")[2]
    mirror = Mirror(home)
    try:
        held = mirror.held(contract)
    finally:
        mirror.close()
    return read_head(split_note(held.checkpoint.encode())[0]) if held.checkpoint else None


def _head_in(path: Path) -> Head:
    from workdiary.checkpoints import read_head
    from workdiary.notes import split_note

    try:
        return read_head(split_note(path.read_bytes())[0])
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except InvalidError as error:
        raise ConfigError(f"{path} is no checkpoint: {error}") from error


def _facts(bundle: Bundle, learned: Learned, known: Head | None) -> list[str]:
    lines = [
        f"log       {learned.origin or 'unknown'}",
        f"entries   {learned.size}, head {learned.root.hex()[:16]}",
        f"devices   {learned.devices}",
        f"segments  {learned.segments} tracked, {learned.deleted} deleted, {learned.late} late",
    ]
    if not bundle.manifest.bodies:
        lines.append("contents  not in this bundle: who made it may not read them")
    elif bundle.manifest.pictures:
        lines.append(f"pictures  {learned.pictures}")
    else:
        lines.append("pictures  left out")
    if learned.afterwards:
        said = "segments were signed after later entries were seen: after a crash, or made up"
        lines.append(f"signed    {learned.afterwards} {said}")
    lines += [f"week      {week}" for week in learned.weeks]
    lines += [f"cosigned  {size} entries by {name}" for name, size in learned.cosigners]
    lines.append(
        f"compared  with a head of {known.size} entries that was known before"
        if known
        else "compared  with nothing: no head of this log is known here (see --head)"
    )
    return lines + [f"note      {note}" for note in learned.notes]


def _as_json(learned: Learned, complaints: list[Complaint]) -> str:
    found = {"complaints": complaints, "log": learned}
    return msgspec.json.encode(found, enc_hook=repr).decode()


def _verdict(number: int, full: bool) -> str:
    depth = "every signature was checked" if full else "--full checks every signature"
    return f"{number} complaints" if number else f"nothing to complain about; {depth}"


def _progress(shown: bool) -> Callable[[str], None]:
    if not (shown and sys.stderr.isatty()):
        return lambda text: None
    return lambda text: click.echo(f"checking {text}", err=True)
