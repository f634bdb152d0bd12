"""Time of one gradient: a 2-16-16-1 tanh network, mean square error over 200 points, double precision, one thread.

Ours in numpy, torch's autograd and micrograd get the same weights and the same points, and must find the same gradient before
any clock is started. Their runs take turns, so that a busy moment of the machine hits all of them.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from statistics import median
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import numpy as np
import torch
from micrograd.engine import Value
from micrograd.nn import MLP

from course_lib.learning.backprop import loss_and_gradient
from course_lib.learning.parameters import Layer, init, to_vector

SIZES, POINTS = [2, 16, 16, 1], 200
TURNS, CALLS = 5, {"ours": 200, "torch": 200, "micrograd": 1}  # each turn times so many calls in a row

Gradient = Callable[[], np.ndarray]


def problem(rng: np.random.Generator) -> tuple[list[Layer], np.ndarray, np.ndarray]:
    """Weights, inputs and targets that all libraries get."""
    return init(SIZES, rng), rng.normal(size=(POINTS, SIZES[0])), rng.normal(size=(POINTS, SIZES[-1]))


def ours(theta: list[Layer], x: np.ndarray, y: np.ndarray) -> tuple[Callable, Gradient]:
    """What is timed, and the gradient that it finds as one vector."""

    def run() -> list[Layer]:
        return loss_and_gradient(theta, x, y)[1]

    return run, lambda: to_vector(run())


def torchs(theta: list[Layer], x: np.ndarray, y: np.ndarray) -> tuple[Callable, Gradient]:
    """The same by torch's autograd."""
    parameters = [torch.tensor(array, requires_grad=True) for layer in theta for array in layer]
    inputs, targets = torch.tensor(x), torch.tensor(y)

    def run() -> tuple[torch.Tensor, ...]:
        W0, b0, W1, b1, W2, b2 = parameters
        h = torch.tanh(torch.addmm(b0, inputs, W0))
        h = torch.tanh(torch.addmm(b1, h, W1))
        yhat = torch.addmm(b2, h, W2)
        return torch.autograd.grad(torch.nn.functional.mse_loss(yhat, targets), parameters)

    return run, lambda: np.concatenate([part.numpy().ravel() for part in run()])


def micrograds(theta: list[Layer], x: np.ndarray, y: np.ndarray) -> tuple[Callable, Gradient]:
    """The same by micrograd, whose network knows relu only: its layers stay linear, and tanh is put between them."""
    network = MLP(SIZES[0], SIZES[1:])
    for of_ours, of_theirs in zip(theta, network.layers, strict=True):
        for j, neuron in enumerate(of_theirs.neurons):
            neuron.nonlin = False
            for weight, value in zip([*neuron.w, neuron.b], [*of_ours.W[:, j], of_ours.b[j]], strict=True):
                weight.data = float(value)
    inputs, targets = x.tolist(), y[:, 0].tolist()

    def predict(point: list[float]) -> Value:
        *hidden, last = network.layers
        for layer in hidden:
            point = [tanh(a) for a in layer(point)]
        return last(point)

    def run() -> None:
        network.zero_grad()
        loss = sum((predict(point) - target) ** 2 for point, target in zip(inputs, targets, strict=True)) / POINTS
        loss.backward()

    def gradient() -> np.ndarray:
        run()
        of_layers = [
            (np.array([[w.grad for w in neuron.w] for neuron in layer.neurons]).T, [neuron.b.grad for neuron in layer.neurons])
            for layer in network.layers
        ]
        return to_vector(of_layers)

    return run, gradient


def tanh(a: Value) -> Value:
    """Add to micrograd the operation that it lacks, in its own manner."""
    out = Value(math.tanh(a.data), (a,), "tanh")

    def _backward() -> None:
        a.grad += (1 - out.data**2) * out.grad

    out._backward = _backward
    return out


def measure(runs: dict[str, Callable], turns: int, calls: dict[str, int]) -> dict[str, list[float]]:
    """Milliseconds per call in each turn; the libraries take turns. All have run before, so that nothing is set up here."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            start = perf_counter()
            for _ in range(calls[name]):
                run()
            times[name].append(1e3 * (perf_counter() - start) / calls[name])
    return times


def main() -> None:
    """Check, measure, print."""
    torch.set_num_threads(1)
    task = problem(np.random.default_rng(0))
    libraries = {"ours": ours(*task), "torch": torchs(*task), "micrograd": micrograds(*task)}
    reference = libraries["ours"][1]()
    for name, (_, gradient) in libraries.items():
        difference = np.abs(gradient() - reference).max()
        if not difference < 1e-10:
            raise SystemExit(f"{name} finds another gradient than ours: largest difference {difference:.1e}")

    times = measure({name: run for name, (run, _) in libraries.items()}, TURNS, CALLS)
    fastest = median(times["ours"])
    print(f"One gradient of a {'-'.join(map(str, SIZES))} tanh network on {POINTS} points, one thread.")
    print("The three gradients agree to 1e-10.")
    print(f"{'library':10}{'median':>12}{'least':>12}{'most':>12}{'relative':>10}")
    for name, values in times.items():
        cells = "".join(f"{value:9.3f} ms" for value in (median(values), min(values), max(values)))
        print(f"{name:10}{cells}{median(values) / fastest:10.1f}")
    print(json.dumps({f"{name}_ms": round(median(values), 4) for name, values in times.items()}))


if __name__ == "__main__":
    main()
