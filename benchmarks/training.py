"""Time of one epoch of mini-batch descent, and what the callbacks of the training loop cost.

Epoch: a 2-16-16-1 tanh network, mean square error, 3200 points in batches of 32, double precision, one thread. Ours in numpy
and torch (torch.nn and torch.optim.SGD) start from the same weights, get the same batches, and must end with the same weights
before any clock is started.

Callbacks: `train` with callbacks that do nothing at every occasion, against the same loop written by hand without any. Both
must end with exactly the same weights.

Runs take turns; a ratio is the median over the turns of the ratio within a turn, so that a busy moment of the machine, which
hits both, matters little.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import numpy as np
import torch

from benchmarks.backprop import measure
from course_lib.learning.backprop import loss_and_gradient
from course_lib.learning.history import State
from course_lib.learning.parameters import Layer, descent_step, init, to_vector
from course_lib.learning.training import batches, train

SIZES, POINTS, BATCH_SIZE, LEARNING_RATE = [2, 16, 16, 1], 3200, 32, 0.05
TURNS = 60

Problem = tuple[list[Layer], np.ndarray, np.ndarray]
Run = Callable[[], np.ndarray]


def problem(rng: np.random.Generator) -> Problem:
    """Weights, inputs and targets that all get."""
    x = rng.normal(size=(POINTS, SIZES[0]))
    return init(SIZES, rng), x, np.sin(x.sum(axis=1, keepdims=True))


def ours(theta0: list[Layer], x: np.ndarray, y: np.ndarray) -> Run:
    """One epoch in numpy; returns all weights as one vector."""
    order = [rows.numpy() for rows in batches(POINTS, BATCH_SIZE, generator())]

    def run() -> np.ndarray:
        theta = theta0
        for rows in order:
            _, gradient = loss_and_gradient(theta, x[rows], y[rows])
            theta = descent_step(theta, gradient, LEARNING_RATE)
        return to_vector(theta)

    return run


def torchs(theta0: list[Layer], x: np.ndarray, y: np.ndarray) -> Run:
    """The same epoch in torch, by a bare loop written by hand."""
    network = torchs_network(theta0)
    start = {name: value.clone() for name, value in network.state_dict().items()}
    inputs, targets = torch.tensor(x), torch.tensor(y)

    def run() -> np.ndarray:
        network.load_state_dict(start)
        optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE)
        for rows in batches(POINTS, BATCH_SIZE, generator()):
            loss = torch.nn.functional.mse_loss(network(inputs[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return as_vector(network)

    return run


def with_callbacks(theta0: list[Layer], x: np.ndarray, y: np.ndarray) -> Run:
    """The same epoch by our training loop, with callbacks."""
    network = torchs_network(theta0)
    start = {name: value.clone() for name, value in network.state_dict().items()}
    data = torch.tensor(x), torch.tensor(y)

    def square(network: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.mse_loss(network(x), y)

    def run() -> np.ndarray:
        network.load_state_dict(start)
        optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE)
        options = {"batch_size": BATCH_SIZE, "epochs": 1, "rng": generator(), "callbacks": [Idle(), Idle(), Idle()]}
        train(network, square, data, optimizer=optimizer, **options)
        return as_vector(network)

    return run


class Idle:
    """Called at every occasion, it looks at the state and does nothing."""

    def on_start(self, state: State) -> None:
        """Look at the loss."""
        _ = state.loss

    on_batch = on_epoch = on_end = on_start


def torchs_network(theta: list[Layer]) -> torch.nn.Sequential:
    """The network of torch with these weights."""
    modules: list[torch.nn.Module] = []
    for W, b in theta:
        linear = torch.nn.Linear(*W.shape, dtype=torch.double)
        linear.load_state_dict({"weight": torch.tensor(W.T), "bias": torch.tensor(b)})
        modules += [linear, torch.nn.Tanh()]
    return torch.nn.Sequential(*modules[:-1])


def as_vector(network: torch.nn.Sequential) -> np.ndarray:
    """The weights of torch's network in our order."""
    linears = [module for module in network if isinstance(module, torch.nn.Linear)]
    return to_vector([Layer(linear.weight.detach().numpy().T, linear.bias.detach().numpy()) for linear in linears])


def generator() -> torch.Generator:
    """The source of the one order of samples that all use."""
    return torch.Generator().manual_seed(0)


def main() -> None:
    """Check, measure, print."""
    torch.set_num_threads(1)
    task = problem(np.random.default_rng(0))
    runs = {"ours": ours(*task), "torch": torchs(*task), "train, with callbacks": with_callbacks(*task)}
    reference = runs["torch"]()
    for name, tolerance in {"ours": 1e-10, "train, with callbacks": 0.0}.items():
        difference = np.abs(runs[name]() - reference).max()
        if not difference <= tolerance:
            raise SystemExit(f"{name}: other weights after the epoch than torch's; largest difference {difference:.1e}")

    times = measure(runs, TURNS, dict.fromkeys(runs, 1))
    ratios = {name: median(np.divide(values, times["torch"])) for name, values in times.items()}
    steps = -(-POINTS // BATCH_SIZE)
    print(f"One epoch ({steps} steps of {BATCH_SIZE} points) of a {'-'.join(map(str, SIZES))} tanh network, one thread.")
    print("Ours ends with torch's weights to 1e-10, the training loop with callbacks exactly.")
    print(f"{'':22}{'median':>12}{'least':>12}{'a step':>12}{'relative':>10}")
    for name, values in times.items():
        cells = "".join(f"{value:9.3f} ms" for value in (median(values), min(values), min(values) / steps))
        print(f"{name:22}{cells}{ratios[name]:10.3f}")
    overhead = ratios["train, with callbacks"] - 1
    print(json.dumps({"epoch_time_ratio": round(ratios["ours"], 4), "callback_overhead": round(overhead, 4)}))


if __name__ == "__main__":
    main()
