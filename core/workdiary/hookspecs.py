"""The hooks that a plugin may implement; docs/plugins.md documents each.

Hooks are synchronous and return named factories; asynchronous work happens in what those make.
A hook may return None, meaning that this plugin brings none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from workdiary.billing import PolicyFactory
    from workdiary.capture import CaptureFactory
    from workdiary.storage import StorageFactory

PROJECT = "workdiary"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

KeyProvider = Callable[[], bytes]
"""Returns the master key's 32 bytes; raises ConfigError naming the setting."""

KeyProviderFactory = Callable[[Mapping[str, object]], KeyProvider]


@hookspec
def workdiary_capture_backends() -> Mapping[str, CaptureFactory] | None:
    """Name the capture backends that this plugin brings.

    Called once, when the tracker starts and once in each picture's process; all answers are
    merged. A name that two plugins claim stops the start, and the message names both packages.

    :return: ``{"x11": factory}``: the value of ``[tracker] capture`` and its factory, called with
        the options in ``[capture.x11]``; or None
    """


@hookspec
def workdiary_storage_backends() -> Mapping[str, StorageFactory] | None:
    """Name the storage backends that this plugin brings.

    Called once, when the server starts; all answers are merged. A name that two plugins claim
    stops the start, and the message names both packages.

    :return: ``{"local": factory}``: the value of ``[storage.NAME] plugin`` and its factory, called
        with the other options of that table; or None
    """


@hookspec
def workdiary_billing_policies() -> Mapping[str, PolicyFactory] | None:
    """Name the billing policies that this plugin brings.

    Called once, when the server starts; all answers are merged. A name that two plugins claim
    stops the start, and the message names both packages. A contract names its policy in its terms.

    :return: ``{"weekly_limit": factory}``: a policy's name and its factory, called with the
        contract's options; or None
    """


@hookspec
def workdiary_key_providers() -> Mapping[str, KeyProviderFactory] | None:
    """Name the providers of the master key that this plugin brings.

    Called once, when the server starts; all answers are merged. A name that two plugins claim
    stops the start, and the message names both packages.

    :return: ``{"vault": factory}``: the value of ``[keys] provider`` and its factory, called with
        the other options of that table; or None
    """


@hookspec
def workdiary_commands(cli: click.Group) -> None:
    """Add commands to the ``workdiary`` command line.

    Called once by every run of ``workdiary``, in no promised order. A command that exists already
    is left as it is, and the plugin is reported as broken.

    :param cli: the group to add commands to
    """


@hookspec
def workdiary_entry_appended(contract: str, index: int, kind: str) -> None:
    """Learn that an entry was added to a contract's log: for webhooks, chat, invoices.

    Called once for each entry, after it is durable and its sender was answered, from a thread of
    its own, never on the write path. What it raises is logged with the plugin's name and changes
    nothing.

    :param contract: the contract's id
    :param index: the entry's index in the contract's log
    :param kind: the entry's kind, such as ``segment.tracked``
    """
