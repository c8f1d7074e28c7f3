"""Contact sheets."""

from __future__ import annotations

import numpy as np
import pytest

from kmformat import ParameterError
from kmformat.report.comparison import compare
from kmformat.report.contact import Panel, caption_of, draw_contact_sheet, draw_slide
from kmformat.report.drawing import MARGIN
from tests.samples import noisy, photo


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("shape", [(200, 300), (300, 200), (16, 16)])
def test_a_sheet_is_like_a_slide_whatever_it_shows(count: int, shape: tuple[int, int]) -> None:
    panels = [Panel(photo(*shape), f"{number} colours") for number in range(count)]
    sheet = draw_contact_sheet(panels)
    assert sheet.mode == "RGB"
    assert 0.4 < sheet.width / sheet.height < 4


@pytest.mark.parametrize(("count", "columns"), [(6, 3), (7, 4), (4, 2), (9, 3)])
def test_few_places_are_empty(count: int, columns: int) -> None:
    sheet = draw_contact_sheet([Panel(photo(512, 768), "title")] * count)
    assert round(sheet.width / 800) == columns


def test_six_tall_pictures_are_in_rows_of_three() -> None:
    sheet = draw_contact_sheet([Panel(photo(768, 512), "title")] * 6)
    assert round(sheet.width / 560) == 3


@pytest.mark.parametrize("count", [1, 2, 6, 7])
@pytest.mark.parametrize("shape", [(200, 300), (1200, 500), (16, 16), (20, 700)])
def test_a_slide_shows_all_panels_whole(count: int, shape: tuple[int, int]) -> None:
    dark = Panel(np.zeros((*shape, 3), np.uint8), "")
    slide = draw_slide([dark] * count)
    assert (slide.mode, slide.size) == ("RGB", (1920, 1080))
    black = np.asarray(slide).max(axis=2) == 0
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    assert min(rows[0], 1079 - rows[-1], columns[0], 1919 - columns[-1]) >= MARGIN
    assert black.sum() % count == 0
    assert black.sum() > 0.1 * black.size or shape == (20, 700)


def test_large_pictures_are_reduced() -> None:
    sheet = draw_contact_sheet([Panel(np.zeros((400, 4000, 3), np.uint8), "long")])
    assert sheet.width < 1000


def test_titles_are_larger_where_pictures_are() -> None:
    heights = []
    for scale in (1, 2):
        panel = Panel(np.full((400 * scale, 384 * scale, 3), 247, np.uint8), "title")
        dark = np.asarray(draw_contact_sheet([panel]).convert("L")) < 100
        heights.append(int(dark.any(axis=1).sum()))
    assert heights[1] > heights[0]


def test_pictures_of_several_sizes_are_refused() -> None:
    with pytest.raises(ParameterError, match="2 sizes of pictures"):
        draw_contact_sheet([Panel(photo(9, 9), "a"), Panel(photo(9, 8), "b")])
    with pytest.raises(ParameterError, match="0 sizes"):
        draw_contact_sheet([])


def test_a_caption_tells_quality_and_size() -> None:
    found = compare(photo(), noisy(photo()), file_bytes=1234)
    assert caption_of(found) == f"PSNR {found.psnr:.1f} dB  ·  1,234 bytes"
    assert caption_of(compare(photo(), photo())) == "exact"
