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
    return Look(picture.get_attribute("alt") or "", float(np.quantile(contrast(pixels, ground), 0.99)), float(box))


def rim_colour(pixels: np.ndarray) -> np.ndarray:
    """The colour that occurs most often along the edges of a picture, just inside of them."""
    inner = pixels[3:-3, 3:-3]  # where a picture lies between two pixels, its outermost rows show the page
    rim = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    colours, counts = np.unique(rim, axis=0, return_counts=True)
    return colours[counts.argmax()].astype(float)


def contrast(pixels: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Contrast of each pixel with the ground as WCAG defines it, between 1 and 21."""
    one, other = luminance(pixels), luminance(ground)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def luminance(colour: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours, shape (..., 3) in 0…255, as WCAG defines it."""
    share = np.asarray(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])
