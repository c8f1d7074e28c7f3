"""The quantisers that `tools.bench.palette` measures beside KMF's, called *peers*.

A peer is a function that takes an RGB image and a number of colours, and returns a palette and what
the image then looks like: the index of each pixel, or its colour. None dithers. Palettes are
rounded to 8 bits; which entry a pixel gets is up to the peer. Libraries are imported in the
function that uses them, as any of them may be missing.
"""

from __future__ import annotations

import importlib
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import inf
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.Image import Quantize

import kmformat

U8 = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]
Shown: TypeAlias = tuple[U8, Array]
"""A palette (K, 3), and either indices (height, width) or RGB pixels (height, width, 3)."""

BLOCK = 1 << 14
"""Points whose distances to all centroids are computed at a time."""


def all_pixels(image: Image.Image) -> npt.NDArray[np.float32]:
    """Return every pixel as a point: float32 (height * width, 3)."""
    return np.asarray(image, np.float32).reshape(-1, 3)


def unique_colors(image: Image.Image) -> tuple[U8, Array, Array]:
    """Return distinct colours (n, 3), the count of each (n,), and the number of each pixel's."""
    red, green, blue = np.moveaxis(np.asarray(image, np.uint32), 2, 0)
    codes = red << 16 | green << 8 | blue
    codes, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    colors = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.uint8)
    return colors, counts, inverse.reshape(-1)


def round_palette(centroids: Any) -> U8:
    """Return centroids in levels, rounded to the nearest 8-bit colours."""
    return np.rint(np.clip(np.asarray(centroids, np.float64), 0, 255)).astype(np.uint8)


def indexed(image: Image.Image, centroids: Any, labels: Any) -> Shown:
    """Return what a k-means found; `labels` are one for each pixel, of any shape."""
    indices = np.asarray(labels).reshape(image.height, image.width)
    return round_palette(centroids), indices.astype(np.uint8)


def palette_error(colors: U8, counts: Array, palette: U8) -> float:
    """Return the mean squared error, exactly, if each colour gets its nearest palette entry."""
    entries, total = palette.astype(np.float64), 0.0
    for start in range(0, len(colors), BLOCK):
        points = colors[start : start + BLOCK].astype(np.float64)
        nearest = ((entries**2).sum(axis=1) - 2 * points @ entries.T).min(axis=1)
        total += float(((points**2).sum(axis=1) + nearest) @ counts[start : start + BLOCK])
    return total / (3 * int(counts.sum()))


def shown_error(image: Image.Image, shown: Shown) -> float:
    """Return the mean squared error over pixels and channels of a peer's result, exactly."""
    (palette, pixels), total = shown, 0
    for row, original in zip(pixels, np.asarray(image), strict=True):
        colors = row if pixels.ndim == 3 else palette[row]
        total += int(((original.astype(np.int32) - colors) ** 2).sum())
    return total / (3 * image.width * image.height)


def kmf(image: Image.Image, K: int, *, effort: int) -> Shown:
    """Run KMF's quantiser at an effort from 1 to 9."""
    result = kmformat.quantize(image, colors=K, effort=effort)
    return result.palette, result.indices


def of_palette_image(image: Image.Image) -> Shown:
    """Return the palette and indices of a Pillow image of mode P."""
    palette = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    return palette, np.asarray(image)


def pillow(image: Image.Image, K: int, *, method: Quantize, kmeans: int = 0) -> Shown:
    """Run one of Pillow's own quantisers, with or without k-means passes afterwards."""
    return of_palette_image(image.quantize(K, method, kmeans, dither=Image.Dither.NONE))


def libimagequant(image: Image.Image, K: int, *, speed: int, dithering: float = 0.0) -> Shown:
    """Run libimagequant by its C interface; the Python one cannot set the speed, which is 4."""
    package = importlib.import_module("imagequant")
    lib, ffi = package.lib, package.ffi
    rgba = image.convert("RGBA").tobytes()
    indices = np.empty((image.height, image.width), np.uint8)
    attributes = ffi.gc(lib.liq_attr_create(), lib.liq_attr_destroy)
    lib.liq_set_max_colors(attributes, K)
    lib.liq_set_speed(attributes, speed)
    picture = lib.liq_image_create_rgba(attributes, rgba, *image.size, 0)
    picture = ffi.gc(picture, lib.liq_image_destroy)
    found = ffi.new("liq_result**")
    if error := lib.liq_image_quantize(picture, attributes, found):
        raise RuntimeError(f"libimagequant's error {error}")
    result = ffi.gc(found[0], lib.liq_result_destroy)
    lib.liq_set_dithering_level(result, dithering)
    lib.liq_write_remapped_image(result, picture, ffi.from_buffer(indices), indices.size)
    palette = lib.liq_get_palette(result)  # taken after remapping, which refines it
    entries = [(c.r, c.g, c.b) for c in list(palette.entries)[: palette.count]]
    return np.array(entries, np.uint8), indices


