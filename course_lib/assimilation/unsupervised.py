"""Networks that learn to filter the linear 2-d system from observations alone, and their supervised twin.

``python -m course_lib.assimilation.unsupervised`` trains all three again (a few minutes on one core) and stores them beside
this file, with settings, seeds and the cost that was reached. First weights, sequences and optimiser are the same for all.
"""

from __future__ import annotations

import argparse
from math import log
from pathlib import Path
from time import process_time
from typing import Any

import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import DAN, losses
from course_lib.assimilation.dan_training import train_full_bptt
from course_lib.assimilation.dan_weights import load_weights, save_weights
from course_lib.assimilation.evidence_bound import tensors, unsupervised_cost
from course_lib.assimilation.linear2d_network import gated_network
from course_lib.assimilation.rotation_likelihood import TRUE, Rotation, rotation_model
from course_lib.assimilation.state_space import LinearGaussian
from course_lib.basics.arguments import one_of, positive_number
from course_lib.learning.history import History

#: What each kind of training is given beside the observations.
KINDS = {"supervised": "the states", "unsupervised": "the model", "model learned too": "nothing"}
FILES = {kind: Path(__file__).with_name(f"linear2d_{kind.replace(' ', '_')}.npz") for kind in KINDS}
SETTINGS = {"sequences": 256, "steps": 50, "data_seed": 5001, "network_seed": 0, "history_size": 100}
#: Iterations of L-BFGS: a model that is learned along with its filter takes longer.
ITERATIONS = {"supervised": 250, "unsupervised": 250, "model learned too": 600}
#: Residual blocks of the analyser.
BLOCKS = 6
#: First guess of θ, σ_p and σ_o where the model is learned too.
FIRST_GUESS = Rotation(0.0, 0.03, 0.2)


class RotationModel(torch.nn.Module):
    """The linear 2-d system with angle θ and standard deviations σ_p and σ_o as parameters to be trained.

    Parameters
    ----------
    values : first values; standard deviations positive. Their logarithms are what is trained.

    Equation: eq-rotation-model
    """

    def __init__(self, values: Rotation):
        super().__init__()
        sigma_p, sigma_o = positive_number("sigma_p", values.sigma_p), positive_number("sigma_o", values.sigma_o)
        self.parts = torch.nn.Parameter(torch.tensor([float(values.theta), log(sigma_p), log(sigma_o)], dtype=torch.double))

    def values(self) -> Rotation:
        """The parameters as numbers."""
        theta, log_sigma_p, log_sigma_o = self.parts.detach()
        return Rotation(theta.item(), log_sigma_p.exp().item(), log_sigma_o.exp().item())

    def forward(self) -> LinearGaussian:
        """The model, its entries as tensors that remember their parameters; H and x_0 are those of the system."""
        theta, sigma_p, sigma_o = self.parts[0], *self.parts[1:].exp()
        eye, turn = torch.eye(2, dtype=torch.double), torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.double)
        M = theta.cos() * eye + theta.sin() * turn
        start = torch.tensor(linear2d.START, dtype=torch.double)
        return LinearGaussian(M, sigma_p**2 * eye, eye, sigma_o**2 * eye, start, linear2d.SIGMA_0**2 * eye)


class Learner(torch.nn.Module):
    """A network together with the model that its cost refers to.

    Parameters
    ----------
    dan : network.
    model : of which θ, σ_p and σ_o are trained too; None for the true one, which stays as it is.

    Equation: eq-filter-cost
    """

    def __init__(self, dan: DAN, model: RotationModel | None):
        super().__init__()
        self.dan, self.model = dan, model

    def cost(self, observations: torch.Tensor) -> torch.Tensor:
        """The cost without truth, per step: a mean over sequences and times, in nats."""
        model = tensors(rotation_model(TRUE)) if self.model is None else self.model()
        return unsupervised_cost(self.dan, model, observations).total.mean() / observations.shape[-2]


def train(kind: str, iterations: int | None = None, sequences: int = SETTINGS["sequences"]) -> tuple[Learner, History]:
    """Train a network on one fixed set of sequences of the linear 2-d system.

    Parameters
    ----------
    kind : "supervised", by the states; "unsupervised", by the observations and the known model; "model learned too", by the
        observations, with θ, σ_p and σ_o unknown.
    iterations : of L-BFGS; by default those of `ITERATIONS`.
    sequences : how many.

    Raises
    ------
    ValueError
        If there is no such kind, or a number is out of range.

    Equations: eq-dan-cost, eq-filter-cost
    """
    iterations = one_of("kind", kind, ITERATIONS) if iterations is None else iterations
    one_of("kind", kind, KINDS)
    learner = Learner(
        gated_network(torch.Generator().manual_seed(SETTINGS["network_seed"]), blocks=BLOCKS),
        RotationModel(FIRST_GUESS) if kind == "model learned too" else None,
    )
    initial, states, y = (
        torch.tensor(array) for array in linear2d.experiment(SETTINGS["steps"], sequences, SETTINGS["data_seed"])
    )
    options: dict[str, Any] = {"iterations": iterations, "history_size": SETTINGS["history_size"]}
    if kind == "supervised":
        options["loss"] = lambda learner, *data: losses(learner.dan, *data).total
        return learner, train_full_bptt(learner, [initial, states, y], **options)
    return learner, train_full_bptt(learner, [y], loss=Learner.cost, **options)


def shipped(kind: str) -> tuple[DAN, dict[str, Any]]:
    """A network that comes with the course, and the record of its training, with the model's values under "model".

    Raises
    ------
    ValueError
        If there is no such kind, or the file holds weights of another architecture.
    """
    dan = gated_network(torch.Generator(), blocks=BLOCKS)
    return dan, load_weights(one_of("kind", kind, FILES), dan)


def main() -> None:
    """Train the networks and store them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--iterations", type=int, help="of L-BFGS, for all kinds alike")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for kind in arguments.kinds:
        begin = process_time()
        learner, history = train(kind, arguments.iterations)
        values = TRUE if learner.model is None else learner.model.values()
        record = {
            **SETTINGS,
            "iterations": arguments.iterations or ITERATIONS[kind],
            "model": values._asdict(),
            "cost": min(history.loss),
            "cpu_seconds": round(process_time() - begin, 1),
        }
        save_weights(FILES[kind], learner.dan, record)
        print(kind, record, flush=True)


if __name__ == "__main__":
    main()
