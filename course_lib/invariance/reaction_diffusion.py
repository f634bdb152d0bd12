"""Two substances that react and diffuse: the model of Gray and Scott, whose patterns are spots or stripes.

A substance u is fed, v eats it to multiply, and v is removed. Both spread, u twice as fast.
"""

from __future__ import annotations

import numpy as np

from course_lib.basics.arguments import positive_number, whole_number


def laplacian(field: np.ndarray) -> np.ndarray:
    """Nine-point Laplacian on a periodic grid of spacing 1; its leading error is the same in all directions.

    Parameters
    ----------
    field : shape (..., N, N).

    Equation: eq-few-laplacian
    """
    # The grid goes round: a row on each side, then a column on each side. Views of one copy are faster than rolling four times.
    tall = np.concatenate((field[..., -1:, :], field, field[..., :1, :]), axis=-2)
    ring = np.concatenate((tall[..., -1:], tall, tall[..., :1]), axis=-1)
    rows = ring[..., :-2, :] + ring[..., 2:, :]
    columns = ring[..., 1:-1, :-2] + ring[..., 1:-1, 2:]
    corners = rows[..., :-2] + rows[..., 2:]
    return (4 * (rows[..., 1:-1] + columns) + corners - 20 * field) / 6


def gray_scott_tendency(
    u: np.ndarray, v: np.ndarray, feed: float, removal: float, diffusion: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rates of change of the two concentrations.

    Parameters
    ----------
    u, v : concentrations, shape (N, N).
    feed : rate at which u is brought to 1 and everything is washed out.
    removal : further rate at which v is removed.
    diffusion : of v, in grid spacings squared per unit of time; that of u is twice as large.

    Returns
    -------
    two arrays of shape (N, N).

    Equation: eq-few-gray-scott
    """
    reaction = u * v * v
    curved_u, curved_v = laplacian(np.stack((u, v)))
    return (
        2 * diffusion * curved_u - reaction + feed * (1 - u),
        diffusion * curved_v + reaction - (feed + removal) * v,
    )


def gray_scott(
    size: int, feed: float, removal: float, rng: np.random.Generator, diffusion: float = 0.08, steps: int = 3000
) -> np.ndarray:
    """Concentration v after Euler steps of length 1, from random squares of v in a sea of u.

    Parameters
    ----------
    size : grid points along a side.
    feed, removal, diffusion : as in :func:`gray_scott_tendency`.
    rng : random numbers.
    steps : how many steps.

    Returns
    -------
    array of shape (size, size).

    Raises
    ------
    ValueError
        If a number is not positive, the steps are unstable (`diffusion` above 0.18), or v has died out.
    """
    whole_number("size", size, least=8)
    for name, value in {"feed": feed, "removal": removal}.items():
        positive_number(name, value)
    if positive_number("diffusion", diffusion) > 0.18:
        raise ValueError(f"diffusion: expected at most 0.18, or steps of length 1 are unstable, got {diffusion!r}")
    v = _squares(size, rng).astype(np.float32)
    u = 1 - 2 * v
    for _ in range(whole_number("steps", steps, least=0)):
        du, dv = gray_scott_tendency(u, v, feed, removal, diffusion)
        u, v = u + du, v + dv
    if np.ptp(v) < 1e-3:
        raise ValueError(f"feed, removal: no pattern is left at {feed!r}, {removal!r}")
    return v.astype(float)


def finer(field: np.ndarray) -> np.ndarray:
    """The field on a grid twice as fine, by trigonometric interpolation; for patterns that the grid resolves well.

    Parameters
    ----------
    field : shape (N, N), periodic.

    Returns
    -------
    array of shape (2 N, 2 N); every second row and column is `field`.
    """
    size = len(field)
    wave = np.fft.fftshift(np.fft.fft2(field))
    if size % 2 == 0:  # the highest frequency stands for itself and its opposite
        wave = np.pad(wave, (0, 1))
        wave[-1], wave[:, -1] = wave[0], wave[:, 0]
        weight = np.ones(size + 1)
        weight[[0, -1]] = 0.5
        wave *= weight[:, None] * weight
    missing = 2 * size - len(wave)
    padded = np.pad(wave, (size - size // 2, missing - (size - size // 2)))
    return 4 * np.fft.ifft2(np.fft.ifftshift(padded)).real


def _squares(size: int, rng: np.random.Generator) -> np.ndarray:
    """A half in about a quarter of the area, made of squares of eight grid points; zero elsewhere."""
    coarse = rng.random((-(-size // 8), -(-size // 8))) < 0.25
    return 0.5 * np.kron(coarse, np.ones((8, 8)))[:size, :size]
