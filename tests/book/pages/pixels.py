"""Whether a picture can be read where it stands: its colours as they appear on the screen."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from playwright.sync_api import Locator

_PAGE = "picture => getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number).slice(0, 3)"


@dataclass(frozen=True)
class Look:
    """A picture as it is seen.

    `ink` is the contrast with the ground that the strongest hundredth of the picture reaches: letters and axes, that is;
    `box` is how far the colour around the drawing is from the page's own, on a scale of 255.
    """

    alt: str
    ink: float
    box: float


def look(picture: Locator) -> Look:
    pixels = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("RGB"))
    ground = rim_colour(pixels)
    box = np.abs(ground - np.array(picture.evaluate(_PAGE))).max()
    colours, of_pixel = distinct(pixels.reshape(-1, 3))
    ink = np.quantile(contrast(colours, ground)[of_pixel], 0.99)
    return Look(picture.get_attribute("alt") or "", float(ink), float(box))


def distinct(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colours that occur among those of shape (n, 3), and for each of the n which it is."""
    numbers, which = np.unique(colours.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32), return_inverse=True)
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1), which


def rim_colour(pixels: np.ndarray) -> np.ndarray:
    """The colour that occurs most often along the edges of a picture, just inside of them."""
    inner = pixels[3:-3, 3:-3]  # where a picture lies between two pixels, its outermost rows show the page
    rim = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    colours, which = distinct(rim)
    return colours[np.bincount(which).argmax()].astype(float)


def contrast(pixels: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Contrast of each pixel with the ground as WCAG defines it, between 1 and 21."""
    one, other = luminance(pixels), luminance(ground)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def luminance(colour: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours, shape (..., 3) in 0…255, as WCAG defines it."""
    share = np.asarray(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])