def sklearn_pixels(image: Image.Image, K: int, *, kind: str) -> Shown:
    """Run scikit-learn's KMeans or MiniBatchKMeans (`kind`) once, on all pixels."""
    cluster = importlib.import_module("sklearn.cluster")
    model = getattr(cluster, kind)(K, n_init=1, random_state=0).fit(all_pixels(image))
    return indexed(image, model.cluster_centers_, model.labels_)


def sklearn_weighted(image: Image.Image, K: int) -> Shown:
    """Run scikit-learn's KMeans once, on the distinct colours weighted by their counts."""
    colors, counts, inverse = unique_colors(image)
    model = weighted_kmeans(colors, counts, K, seed=0)
    return indexed(image, model.cluster_centers_, model.labels_[inverse])


def weighted_kmeans(colors: U8, counts: Array, K: int, *, seed: int) -> Any:
    """Return scikit-learn's KMeans, fitted in one run to colours weighted by their counts."""
    model = importlib.import_module("sklearn.cluster").KMeans(K, n_init=1, random_state=seed)
    return model.fit(colors.astype(np.float32), sample_weight=counts)


def sklearn_sample(image: Image.Image, K: int) -> Shown:
    """Do as scikit-learn's example of colour quantisation: fit to 1000 pixels, predict all."""
    cluster = importlib.import_module("sklearn.cluster")
    shuffle = importlib.import_module("sklearn.utils").shuffle
    pixels = np.asarray(image, np.float64).reshape(-1, 3) / 255
    sample = shuffle(pixels, random_state=0, n_samples=min(1000, len(pixels)))
    model = cluster.KMeans(K, random_state=0).fit(sample)
    return indexed(image, model.cluster_centers_ * 255, model.predict(pixels))


def opencv(image: Image.Image, K: int) -> Shown:
    """Run OpenCV's kmeans: 100 iterations from k-means++ seeds, OMP_NUM_THREADS threads."""
    cv2 = importlib.import_module("cv2")
    if threads := os.environ.get("OMP_NUM_THREADS"):
        cv2.setNumThreads(int(threads))
    cv2.setRNGSeed(0)
    stop, seeding = (cv2.TERM_CRITERIA_MAX_ITER, 100, 0.0), cv2.KMEANS_PP_CENTERS
    _, labels, centers = cv2.kmeans(all_pixels(image), K, None, stop, 1, seeding)
    return indexed(image, centers, labels)


def faiss(image: Image.Image, K: int) -> Shown:
    """Run faiss.Kmeans with its defaults: it trains on a sample of 256 pixels a centroid."""
    pixels = all_pixels(image)
    model = importlib.import_module("faiss").Kmeans(3, K)
    model.train(pixels)
    return indexed(image, model.centroids, model.index.search(pixels, 1)[1])


def classic_loop(image: Image.Image, K: int) -> Shown:
    """Run textbook k-means in NumPy: random pixels as centroids, 10 iterations on all pixels."""
    pixels = all_pixels(image)
    centroids = np.random.default_rng(0).choice(pixels, K, replace=False)
    for _ in range(10):
        labels = nearest(pixels, centroids)
        for k in range(K):
            members = pixels[labels == k]
            if len(members):
                centroids[k] = members.mean(axis=0)
    return indexed(image, centroids, nearest(pixels, centroids))


def nearest(points: Array, centroids: Array) -> Array:
    """Return the number of the nearest centroid for each point, straight from the definition."""
    labels = np.empty(len(points), np.intp)
    for start in range(0, len(points), BLOCK):
        offsets = points[start : start + BLOCK, None] - centroids
        labels[start : start + BLOCK] = (offsets**2).sum(axis=2).argmin(axis=1)
    return labels


