"""What terminals answer: recorded replies, whole and broken, and what is drawn for each."""

from __future__ import annotations

import json
import os
import pty
import re
import termios
import threading
from dataclasses import replace

import click
import pytest
from click.testing import CliRunner, Result
from workdiary_tui.commands import workdiary_commands
from workdiary_tui.doctor import advice
from workdiary_tui.pictures import Mode
from workdiary_tui.terminal import Terminal, choose, with_colours
from workdiary_tui.terminal.probe import Probe, ask
from workdiary_tui.terminal.stream import Stream

KITTY = (
    "\x1bP>|kitty({})\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[4;432;720t"
    "\x1bP1$r0;48:2:1:2:3m\x1b\\\x1b[?2026;2$y\x1b[?62;c"
)
XTERM = "\x1bP>|XTerm(379)\x1b\\\x1bP1$r0;48:2::1:2:3m\x1b\\\x1b[?64;1;2c"
VT340 = XTERM.replace("64;1;2c", "63;1;2;4c")
MLTERM = "\x1b[6;18;9t\x1bP1$r0;48;5;16m\x1b\\\x1b[?63;1;2;3;4c"
TMUX = "\x1bP>|tmux 3.5a\x1b\\\x1b[6;18;9t\x1b[?1;2;4c"
WEZTERM = KITTY.format("0").replace("kitty(0)", "WezTerm 20240203-110809")
ENVIRONMENT = {"TERM": "xterm-256color"}


class FakeTerminal:
    """A pseudo-terminal that answers each batch of questions with the next of ``answers``."""

    def __init__(self, *answers: str) -> None:
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self._answers = answers
        self.asked: list[bytes] = []
        self.found = Probe()

    def probed(self, term: str = "xterm-256color") -> Terminal:
        thread = threading.Thread(target=self._answer)
        thread.start()
        try:
            self.found = ask(self.slave, self.slave, term)
            return self.found.terminal
        finally:
            thread.join()
            assert termios.tcgetattr(self.slave) == self.before
            os.close(self.slave)
            os.close(self.master)

    def _answer(self) -> None:
        for answer in self._answers:
            asked = b""
            while not re.search(rb"\x1b\[c(\x1b\\)?\Z", asked):
                asked += os.read(self.master, 4096)
            self.asked.append(asked)
            for start in range(0, len(answer), 7):  # breaks every sequence somewhere
                os.write(self.master, answer[start : start + 7].encode())


@pytest.mark.parametrize(
    ("answer", "best"),
    [
        (KITTY.format("0.41.1"), "kitty"),
        (KITTY.format("0.26.5"), "sextant"),
        (WEZTERM, "sextant"),
        (XTERM, "quadrant"),
        (VT340, "sixel"),
        (MLTERM, "sixel"),
        ("", "quadrant"),
        ("jk\x1b[6;18;9tq", "quadrant"),
    ],
)
def test_each_terminal_gets_the_best_that_it_surely_shows(answer: str, best: str) -> None:
    terminal = FakeTerminal(answer).probed()
    assert terminal.placeholders is (best == "kitty")
    assert terminal.sixel_pictures is (best == "sixel")
    chosen = choose(terminal, ENVIRONMENT)
    assert chosen.mode == best
    assert (Mode.KITTY in chosen.modes) is (best == "kitty")


def test_the_terminal_around_tmux_is_asked_through_it() -> None:
    fake = FakeTerminal(TMUX, KITTY.format("0.41.1"))
    terminal = fake.probed()
    assert terminal.tmux
    assert terminal.passthrough
    assert terminal.placeholders
    assert fake.asked[1].startswith(b"\x1bPtmux;\x1b\x1b_G")


def test_tmux_is_not_given_a_question_that_it_takes_for_a_title() -> None:
    fake = FakeTerminal(TMUX, "")
    fake.probed("tmux-256color")
    assert b"_G" not in fake.asked[0]


