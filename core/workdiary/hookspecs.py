"""The hooks that a plugin may implement; docs/plugins.md documents each.

Hooks are synchronous and return named factories; asynchronous work happens in what those make.
A plugin's entry point is called ``KIND_NAME`` (``storage_local``) and is imported only when a
setting names it; two packages that bring one name stop the start. A hook may return None, meaning
that this plugin brings none.
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

    Called when the tracker starts and in each picture's own process, if ``[tracker] capture``
    names the entry point ``capture_NAME``.

    :return: ``{"x11": factory}``: the value of ``[tracker] capture`` and its factory, called with
        the options in ``[capture.x11]``; or None
    """


@hookspec
def workdiary_storage_backends() -> Mapping[str, StorageFactory] | None:
    """Name the storage backends that this plugin brings.

    Called once, when the server starts, if a storage in use names the entry point
    ``storage_NAME``.

    :return: ``{"local": factory}``: the value of ``[storage.NAME] plugin`` and its factory, called
        with the other options of that table; or None
    """


@hookspec
def workdiary_billing_policies() -> Mapping[str, PolicyFactory] | None:
    """Name the billing policies that this plugin brings.

    Called when a contract's terms name the entry point ``billing_NAME`` as their policy.

    :return: ``{"weekly_limit": factory}``: a policy's name and its factory, called with the
        contract's options; or None
    """


@hookspec
def workdiary_key_providers() -> Mapping[str, KeyProviderFactory] | None:
    """Name the providers of the master key that this plugin brings.

    Called once, when the server starts, if ``[keys] provider`` names the entry point
    ``keys_NAME``.

    :return: ``{"vault": factory}``: the value of ``[keys] provider`` and its factory, called with
        the other options of that table; or None
    """


@hookspec
def workdiary_commands(cli: click.Group) -> None:
    """Add commands to the ``workdiary`` command line.

    Called once by every run of ``workdiary``, in no promised order, for every entry point in the
    group ``workdiary.commands``. A plugin that raises is reported and left out.

    :param cli: the group to add commands to
    """


@hookspec
def workdiary_entry_appended(contract: str, index: int, kind: str) -> None:
    """Learn that an entry was added to a contract's log: for webhooks, chat, invoices.

    Called once for each entry, after it is durable, from a thread of its own, never on the write
    path, in plugins that ``[server] plugins`` names. What it raises is logged with the plugin's
    name and changes nothing.

    :param contract: the contract's id
    :param index: the entry's index in the contract's log
    :param kind: the entry's kind, such as ``segment.tracked``
    """
