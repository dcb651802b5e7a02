"""Errors as RFC 9457 problems: one place turns every error into a status and a document."""

from __future__ import annotations

import logging
from http import HTTPStatus

from aiohttp import web
from workdiary import api
from workdiary.errors import (
    DeniedError,
    InvalidError,
    NotFoundError,
    OverloadedError,
    RefusedError,
    TimeoutExpiredError,
    TooLargeError,
    UnauthenticatedError,
    WorkdiaryError,
)
from workdiary.storage import StorageError, StorageFullError, UnavailableError

from workdiary_server.http.tokens import TooManyError

TYPE = "https://workdiary.invalid/problems/"
_STATUS: tuple[tuple[type[WorkdiaryError], int], ...] = (
    (TooManyError, 429),
    (TooLargeError, 413),
    (InvalidError, 422),
    (UnauthenticatedError, 401),
    (DeniedError, 403),
    (NotFoundError, 404),
    (RefusedError, 409),
    (TimeoutExpiredError, 408),
    (OverloadedError, 503),
    (StorageFullError, 507),
    (StorageError, 503),
)
_RETRY_SECONDS = 10.0
_log = logging.getLogger(__name__)


def problem(status: int, detail: str, code: str) -> web.Response:
    document = api.Problem(
        type=TYPE + code, title=HTTPStatus(status).phrase, status=status, detail=detail, code=code
    )
    return web.Response(body=api.to_json(document), status=status, content_type=api.PROBLEM)


def from_error(error: WorkdiaryError) -> web.Response:
    """An error of ours; one that no caller caused says only that it happened."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if status == 500:
        return unexpected(error)
    if isinstance(error, StorageError):
        _log.error("storage: %s", error)
    answer = problem(status, str(error), error.code)
    if status in (429, 503):
        wait = _RETRY_SECONDS
        if isinstance(error, OverloadedError | UnavailableError):
            wait = error.retry_after or wait
        answer.headers["Retry-After"] = str(max(1, round(wait)))
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def from_http(error: web.HTTPException) -> web.Response:
    """aiohttp's own refusals: no route, wrong method, too large, wrong type."""
    code = HTTPStatus(error.status).phrase.lower().replace(" ", "-")
    answer = problem(error.status, error.reason, code)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def unexpected(error: BaseException) -> web.Response:
    """A fault of ours: the log has the traceback, the caller never does."""
    _log.error("a request failed", exc_info=error)
    return problem(500, "the server failed; its log says why", "internal")
