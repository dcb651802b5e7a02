"""The process that policies run in: it reads questions and writes replies until its input ends.

Policies are other people's code. What they print goes to stderr; what they raise is the reply.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from typing import BinaryIO

import msgspec
from workdiary.billing import Policy
from workdiary.errors import WorkdiaryError
from workdiary.plugins import SERVER, Plugins

from workdiary_server.policies.wire import (
    PREFIX_BYTES,
    Question,
    Reply,
    asked,
    digest,
    packed,
    reply,
)

_MEMORY_BYTES = 2 * 1024**3
_REASON = 300
_LOOK_SECONDS = 1.0


def main() -> None:
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    serve(sys.stdin.buffer, replies)


def _leave_with(server: int) -> None:
    """End when the server does, with all that policies started, even if it was killed."""
    while os.getppid() == server:
        time.sleep(_LOOK_SECONDS)
    os.killpg(0, signal.SIGKILL)


def serve(questions: BinaryIO, replies: BinaryIO) -> None:
    """Say that all is loaded, then answer one question after the other."""
    plugins = Plugins(SERVER)
    known: dict[bytes, Policy] = {}
    _say(replies, Reply())
    while prefix := questions.read(PREFIX_BYTES):
        content = questions.read(int.from_bytes(prefix, "big"))
        answer = _answer(msgspec.msgpack.decode(content, type=Question), plugins, known)
        _say(replies, msgspec.structs.replace(answer, to=digest(content)))


def _answer(question: Question, plugins: Plugins, known: dict[bytes, Policy]) -> Reply:
    try:
        key = msgspec.msgpack.encode((question.policy, question.options))
        if key not in known:
            factory = plugins.billing_policy("contract policy", question.policy)
            known[key] = factory(question.options)
        if question.week is None:
            return Reply()
        return reply(known[key](*asked(question)))
    except WorkdiaryError as error:
        return Reply(error=str(error)[:_REASON])
    except Exception as error:  # calling a plugin
        why = " ".join(str(error).split()) or "no reason given"
        return Reply(error=f"{type(error).__name__}: {why}"[:_REASON])


def _say(replies: BinaryIO, value: Reply) -> None:
    replies.write(packed(value))
    replies.flush()


if __name__ == "__main__":
    main()
