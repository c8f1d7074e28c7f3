"""KMF as a format of Pillow: `Image.open`, `Image.save`, and all that goes with them.

``import kmformat`` registers it, so this module imports as little as it can. An image that is
opened has mode P, with its transparency in the palette and, as of a PNG, in `info`; only the head
of its file is read until the pixels are needed. Errors are as Pillow's users expect them: an
OSError that names the broken rule, when the file is opened if its head is damaged, and otherwise
when it is loaded. No image is partly decoded: `ImageFile.LOAD_TRUNCATED_IMAGES` changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast

from PIL import Image, ImageFile, ImagePalette, UnidentifiedImageError

from kmformat.errors import FormatError, LimitError

if TYPE_CHECKING:
    from kmformat.codec.format.container import Fetch
    from kmformat.codec.format.head import Box, FileHead
    from kmformat.codec.methods import PackedTile

FORMAT, MEDIA_TYPE, EXTENSION = "KMF", "image/x-kmf", ".kmf"
_MAGIC = b"\x8bKMF"
_DECODER = "kmf"
_INFO = ("icc_profile", "exif", "xmp", "transparency")
"""What `Image.save` may be told in place of what the image itself carries."""


class KmfImageFile(ImageFile.ImageFile):
    """A KMF file that Pillow has opened; `info` holds its metadata and transparency."""

    format = FORMAT
    format_description = "KMF palette image"

    def _open(self) -> None:
        from kmformat.codec.decoder import read_head
        from kmformat.storage.input import fetch_from_stream

        limit = _pixel_limit()
        with _pillow_errors(UnidentifiedImageError):
            fetch, length = fetch_from_stream(cast("IO[bytes]", self.fp), limit)
            head = read_head(fetch, length, limit, complete=False)
        self._mode, self._size = "P", (head.header.grid.width, head.header.grid.height)
        mode = "RGBA" if head.header.alpha else "RGB"
        self.palette = ImagePalette.ImagePalette(mode, head.palette.tobytes())
        self.palette.dirty = 1  # so that `load` puts it into the image
        ancillary = [chunk for chunk in head.chunks if not chunk.critical]
        if ancillary or head.header.alpha:
            from kmformat.pictures.metadata import pillow_info

            self.info.update(pillow_info(head.palette, ancillary))
        self._file = head, fetch, length
        self.tile = [ImageFile._Tile(_DECODER, (0, 0, *self._size), 0, self._file)]

    def draft(
        self,
        mode: str | None,  # noqa: ARG002
        size: tuple[int, int] | None,
    ) -> tuple[str, tuple[int, int, float, float]] | None:
        """Show the smallest overview that is no smaller than the image fitted into `size`.

        `thumbnail` does so by itself, and asks for twice its size. An overview with a palette of
        its own is shown in mode RGB or RGBA, so that it can be resized smoothly; one with that of
        the image, as of a label mask, in mode P. `mode` changes nothing.
        """
        import numpy as np

        from kmformat.codec.levels import fitting, overview_for, smaller

        if size is None or not self.tile:
            return None
        head, fetch, _ = self._file
        found = overview_for(head, fetch, smaller(self.size, fitting(self.size, size)))
        if found is None:
            return None
        level, part = found
        if not np.array_equal(level.palette, head.palette):
            self._mode, self.palette = "RGBA" if level.header.alpha else "RGB", None
            self.info.pop("transparency", None)
        self._size = level.header.grid.width, level.header.grid.height
        self._file = level, part, level.file_length
        self.tile = [ImageFile._Tile(_DECODER, (0, 0, *self._size), 0, self._file)]
        return self.mode, (0, 0, *self._size)

    def crop(self, box: tuple[float, float, float, float] | None = None) -> Image.Image:
        """Return a part of the image, as all of Pillow's images do.

        Of a part inside an image whose pixels are not loaded yet, only the tiles are read.
        """
        part = None if box is None else tuple(map(round, box))
        if part is None or not self.tile or self.mode != "P" or not _is_inside(part, self.size):
            return super().crop(box)
        from kmformat.codec.decoder import read_indices
        from kmformat.codec.format.container import check_file_length
        from kmformat.codec.format.head import Box

        head, fetch, length = self._file
        with _pillow_errors(OSError):
            check_file_length(head, length)
            indices = read_indices(head, fetch, Box(*part), None)
        pixels = Image.frombuffer("P", indices.shape[::-1], indices, "raw", "P", 0, 1)
        shown = self._new(pixels.im.copy())
        shown.palette = cast("ImagePalette.ImagePalette", self.palette).copy()
        return shown

    def load_seek(self, position: int) -> None:
        """Do nothing: the decoder finds its own way. `ImageFile.Parser` then waits for it all."""

    def load_end(self) -> None:
        """Let go of what decoding needed."""
        del self._file

    def verify(self) -> None:
        """Check every checksum, and that every index is in the palette; then close the file.

        Raises
        ------
        OSError
            Something is damaged.
        """
        if self.fp is not None and self.tile:
            head, fetch, length = self._file
            _read_tiles(head, fetch, length, lambda *_: None)
        super().verify()


class KmfDecoder(ImageFile.PyDecoder):
    """Unpacks the tiles of a KMF file into an image, with Pillow's own unpackers."""

    _pulls_fd = True

    def decode(self, _: object) -> tuple[int, int]:
        """Decode everything; called once."""
        import numpy as np

        from kmformat import kernels

        head, fetch, length = self.args

        def unpack(box: Box, tile: PackedTile) -> None:
            rows, mode = tile.rows, self.mode
            if mode == "P":
                mode = "P" if tile.bits == 8 else f"P;{tile.bits}"
            else:  # an overview with a palette of its own
                rows = head.palette[kernels.unpack(rows, tile.bits, box.width)]
            raw = Image._getdecoder(self.mode, "raw", (mode, 0, 1))
            raw.setimage(cast(Any, self.im), box)
            raw.decode(np.ascontiguousarray(rows).data)  # a copy would be as large as the tile

        _read_tiles(head, fetch, length, unpack)
        return -1, 0