def piped(command: Sequence[str], data: io.BytesIO) -> Image.Image:
    """Return the picture that a command writes to its output, given data as input."""
    done = subprocess.run(command, input=data.getvalue(), capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    return Image.open(io.BytesIO(done.stdout))


def pngquant(image: Image.Image, K: int, *, speed: int, dithering: float = 0.0) -> Shown:
    """Run pngquant; the time includes writing an uncompressed PNG for it, and its own PNG."""
    png = io.BytesIO()
    image.save(png, "PNG", compress_level=0)
    floyd_steinberg = f"--floyd={dithering}" if dithering else "--nofs"
    command = ["pngquant", floyd_steinberg, "--speed", str(speed), str(K), "-"]
    return of_palette_image(piped(command, png))


def imagemagick(image: Image.Image, K: int) -> Shown:
    """Run ImageMagick's -colors; the image is passed as PPM both ways."""
    ppm = io.BytesIO()
    image.save(ppm, "PPM")
    command = [magick(), "ppm:-", "+dither", "-colors", str(K), "-depth", "8", "ppm:-"]
    shown = piped(command, ppm).convert("RGB")
    palette = [color for _, color in shown.getcolors(256) or []]
    return np.array(palette, np.uint8), np.asarray(shown)


@cache
def magick() -> str:
    """Return the command that is ImageMagick; other programs are called convert, too."""
    for name in filter(shutil.which, ("magick", "convert")):
        if says(name, "-version").startswith("Version: ImageMagick"):
            return name
    raise FileNotFoundError


def says(*command: str) -> str:
    """Return the first line that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0]


MODULES = {
    "KMF": "kmformat", "Pillow": "PIL", "scikit-learn": "sklearn", "OpenCV": "cv2",
    "faiss": "faiss", "NumPy": "numpy",
}  # fmt: skip
"""The modules whose ``__version__`` is the version of a library."""


def version_of(library: str) -> str:
    """Return a library's version; ImportError or FileNotFoundError if it is not installed."""
    if library == "libimagequant":  # its Python package has a version of its own
        number = importlib.import_module("imagequant").lib.liq_version()
        return f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    if library == "pngquant":
        return says("pngquant", "--version")
    if library == "ImageMagick":
        return says(magick(), "-version").split()[2]
    return str(importlib.import_module(MODULES[library]).__version__)


@dataclass(frozen=True)
class Peer:
    """A program that quantises.

    Attributes
    ----------
    name
        What tables call it, with its settings.
    library
        What it comes with, whose version is printed.
    run
        Takes an RGB image and a number of colours.
    largest
        Megapixels above which it is too slow, unless ``--all`` is given.
    """

    name: str
    library: str
    run: Callable[[Image.Image, int], Shown]
    largest: float = inf

    @property
    def in_process(self) -> bool:
        """Whether it runs in this process; otherwise it is a command of its own."""
        return self.library not in ("pngquant", "ImageMagick")


PEERS = (
    Peer("Pillow MEDIANCUT", "Pillow", partial(pillow, method=Quantize.MEDIANCUT)),
    Peer("Pillow kmeans=1", "Pillow", partial(pillow, method=Quantize.MEDIANCUT, kmeans=1)),
    Peer("Pillow MAXCOVERAGE", "Pillow", partial(pillow, method=Quantize.MAXCOVERAGE)),
    Peer("Pillow FASTOCTREE", "Pillow", partial(pillow, method=Quantize.FASTOCTREE)),
    Peer("libimagequant speed 1", "libimagequant", partial(libimagequant, speed=1)),
    Peer("libimagequant speed 4", "libimagequant", partial(libimagequant, speed=4)),
    Peer("libimagequant speed 10", "libimagequant", partial(libimagequant, speed=10)),
    Peer("scikit-learn all pixels", "scikit-learn", partial(sklearn_pixels, kind="KMeans"), 4),
    Peer("scikit-learn MiniBatch", "scikit-learn", partial(sklearn_pixels, kind="MiniBatchKMeans")),
    Peer("scikit-learn weighted", "scikit-learn", sklearn_weighted),
    Peer("scikit-learn 1000 pixels", "scikit-learn", sklearn_sample),
    Peer("OpenCV kmeans++", "OpenCV", opencv, 16),
    Peer("faiss", "faiss", faiss),
    Peer("classic loop", "NumPy", classic_loop, 4),
    Peer("pngquant speed 1", "pngquant", partial(pngquant, speed=1)),
    Peer("pngquant speed 3", "pngquant", partial(pngquant, speed=3)),
    Peer("ImageMagick", "ImageMagick", imagemagick),
)


def installed(
    efforts: Sequence[int], names: Sequence[str] | None
) -> tuple[list[Peer], dict[str, str], list[str]]:
    """Return the programs to run, the versions of their libraries, and what is missing.

    Parameters
    ----------
    efforts
        Of KMF, 1 to 9.
    names
        Peers are run whose name contains one of these, whatever the case; None for all.
    """
    peers = [Peer(f"KMF effort {e}", "KMF", partial(kmf, effort=e)) for e in efforts]
    versions, missing = {}, []
    for name in [""] if names is None else names:
        named = [peer for peer in PEERS if name.lower() in peer.name.lower()]
        peers += [peer for peer in named if peer not in peers]
        missing += [] if named else [f"{name} (no such peer)"]
    for library in dict.fromkeys(peer.library for peer in peers):
        try:
            versions[library] = version_of(library)
        except (ImportError, OSError):
            missing.append(f"{library} (not installed)")
    return [peer for peer in peers if peer.library in versions], versions, missing
