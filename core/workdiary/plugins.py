"""Finding plugins and asking them by typed names; one broken package takes nothing else down.

Entry points stand in groups by the process that needs them, and are named ``KIND_NAME``, such as
``storage_local``. They are listed without importing them: only a plugin that a setting names is
imported, so that installing a package never runs its code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from workdiary import hookspecs
from workdiary.errors import ConfigError, UnknownPluginError

if TYPE_CHECKING:
    from workdiary.billing import PolicyFactory
    from workdiary.capture import CaptureFactory
    from workdiary.hookspecs import KeyProviderFactory
    from workdiary.storage import StorageFactory

CAPTURE = "workdiary.capture"
SERVER = "workdiary.server"
COMMANDS = "workdiary.commands"
GROUPS = (CAPTURE, SERVER, COMMANDS)

_FACTORY_HOOKS = {
    "capture": "workdiary_capture_backends",
    "storage": "workdiary_storage_backends",
    "billing": "workdiary_billing_policies",
    "keys": "workdiary_key_providers",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin as ``workdiary plugins`` lists it; ``provides`` are the names that it answers to."""

    group: str
    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...]
    provides: tuple[str, ...]
    broken: str


class Plugins:
    """One group's plugins. Built-in ones come through the same door as any other.

    ``broken`` holds, for each plugin that was asked for and failed, the reason in one line.
    """

    def __init__(self, group: str) -> None:
        self.group = group
        self.broken: dict[str, str] = {}
        self._points = sorted(entry_points(group=group), key=lambda point: point.name)
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)

    def capture_backend(self, setting: str, name: str) -> CaptureFactory:
        """:raises UnknownPluginError: nothing brings ``name``, or what does is broken"""
        found: CaptureFactory = self._factory("capture", setting, name)
        return found

    def storage_backend(self, setting: str, name: str) -> StorageFactory:
        """:raises UnknownPluginError: nothing brings ``name``, or what does is broken"""
        found: StorageFactory = self._factory("storage", setting, name)
        return found

    def billing_policy(self, setting: str, name: str) -> PolicyFactory:
        """:raises UnknownPluginError: nothing brings ``name``, or what does is broken"""
        found: PolicyFactory = self._factory("billing", setting, name)
        return found

    def key_provider(self, setting: str, name: str) -> KeyProviderFactory:
        """:raises UnknownPluginError: nothing brings ``name``, or what does is broken"""
        found: KeyProviderFactory = self._factory("keys", setting, name)
        return found

    def billing_version(self, name: str) -> str:
        """The version of the package that brings a policy; "" where none is installed.

        Nothing is imported.
        """
        points = [point for point in self._points if point.name == f"billing_{name}"]
        return points[0].dist.version if len(points) == 1 and points[0].dist else ""

    def use(self, setting: str, names: Iterable[str]) -> None:
        """Import the plugins of these entry-point names, for the hooks that only listen.

        :raises UnknownPluginError: one is not installed, or broken
        """
        for name in names:
            self._load(self._point(setting, name, name))
            if name in self.broken:
                raise UnknownPluginError(setting, name, (), f"it is broken: {self.broken[name]}")

    def add_commands(self, cli: Any, name: str | None = None) -> None:
        """Let each plugin, or the one called ``name``, add its commands; once each.

        One that fails is left out.
        """
        for point in self._points:
            if name not in (None, point.name) or self._manager.has_plugin(point.name):
                continue
            self._load(point)
            for plugin, implementation in self._implementations("workdiary_commands"):
                if plugin != point.name:
                    continue
                try:
                    implementation(cli)
                except Exception as error:
                    self._break(plugin, error)

    def entry_appended(self, contract: str, index: int, kind: str) -> None:
        """Tell the plugins in use of a new entry; what one raises is logged, no more."""
        for plugin, _ in self._implementations("workdiary_entry_appended"):
            others = [p for name, p in self._manager.list_name_plugin() if name != plugin and p]
            hook = self._manager.subset_hook_caller("workdiary_entry_appended", others)
            try:
                hook(contract=contract, index=index, kind=kind)
            except Exception:
                _log.exception("plugin %s failed in workdiary_entry_appended", plugin)

    def installed(self) -> list[Installed]:
        """Everything in this group, broken ones included. This imports them all."""
        return [self._describe(point) for point in self._points]

    def _factory(self, kind: str, setting: str, name: str) -> Any:
        """The factory ``name`` of the one plugin whose entry point is ``KIND_NAME``."""
        point = self._point(setting, name, f"{kind}_{name}")
        self._load(point)
        if point.name not in self.broken:
            factories = self._ask(point.name, _FACTORY_HOOKS[kind])
            if name in factories:
                return factories[name]
            self.broken.setdefault(point.name, f"it brings no {kind} called {name!r}")
        why = f"its plugin {_distribution(point)} is broken: {self.broken[point.name]}"
        raise UnknownPluginError(setting, name, (), why)

    def _point(self, setting: str, name: str, wanted: str) -> EntryPoint:
        found = [point for point in self._points if point.name == wanted]
        if not found:
            kind = wanted.removesuffix(name)
            known = [p.name.removeprefix(kind) for p in self._points if p.name.startswith(kind)]
            raise UnknownPluginError(setting, name, known)
        if len(found) > 1:
            both = " and ".join(sorted(map(_distribution, found)))
            raise ConfigError(f"{setting} = {name!r}: both {both} bring it; uninstall one of them")
        return found[0]

    def _load(self, point: EntryPoint) -> None:
        if self._manager.has_plugin(point.name) or point.name in self.broken:
            return
        try:
            self._manager.register(point.load(), name=point.name)
            self._manager.check_pending()
        except Exception as error:
            if self._manager.has_plugin(point.name):
                self._manager.unregister(name=point.name)
            self._break(point.name, error)

    def _ask(self, plugin: str, hook: str) -> dict[str, Any]:
        """One plugin's answer to a hook that names factories."""
        answers: dict[str, Any] = {}
        for name, implementation in self._implementations(hook):
            if name != plugin:
                continue
            try:
                answers.update(implementation() or {})
            except Exception as error:
                self._break(plugin, error)
        return answers

    def _break(self, name: str, error: Exception) -> None:
        self.broken[name] = f"{type(error).__name__}: {error}".splitlines()[0]

    def _implementations(self, hook: str) -> list[tuple[str, Callable[..., Any]]]:
        caller = getattr(self._manager.hook, hook)
        return [(found.plugin_name, found.function) for found in caller.get_hookimpls()]

    def _describe(self, point: EntryPoint) -> Installed:
        self._load(point)
        plugin = self._manager.get_plugin(point.name)
        callers = (self._manager.get_hookcallers(plugin) if plugin else None) or []
        hooks = sorted(caller.name for caller in callers)
        factories = [hook for hook in hooks if hook in _FACTORY_HOOKS.values()]
        provides = sorted(name for hook in factories for name in self._ask(point.name, hook))
        return Installed(
            group=self.group,
            name=point.name,
            distribution=_distribution(point),
            version=point.dist.version if point.dist else "?",
            hooks=tuple(hooks),
            provides=tuple(provides),
            broken=self.broken.get(point.name, ""),
        )


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value
