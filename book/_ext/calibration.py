"""A fixed piece of work of the kind that chapters do, as the unit of what they cost.

A fast machine and a slow one need different seconds for a chapter, and about the same number of these loops.
When this file changes, all chapters are executed anew (``freshness.py``): numbers of different loops cannot be compared.
"""

from __future__ import annotations

import io
import time

import numpy as np
import torch
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits


def loop_seconds() -> float:
    """The CPU seconds that one loop takes here and now, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            start = time.thread_time()
            _draw()
            _multiply(30)
            _train(80)
            return time.thread_time() - start
    finally:
        torch.set_num_threads(threads)


def _draw() -> None:
    """Write a picture: plain Python for the most part, as much else in a chapter is."""
    x = np.linspace(0, 6, 200)
    figure = Figure()
    figure.subplots().plot(x, np.sin(x))
    FigureCanvasSVG(figure).print_svg(io.BytesIO())


def _multiply(count: int) -> None:
    """Products of matrices and element-wise work in NumPy."""
    a = np.random.default_rng(0).standard_normal((250, 250))
    for _ in range(count):
        a = np.tanh(a @ a / 100)


def _train(steps: int) -> None:
    """Steps of gradient descent on a small network in PyTorch."""
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(64, 16, generator=generator), torch.randn(64, 1, generator=generator)
    weights = [torch.randn(size, generator=generator).div_(4).requires_grad_() for size in ((16, 64), (64, 64), (64, 1))]
    for _ in range(steps):
        h = x
        for weight in weights[:-1]:
            h = torch.tanh(h @ weight)
        gradients = torch.autograd.grad((h @ weights[-1] - y).square().mean(), weights)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= 0.01 * gradient
