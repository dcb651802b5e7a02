"""The terminal in front of the reviewer: what it answers, and which pictures it can show."""

from workdiary_tui.terminal.choice import Choice, choose, ground_of, with_colours
from workdiary_tui.terminal.probe import Probe, probe
from workdiary_tui.terminal.terminal import Terminal

__all__ = ["Choice", "Probe", "Terminal", "choose", "ground_of", "probe", "with_colours"]
