"""Screenshots in a terminal: decoding behind limits, fitting to cells, and drawing them.

A renderer takes an RGB image and a box of cells, and returns one Strip a line. These draw with
block characters and work on every terminal; ones for graphics protocols can stand beside them.
"""

from workdiary_tui.pictures.blocks import half_blocks, quadrants, sextants
from workdiary_tui.pictures.decoding import Decoder, UndecodableError
from workdiary_tui.pictures.fitting import fit
from workdiary_tui.pictures.loupe import Loupe
from workdiary_tui.pictures.modes import Mode, choose_mode

__all__ = [
    "Decoder",
    "Loupe",
    "Mode",
    "UndecodableError",
    "choose_mode",
    "fit",
    "half_blocks",
    "quadrants",
    "sextants",
]
