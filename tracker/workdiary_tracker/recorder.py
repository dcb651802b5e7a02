"""The recorder: what the segment clock says becomes parts in the spool, pictures and all.

It is handed readings and never waits, so that the same code runs in real time and in a test that
plays a fortnight in seconds. A closed part is kept open to a discard of its picture for a minute
after that was taken; then it is sealed, and is what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as ShotTimeoutError
from dataclasses import dataclass

from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureEvent
from workdiary.segments import MINUTE_SECONDS, SEGMENT_SECONDS
from workdiary.text import check_text

from workdiary_tracker.clocks import Reading
from workdiary_tracker.parts import DISCARDED, UNKNOWN, Sealer
from workdiary_tracker.segment_clock import Closed, Gap, Happening, OpenPart, SegmentClock, Shoot
from workdiary_tracker.shots import Shooter, Shot, failed
from workdiary_tracker.spool import Spool, SpoolFullError

DISCARD_SECONDS = 60
_SESSION_BYTES = 8
_LATE_SECONDS = 30
_PAST_THE_END = 2
_WAIT_FOR_SHOT = 5.0

Say = Callable[[str], None]


@dataclass(slots=True)
class Keeping:
    """A part on its way into the spool: its row there, and whether it is closed."""

    part: OpenPart
    number: int | None = None
    closed: bool = False
    kept_shot: bool = False


@dataclass(slots=True)
class Picture:
    """A slot's picture: under way, or here; it can be discarded until it is sealed."""

    slot: int
    future: Future[Shot]
    asked: float
    shot: Shot | None = None
    final: bool = False