def test_a_palette_of_256_is_told_from_silence() -> None:
    terminal = FakeTerminal(MLTERM).probed("mlterm")
    assert terminal.colours == 256
    told = with_colours(terminal, {"TERM": "mlterm", "COLORTERM": "truecolor"})
    assert told == {"TERM": "mlterm-256color"}
    assert choose(replace(terminal, sixel=False), {"TERM": "mlterm"}).mode is Mode.QUADRANT
    assert FakeTerminal("\x1b[?6c").probed().colours == 0


def test_a_silent_passthrough_leaves_blocks_and_says_which_line_helps() -> None:
    terminal = FakeTerminal(TMUX, "").probed("tmux-256color")
    assert terminal.sixel
    assert not terminal.sixel_pictures
    assert choose(terminal, {"TERM": "tmux-256color"}).mode is Mode.QUADRANT
    assert "set -g allow-passthrough on" in "".join(advice(terminal, {}))


def test_an_answered_colour_is_told_to_textual_unless_no_colour_is_wanted() -> None:
    terminal = Terminal(colours=1 << 24)
    assert with_colours(terminal, {"TERM": "xterm"})["COLORTERM"] == "truecolor"
    assert "COLORTERM" not in with_colours(terminal, {"TERM": "xterm", "NO_COLOR": "1"})
    assert "COLORTERM" not in with_colours(Terminal(), {"TERM": "xterm"})


def test_few_colours_show_text_only_and_a_wish_is_granted() -> None:
    assert choose(Terminal(), {"TERM": "vt100"}).mode is Mode.OFF
    assert choose(Terminal(), {"TERM": "dumb"}).mode is Mode.OFF
    assert choose(Terminal(), {"TERM": "vt100"}, "half").mode is Mode.HALF


@pytest.mark.parametrize("answer", [KITTY.format("0.41.1"), VT340, MLTERM, TMUX])
@pytest.mark.parametrize("size", [1, 2, 5, 4096])
def test_a_reply_is_told_from_keys_however_it_is_broken(answer: str, size: int) -> None:
    stream, typed = Stream(), ""
    for start in range(0, len(answer), size):
        pieces = stream.feed(answer[start : start + size], 0.0)
        typed += "".join(piece.text for piece in pieces if not piece.reply)
    assert typed in ("", "\x1b[?2026;2$y")


@pytest.mark.parametrize("keys", ["j", "\x1b[A", "\x1bOP", "\x1b[1;5C", "\x1b]j", "\x1bPj", "é"])
def test_keys_stay_keys(keys: str) -> None:
    stream = Stream()
    pieces = stream.feed(keys, 0.0) + stream.tick(1.0)
    assert "".join(piece.text for piece in pieces) == keys
    assert not any(piece.reply for piece in pieces)


def test_a_reply_whose_escape_came_long_before_is_still_a_reply() -> None:
    stream = Stream()
    assert stream.feed("\x1b", 0.0) == []
    assert [piece.text for piece in stream.tick(0.2)] == ["\x1b"]
    assert all(piece.reply for piece in stream.feed("[?62;4c", 3.0))


def run(*arguments: str, **variables: str) -> Result:
    cli = click.Group()
    workdiary_commands(cli)
    return CliRunner().invoke(cli, ["tui", *arguments], env=variables)


def test_the_doctor_speaks_to_programs_even_without_a_terminal() -> None:
    told = run("doctor", "--images", "half", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["images"]["mode"] == "half"
    assert "▀" in run("doctor", "--images", "half").output


def test_a_wish_in_the_environment_is_heard_and_a_wrong_one_refused() -> None:
    assert "half: you asked for it" in run("doctor", WORKDIARY_IMAGES="half").output
    assert run("doctor", WORKDIARY_IMAGES="x").exit_code == 2


def test_the_command_itself_has_options_of_its_own_and_names_the_doctor_in_its_help() -> None:
    told = run("--help").output
    assert "--token-file" in told
    assert "workdiary tui doctor" in " ".join(told.split())
    assert "--json" in run("doctor", "--help").output


def test_keys_typed_while_the_terminal_was_asked_are_kept() -> None:
    fake = FakeTerminal("jé" + XTERM + "k")
    fake.probed()
    assert "".join(piece.text for piece in fake.found.typed) == "jék"