def _read_tiles(head: FileHead, fetch: Fetch, length: int, use: Any) -> None:
    from kmformat.codec.decoder import for_each_tile
    from kmformat.codec.format.container import check_file_length

    with _pillow_errors(OSError):
        check_file_length(head, length)
        for_each_tile(head, fetch, head.header.grid.image, use, None)


def _is_inside(box: tuple[int, ...], size: tuple[int, int]) -> bool:
    """Tell whether a box, (left, upper, right, lower), has pixels, all of them of an image."""
    left, upper, right, lower = box
    return 0 <= left < right <= size[0] and 0 <= upper < lower <= size[1]


def _pixel_limit() -> int:
    """Return how many pixels are an error to Pillow, and not only a warning."""
    return 1 << 64 if Image.MAX_IMAGE_PIXELS is None else 2 * Image.MAX_IMAGE_PIXELS


@contextmanager
def _pillow_errors(malformed: type[OSError]) -> Iterator[None]:
    """Turn errors into those that Pillow's users expect; `malformed` is for a malformed file."""
    try:
        yield
    except FormatError as error:
        refused = "; LOAD_TRUNCATED_IMAGES does not apply to KMF"
        raise malformed(
            f"not a valid KMF file: {error.code}: {error}"
            + refused * bool(ImageFile.LOAD_TRUNCATED_IMAGES)
        ) from error
    except LimitError as error:
        raise Image.DecompressionBombError(str(error)) from error


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(_MAGIC)


def _save(image: Image.Image, stream: IO[bytes], _: str | bytes) -> None:
    """Write an image: the options of `Image.save` are those of `kmformat.encode`, and metadata.

    Options that KMF does not know are ignored, as all of Pillow's formats do.
    """
    from dataclasses import fields

    from kmformat.pictures.metadata import detached, with_dpi
    from kmformat.writing import EncodeOptions, save

    told: dict[str, Any] = image.encoderinfo
    if changed := {name: told[name] for name in _INFO if name in told}:
        image = detached(image)
        for name, value in changed.items():
            if value is None:
                image.info.pop(name, None)
            else:
                image.info[name] = value.tobytes() if isinstance(value, Image.Exif) else value
    if "dpi" in told:
        image = with_dpi(image, told["dpi"])
    known = {field.name for field in fields(EncodeOptions)}
    save(image, stream, **{name: value for name, value in told.items() if name in known})


def register() -> None:
    """Tell Pillow of the format; doing so again changes nothing."""
    Image.register_open(FORMAT, KmfImageFile, _accept)
    Image.register_save(FORMAT, _save)
    Image.register_extension(FORMAT, EXTENSION)
    Image.register_mime(FORMAT, MEDIA_TYPE)
    Image.register_decoder(_DECODER, KmfDecoder)
