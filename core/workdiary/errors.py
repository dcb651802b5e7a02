"""Every error that workdiary raises on purpose.

* WorkdiaryError            a message meant for a person: what was found, where, what to do
  - ConfigError             the operator must change a setting (exit 2)
    + UnknownPluginError    ... that names a plugin nobody installed
  - InvalidError            malformed input: HTTP 422; ``code`` names the rule that was broken
    + TooLargeError         ... it is larger than the stated limit: HTTP 413
  - UnauthenticatedError    no valid token: HTTP 401
  - DeniedError             the caller may see this but not do that: HTTP 403
  - NotFoundError           it is not there, or not the caller's to see: HTTP 404
  - RefusedError            well formed, and the diary says no: HTTP 409; ``code`` names the rule
  - TimeoutExpiredError     the caller stalled in the middle of a request: HTTP 408
  - OverloadedError         try again later: HTTP 503 with Retry-After
    + RecoveringError       ... the log was restored, and waits for what its parties hold of it
  - StorageError            a storage backend failed (the closed set is in workdiary.storage)
  - UnreachableError        the server cannot be reached from here (exit 4)
  - CaptureError            a capture backend cannot work on this desktop
  - InconsistentError       a server's log is not the one that it was: ``code`` names how
"""

from __future__ import annotations

from collections.abc import Iterable


class WorkdiaryError(Exception):
    """Base of every error whose message is meant for a person."""

    code = "error"


class ConfigError(WorkdiaryError):
    """A setting is wrong; the message says which and what would be right."""

    code = "config"


class UnknownPluginError(ConfigError):
    """A setting names a plugin that is not installed, or one that is broken."""

    code = "unknown-plugin"

    def __init__(self, setting: str, name: str, installed: Iterable[str], why: str = "") -> None:
        known = ", ".join(sorted(installed)) or "none"
        reason = why or f"no installed plugin provides it (installed: {known})"
        super().__init__(f"{setting} = {name!r}: {reason}")


class CodedError(WorkdiaryError):
    """An error whose ``code`` a program may act on; the message is for people."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class InvalidError(CodedError):
    """The input is malformed, or breaks a rule that no retry can satisfy."""

    code = "invalid"


class TooLargeError(InvalidError):
    """The input is larger than the limit, which the message states."""

    code = "too-large"


class UnauthenticatedError(CodedError):
    """There is no token, or it is unknown, expired or revoked."""

    code = "unauthenticated"


class DeniedError(CodedError):
    """The caller's role does not allow this on an object that they may see."""

    code = "denied"


class NotFoundError(CodedError):
    """There is no such thing, or none that the caller may know of."""

    code = "not-found"


class RefusedError(CodedError):
    """The request is well formed, and the state of the diary says no."""

    code = "refused"


class TimeoutExpiredError(CodedError):
    """The caller did not finish sending a request in time."""

    code = "timeout"


class OverloadedError(CodedError):
    """The server cannot take this now; ``retry_after`` is in seconds."""

    code = "overloaded"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RecoveringError(OverloadedError):
    """The log was restored from a backup: until its parties gave back what it lost, it stands."""

    code = "recovering"


class UnreachableError(CodedError):
    """Nothing answers at the server's address; the message names it."""

    code = "unreachable"


class InconsistentError(CodedError):
    """A log contradicts what this machine holds of it.

    ``code`` is ``shrunk`` (entries are gone), ``altered`` (an entry is another), ``forked`` (the
    signed head is not that of the entries), ``gap`` (a device's entry is missing before another of
    its), ``unordered`` (a time of receipt went back), ``unreadable``, ``key`` (another key signs)
    or ``split`` (the other side saw another log).
    """

    code = "forked"


class CaptureError(CodedError):
    """A capture backend cannot work here; the message gives the reason."""

    code = "capture"
