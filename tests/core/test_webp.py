from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from workdiary.errors import InvalidError, TooLargeError
from workdiary.webp import check_picture


def a_webp(width: int, height: int, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (10, 90, 40)).save(file, "WEBP", **options)
    return file.getvalue()


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("size", [(1, 1), (1920, 1080), (3, 4000)])
def test_the_header_tells_the_size(lossless: bool, size: tuple[int, int]) -> None:
    picture = a_webp(*size, lossless=lossless)
    assert check_picture(picture[:30], len(picture)) == size


def test_an_extended_header_tells_the_size_too() -> None:
    picture = a_webp(64, 48, exif=b"Exif\0\0" + b"x" * 20)
    assert picture[12:16] == b"VP8X"
    assert check_picture(picture[:30], len(picture)) == (64, 48)


def test_a_picture_that_claims_80_megapixels_is_too_large() -> None:
    header = bytearray(a_webp(64, 48, exif=b"Exif\0\0" + b"x" * 20))
    header[24:27] = (9_999).to_bytes(3, "little")
    header[27:30] = (7_999).to_bytes(3, "little")
    with pytest.raises(TooLargeError, match="10000x8000"):
        check_picture(bytes(header[:30]), len(header))


@pytest.mark.parametrize("change", [-1, 1])
def test_cut_and_lengthened_files_are_refused(change: int) -> None:
    picture = a_webp(20, 20)
    with pytest.raises(InvalidError, match="says it has"):
        check_picture(picture[:30], len(picture) + change)


def test_an_animation_is_refused() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (30, 30), (n, 0, 0)) for n in (0, 99, 200)]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidError, match="one frame"):
        check_picture(file.getvalue()[:30], len(file.getvalue()))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_picture_or_a_clear_error(raw: bytes) -> None:
    with pytest.raises(InvalidError):
        check_picture(raw[:30], len(raw))