class Recorder:
    """Records one freelancer's work. Not thread-safe: call it from one thread.

    ``counts`` says what the capture backend can count; ``jitter`` gives the seconds after closing
    before an entry may be sent; ``say`` is told of everything that a person may want to know.
    ``no_picture`` says why none is to be taken now, or "".
    """

    def __init__(
        self,
        spool: Spool,
        sealer: Sealer,
        counter: MinuteCounter,
        shooter: Shooter,
        random: Callable[[int], bytes],
        *,
        counts: Callable[[], str] = lambda: "counts",
        jitter: Callable[[], float] = lambda: 0.0,
        no_picture: Callable[[], str] = lambda: "",
        say: Say = lambda line: None,
    ) -> None:
        self.spool = spool
        self._sealer = sealer
        self._counter = counter
        self._shooter = shooter
        self._random = random
        self._counts = counts
        self._jitter = jitter
        self._no_picture = no_picture
        self._say = say
        self._clock = SegmentClock(spool.moment, counter.take, spool.claimed)
        self._keeping: list[Keeping] = []
        self._pictures: dict[int, Picture] = {}
        self._newest: Picture | None = None
        self._saved_at = 0
        self.full = False
        self.contract = self.memo = ""
        counter.paused = True

    @property
    def clock(self) -> SegmentClock:
        return self._clock

    @property
    def picture(self) -> Picture | None:
        """The session's newest picture, sealed or not."""
        return self._newest

    def recover(self, now: Reading) -> int:
        """Seal what an earlier run left open; returns how many parts that were.

        A part is sampled only if its moment had passed in tracked time and was written down.
        """
        count = 0
        for number, part, shot in self.spool.left_open():
            if part.holds_something:
                self._seal(part, shot, now, number)
                count += 1
            else:
                self.spool.drop_open(number)
        if count:
            self._say(f"closed {count} part(s) that an earlier run left open")
        return count

    def introduce(self, contract: str, now: Reading) -> None:
        """Begin this device's chain in a contract's log that does not know it yet."""
        with self.spool.transaction():
            self.spool.set_chain(contract, UNKNOWN)
        self.spool.record(contract, now.wall, lambda chain: self._sealer.enrolment(contract, chain))

    def start(self, contract: str, memo: str, now: Reading) -> None:
        """Begin a session."""
        check_text(memo, "the memo")
        self._clock.forget_claims_after(self.spool.claimed)
        self._counter.forget()
        self._newest = None
        self._clock.start(now, contract, memo, self._random(_SESSION_BYTES).hex())
        self.contract, self.memo = contract, memo
        self._pause()
        self._say("started")

    def stop(self, now: Reading) -> None:
        """End the session; its part is closed and, with its picture's minute over, sealed."""
        if self._clock.running:
            self._follow(self._clock.stop(now), now)
            self._say("stopped")

    def set_memo(self, memo: str, now: Reading) -> None:
        check_text(memo, "the memo")
        self._follow(self._clock.change_memo(now, memo), now)
        self.memo = memo

    def switch(self, contract: str, memo: str, now: Reading) -> None:
        """Go on under another contract, in the same session."""
        check_text(memo, "the memo")
        self._follow(self._clock.change_contract(now, contract, memo), now)
        self.contract, self.memo = contract, memo

    def tick(self, now: Reading) -> None:
        """Account for the time since the last call; call it every few seconds, and on time."""
        if self._clock.behind:
            self._clock.forget_claims_after(self.spool.claimed)
        self._follow(self._clock.tick(now), now)

    def told(self, event: CaptureEvent, now: Reading) -> None:
        """Follow what the desktop said."""
        match event:
            case CaptureEvent.LOCK | CaptureEvent.SUSPEND:
                happened = self._clock.leave(now, event)
            case CaptureEvent.UNLOCK:
                happened = self._clock.come_back(now, CaptureEvent.LOCK)
            case CaptureEvent.RESUME:
                happened = self._clock.come_back(now, CaptureEvent.SUSPEND)
            case CaptureEvent.DOWN | CaptureEvent.UP:
                happened = self._clock.blind(now, event is CaptureEvent.DOWN)
        self._say(event.value)
        self._follow(happened, now)

    def discard(self) -> bool:
        """Drop the last picture, if it was not sealed yet; its part says so."""
        picture = self.picture
        if picture is None or picture.final:
            return False
        picture.final = True
        picture.shot = Shot(int(picture.asked), no_picture=DISCARDED)
        for keeping in self._of_slot(picture.slot):
            keeping.kept_shot = False
            with self._noticing_a_full_disk():
                self._keep(keeping)
        self._say("picture discarded")
        return True

    def finish(self, now: Reading) -> None:
        """Stop and seal everything now: the process is about to end.

        :raises SpoolFullError: the disk is full; the open parts stay as they were last kept
        """
        self.stop(now)
        for picture in self._pictures.values():
            self._collect(picture, _WAIT_FOR_SHOT)
        self._seal_due(now, at_once=True)
        if self._keeping:
            raise SpoolFullError(f"the disk of {self.spool.path} is full: a part was not recorded")

    def _follow(self, happened: list[Happening], now: Reading) -> None:
        for event in happened:
            match event:
                case Shoot(slot):
                    self._shoot(slot, now)
                case Closed(part):
                    self._close(part)
                case Gap(why):
                    self._say(f"{why}: the time between is not tracked")
        self._pause()
        self._collect_all()
        self._save(now, bool(happened))
        self._seal_due(now)

    def _pause(self) -> None:
        """Input outside tracked time is not counted at all."""
        counting = self._clock.counting
        if counting and self._counter.paused:
            self._counter.forget()
        self._counter.paused = not counting

    def _shoot(self, slot: int, now: Reading) -> None:
        late = now.wall - slot - self.spool.moment(slot) / 1000
        why = self._no_picture()
        if why:
            future: Future[Shot] = Future()
            future.set_result(Shot(int(now.wall), no_picture=why))
        elif late > (_LATE_SECONDS if now.wall < slot + SEGMENT_SECONDS else _PAST_THE_END):
            future = Future()
            future.set_result(failed(int(now.wall), f"the tracker was {late:.0f} s late"))
        else:
            future = self._shooter()
        self._newest = self._pictures[slot] = Picture(slot, future, now.wall)

    def _collect_all(self) -> None:
        for picture in self._pictures.values():
            if picture.shot is None and picture.future.done():
                self._collect(picture, 0)
                if picture.shot is not None:
                    self._say(_taken(picture.slot, picture.shot))

    def _collect(self, picture: Picture, seconds: float) -> None:
        if picture.shot is not None:
            return
        try:
            picture.shot = picture.future.result(timeout=seconds)
        except ShotTimeoutError:
            picture.shot = failed(int(picture.asked), "stopped while it was taken")

    def _close(self, part: OpenPart) -> None:
        for keeping in self._keeping:
            if keeping.part is part:
                keeping.closed = True
                return
        self._keeping.append(Keeping(part, closed=True))

    def _save(self, now: Reading, at_once: bool) -> None:
        """Write open parts down each minute, and whenever something happened."""
        minute = int(now.wall // MINUTE_SECONDS)
        part = self._clock.part
        if part is not None and all(keeping.part is not part for keeping in self._keeping):
            self._keeping.append(Keeping(part))
        waiting = any(self._shot_to_keep(keeping) for keeping in self._keeping)
        if not (at_once or waiting or minute != self._saved_at):
            return
        self._saved_at = minute
        with self._noticing_a_full_disk():
            self._forget_empty()
            for keeping in self._keeping:
                self._keep(keeping)

    def _forget_empty(self) -> None:
        """A part whose only minute went to the next one is no part."""
        for keeping in list(self._keeping):
            if not keeping.part.holds_something and keeping.part is not self._clock.part:
                self._keeping.remove(keeping)
                if keeping.number is not None:
                    self.spool.drop_open(keeping.number)

    def _keep(self, keeping: Keeping) -> None:
        keeping.number = self.spool.keep_open(keeping.number, keeping.part, self._clock.claimed)
        shot = self._shot_to_keep(keeping)
        if shot is not None:
            self.spool.keep_shot(keeping.number, shot)
            keeping.kept_shot = True

    def _shot_to_keep(self, keeping: Keeping) -> Shot | None:
        picture = self._pictures.get(keeping.part.start)
        if keeping.kept_shot or not keeping.part.sampled or picture is None:
            return None
        return picture.shot

    def _seal_due(self, now: Reading, *, at_once: bool = False) -> None:
        """Seal closed parts in order; one whose picture can still be discarded waits."""
        for keeping in [k for k in self._keeping if k.closed]:
            picture = self._pictures.get(keeping.part.start) if keeping.part.sampled else None
            if picture is not None and not at_once and not self._settled(picture, now):
                return
            with self._noticing_a_full_disk():
                shot = picture.shot if picture is not None else None
                self._seal(keeping.part, shot, now, keeping.number)
                self._keeping.remove(keeping)
                if picture is not None:
                    picture.final = True
                    del self._pictures[picture.slot]

    def _settled(self, picture: Picture, now: Reading) -> bool:
        if picture.shot is None:
            return False
        return not picture.shot.frames or abs(now.wall - picture.asked) >= DISCARD_SECONDS

    def _seal(self, part: OpenPart, shot: Shot | None, now: Reading, number: int | None) -> None:
        place = self.spool.parts_of(part.contract, part.start)
        self.spool.record(
            part.contract,
            now.wall + self._jitter(),
            lambda chain: self._sealer.tracked(part, place, self._counts(), shot, chain),
            number,
        )
        minutes = part.mask.bit_count()
        self._say(f"recorded {_clock_time(part.start)}: {minutes} min, {_picture(part, shot)}")

    def _of_slot(self, slot: int) -> list[Keeping]:
        return [k for k in self._keeping if k.part.start == slot and k.part.sampled]

    def _noticing_a_full_disk(self) -> FullDisk:
        return FullDisk(self)

    def noticed_full_disk(self, full: bool, why: str = "") -> None:
        """Say once that the disk is full, and once that it is not any more."""
        if full != self.full:
            self._say(f"NOT RECORDING: {why}" if full else "the disk has room again")
        self.full = full


class FullDisk:
    """Lets a full disk pass, loudly: what could not be kept is tried again each minute."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if error is None or isinstance(error, SpoolFullError):
            self._recorder.noticed_full_disk(error is not None, str(error or ""))
            return True
        return False


def _clock_time(start: int) -> str:
    return f"{start // 3600 % 24:02d}:{start // 60 % 60:02d} UTC"


def _taken(slot: int, shot: Shot) -> str:
    what = (
        f"{len(shot.frames)} picture(s) taken" if shot.frames else f"no picture: {shot.no_picture}"
    )
    return f"{what} for {_clock_time(slot)}"


def _picture(part: OpenPart, shot: Shot | None) -> str:
    if not part.sampled:
        return "not sampled"
    if shot is not None and shot.frames:
        return f"{len(shot.frames)} picture(s)"
    return shot.no_picture if shot is not None else "no picture"
