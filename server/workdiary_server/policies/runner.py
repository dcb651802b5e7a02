"""Asks policies in their own process, for a limited time, and remembers what they said.

A policy is a pure function: the same question has the same answer, so that an answer is kept by its
question. A process that does not answer in time is killed, and the next question starts another.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec
from workdiary.billing import Counted, Terms, Verdict, check_verdicts
from workdiary.bodies import Option
from workdiary.errors import InvalidError

from workdiary_server.policies.wire import (
    LONGEST,
    PREFIX_BYTES,
    Question,
    Reply,
    ask,
    digest,
    packed,
    verdicts_of,
)

START_SECONDS = 30.0
_KEPT = 1024
_FAILURE_KEPT_SECONDS = 60.0
_COMMAND = (sys.executable, "-m", "workdiary_server.policies.child")
_log = logging.getLogger(__name__)


class PolicyRunner:
    """Judges weeks; safe to call from any thread. ``seconds`` is a policy's time for one week."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asking = threading.Lock()
        self._memory = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._kept: OrderedDict[bytes, list[Verdict]] = OrderedDict()
        self._failed: dict[bytes, tuple[float, str]] = {}

    def judge(
        self,
        policy: str,
        options: Mapping[str, Option],
        terms: Sequence[Terms],
        week: Sequence[Counted],
    ) -> list[Verdict]:
        """One verdict a segment, by start.

        :raises InvalidError: code ``policy``; it failed, took too long or broke its promise
        """
        if not week:
            return []
        question = packed(ask(policy, options, terms, week))
        key = digest(question[PREFIX_BYTES:])
        known = self._remembered(key)
        if known is not None:
            return known
        with self._asking:
            known = self._remembered(key)  # whoever asked before us may have asked just this
            if known is not None:
                return known
            try:
                verdicts = verdicts_of(self._ask(question))
                check_verdicts(verdicts, terms, week)
            except InvalidError as error:
                _log.warning("billing policy %s failed: %s", policy, error)
                self._failed[key] = (time.monotonic() + _FAILURE_KEPT_SECONDS, str(error))
                raise
            with self._memory:
                self._kept[key] = verdicts
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return verdicts

    def check(self, policy: str, options: Mapping[str, Option]) -> None:
        """:raises InvalidError: code ``policy``; nothing brings it, or its options are wrong"""
        with self._asking:
            self._ask(packed(Question(policy, dict(options))))

    def close(self) -> None:
        with self._asking:
            self._end()

    def _remembered(self, key: bytes) -> list[Verdict] | None:
        """What was answered to this very question; a failure is repeated for a while, unasked."""
        with self._memory:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            until, why = self._failed.pop(key, (0.0, ""))
            if until <= time.monotonic():
                return None
            self._failed[key] = (until, why)
        raise InvalidError(why, "policy")

    def _ask(self, question: bytes) -> Reply:
        process = self._started()
        assert process.stdin is not None  # noqa: S101 - it was opened with a pipe
        try:
            process.stdin.write(question)
            process.stdin.flush()
            reply = _read(process, self._seconds)
            if reply.to != digest(question[PREFIX_BYTES:]):
                raise EOFError("it answered what was not asked")
        except (OSError, TimeoutError, EOFError, msgspec.DecodeError) as error:
            self._end()
            raise InvalidError(_why(error, self._seconds), "policy") from error
        if reply.error:
            raise InvalidError(reply.error, "policy")
        return reply

    def _started(self) -> subprocess.Popen[bytes]:
        """The process, ready for a question: what it takes to start is not the policy's time."""
        if self._process is None or _has_ended(self._process):
            self._end()
            paths = os.pathsep.join(path for path in sys.path if path)
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no input in it
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": paths},
                start_new_session=True,  # Ctrl-C is for the server, which ends this process
            )
            try:
                _read(self._process, START_SECONDS)
            except (OSError, TimeoutError, EOFError, msgspec.DecodeError) as error:
                self._end()
                raise InvalidError(f"the policies' process did not start: {error}", "policy") from (
                    error
                )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and all that policies started
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    _log.debug("the policies' process left with a question unread")
        process.wait()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Without taking its id back, by which all that it started is ended."""
    look = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, look) is not None


def _read(process: subprocess.Popen[bytes], seconds: float) -> Reply:
    """One reply within ``seconds``; TimeoutError or EOFError where there is none."""
    deadline = time.monotonic() + seconds
    length = int.from_bytes(_exactly(process, PREFIX_BYTES, deadline), "big")
    if length > LONGEST:
        raise EOFError("it said more than any week has")
    return msgspec.msgpack.decode(_exactly(process, length, deadline), type=Reply)


def _exactly(process: subprocess.Popen[bytes], wanted: int, deadline: float) -> bytes:
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    descriptor, content = process.stdout.fileno(), b""
    while len(content) < wanted:
        readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise TimeoutError
        piece = os.read(descriptor, wanted - len(content))
        if not piece:
            raise EOFError("its process ended")
        content += piece
    return content


def _why(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    return str(error) or "its process ended"
