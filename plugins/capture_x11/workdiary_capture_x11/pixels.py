"""From an X server's raw picture to RGB, for the depths that desktops have."""

from __future__ import annotations

from PIL import Image
from workdiary.errors import CaptureError
from Xlib import X
from Xlib.display import Display
from Xlib.protocol import rq

Layout = tuple[int, int, int, int]
"""Bits a pixel, and the masks of red, green and blue."""

RAW_MODES: dict[Layout, str] = {
    (32, 0xFF0000, 0xFF00, 0xFF): "BGRX",
    (32, 0xFF, 0xFF00, 0xFF0000): "RGBX",
    (24, 0xFF0000, 0xFF00, 0xFF): "BGR",
    (16, 0xF800, 0x07E0, 0x1F): "BGR;16",
    (16, 0x7C00, 0x03E0, 0x1F): "BGR;15",
}
"""What Pillow calls each."""

TEN_BITS: Layout = (32, 0x3FF00000, 0xFFC00, 0x3FF)
LSB_FIRST = 0


def get_image(display: Display, x: int, y: int, width: int, height: int) -> Image.Image:
    """Picture of a rectangle of the desktop, by the core protocol's GetImage.

    :raises Xlib.error.BadMatch: the rectangle is not wholly on the desktop (any more)
    :raises CaptureError: pixels of a kind that no desktop known to us has
    """
    reply = display.screen().root.get_image(x, y, width, height, X.ZPixmap, 0xFFFFFFFF)
    layout, stride = _layout(display, reply, width)
    raw = reply.data if isinstance(reply.data, bytes) else reply.data.encode("latin-1")
    if layout == TEN_BITS:
        return _ten_bits(raw, width, height, stride)
    mode = RAW_MODES.get(layout)
    if mode is None:
        masks = ", ".join(f"{mask:#x}" for mask in layout[1:])
        raise CaptureError(f"{layout[0]} bits a pixel with masks {masks} are not supported")
    return Image.frombytes("RGB", (width, height), raw, "raw", mode, stride, 1)


def _layout(display: Display, reply: rq.DictWrapper, width: int) -> tuple[Layout, int]:
    """How a reply's pixels lie, and the bytes of one of its rows."""
    info = display.display.info
    if info.image_byte_order != LSB_FIRST:
        raise CaptureError("the X server sends pictures in big-endian order: not supported")
    kind = next(each for each in info.pixmap_formats if each.depth == reply.depth)
    visual = next(
        each
        for depth in display.screen().allowed_depths
        for each in depth.visuals
        if each.visual_id == reply.visual
    )
    stride = -(-width * kind.bits_per_pixel // kind.scanline_pad) * kind.scanline_pad // 8
    return (kind.bits_per_pixel, visual.red_mask, visual.green_mask, visual.blue_mask), stride


def _ten_bits(raw: bytes, width: int, height: int, stride: int) -> Image.Image:
    """The upper eight bits of ten: one shift of the whole picture brings a channel to a byte."""
    whole = int.from_bytes(raw, "little")

    def channel(shift: int, byte: int) -> Image.Image:
        moved = (whole >> shift).to_bytes(len(raw), "little")
        rows = Image.frombytes("RGBX", (width, height), moved, "raw", "RGBX", stride, 1)
        return rows.getchannel(byte)

    return Image.merge("RGB", (channel(6, 2), channel(4, 1), channel(2, 0)))
