"""A small convolutional network for few labelled images: the learned rival of features that are given.

Small images keep their places up to the last layer; large ones are averaged over all places, so that, but for borders, the
network is invariant under translations by construction.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from course_lib.basics.arguments import whole_number
from course_lib.invariance.images import square_images

#: Images with fewer pixels along a side keep their places.
LARGE = 32


class Settings(NamedTuple):
    """What may be chosen: channels of the first layer, steps, penalty on the weights, whether images are moved meanwhile."""

    width: int = 16
    steps: int = 300
    weight_decay: float = 1e-2
    moved: bool = True


def network(size: int, classes: int, width: int) -> nn.Sequential:
    """An untrained network for images of `size` × `size` pixels.

    Parameters
    ----------
    size : pixels along a side; from :data:`LARGE` on any size can be fed in.
    classes : number of outputs.
    width : channels of the first layer.
    """
    if size < LARGE:
        side = size // 2
        layers = [nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU()]
        return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(2 * width * side**2, classes))
    channels, layers = [1, width, 2 * width, 4 * width, 4 * width], []
    for before, after in pairwise(channels):
        layers += [nn.Conv2d(before, after, 5 if before == 1 else 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], classes))


def move_digits(images: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Each image turned by up to 10°, and shifted by up to a sixteenth of its side.

    Parameters
    ----------
    images : shape (n, 1, N, N).
    rng : random numbers.
    """
    count = len(images)
    angle, shift = (torch.rand(count, generator=rng) - 0.5) * 0.35, (torch.rand(count, 2, generator=rng) - 0.5) * 0.25
    rows = torch.stack([angle.cos(), -angle.sin(), shift[:, 0], angle.sin(), angle.cos(), shift[:, 1]], dim=1)
    grid = nn.functional.affine_grid(rows.view(count, 2, 3), list(images.shape), align_corners=False)
    return nn.functional.grid_sample(images, grid, align_corners=False)


def move_fields(images: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """The images turned by a random multiple of 90°, perhaps mirrored, and cut to a random quarter of their area.

    Parameters
    ----------
    images : shape (n, 1, N, N).
    rng : random numbers.

    Returns
    -------
    array of shape (n, 1, N / 2, N / 2)
    """
    half = images.shape[-1] // 2
    row, column, turns, mirror = (int(torch.randint(bound, (), generator=rng)) for bound in (half + 1, half + 1, 4, 2))
    moved = torch.rot90(images[..., row : row + half, column : column + half], turns, (2, 3))
    return moved.flip(3) if mirror else moved


def train_network(
    images: np.ndarray, labels: np.ndarray, settings: Settings, seed: int, batch: int = 32
) -> Callable[[np.ndarray], np.ndarray]:
    """Train a network on labelled images by Adam, with a learning rate that falls like a cosine.

    Parameters
    ----------
    images : shape (n, N, N).
    labels : shape (n,), numbers from 0 on.
    settings : see :class:`Settings`.
    seed : of weights, batches and moves.
    batch : images in a step.

    Returns
    -------
    function from images, shape (m, N, N), to their labels, shape (m,).

    Raises
    ------
    ValueError
        If the images are not square and finite, or there is not one label for each.
    """
    images, labels = square_images("images", images), np.asarray(labels)
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(f"labels: expected one for each image, shape {images.shape[:1]}, got {labels.shape}")
    x, y = torch.tensor(images, dtype=torch.float32)[:, None], torch.tensor(labels)
    rng = torch.Generator().manual_seed(whole_number("seed", seed, least=0))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = network(images.shape[-1], int(labels.max()) + 1, settings.width)
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=settings.weight_decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.steps)
        move = move_digits if images.shape[-1] < LARGE else move_fields
        for _ in range(settings.steps):
            rows = torch.randperm(len(x), generator=rng)[:batch]
            loss = nn.functional.cross_entropy(model(move(x[rows], rng) if settings.moved else x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    return lambda others: _named(model, others)


@torch.no_grad()
def _named(model: nn.Module, images: np.ndarray) -> np.ndarray:
    x = torch.tensor(square_images("images", images), dtype=torch.float32)[:, None]
    return torch.cat([model(part).argmax(dim=1) for part in x.split(64)]).numpy()
