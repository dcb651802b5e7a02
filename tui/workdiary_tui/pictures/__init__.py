"""Screenshots in a terminal: decoding behind limits, fitting to cells, and drawing them.

A renderer of block characters takes an RGB image and a box of cells, and returns one Strip a
line; it works on every terminal. Graphics protocols encode the image instead. Pillow is imported
with the first picture: a session of text alone does without its memory.
"""

from workdiary_tui.pictures.blocks import half_blocks, quadrants, sextants
from workdiary_tui.pictures.decoding import Decoder, UndecodableError
from workdiary_tui.pictures.fitting import fit
from workdiary_tui.pictures.loupe import Loupe
from workdiary_tui.pictures.modes import BLOCKS, GRAPHIC, Mode, choose_mode

__all__ = [
    "BLOCKS",
    "GRAPHIC",
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
