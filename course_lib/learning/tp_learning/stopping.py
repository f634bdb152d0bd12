"""Question of the exercise sheet: when early stopping stops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.teaching.questions import Arguments, Question


def _draw(rng: np.random.Generator) -> Arguments:
    """A loss that falls, then rises, in tenths, with noise: it has ties, and often a late recovery."""
    epochs = np.arange(int(rng.integers(10, 17)))
    trend = 3 * np.exp(-epochs / 3) + 0.04 * epochs
    losses = np.round(trend + 0.2 * rng.normal(size=len(epochs)) + 0.5, 1)
    return {"validation_losses": losses, "patience": int(rng.integers(2, 5))}


def _fault(losses: np.ndarray, patience: int, best: np.ndarray, stop: np.ndarray) -> str | None:
    last = len(losses) - 1
    for name, epoch in (("best", best), ("stop", stop)):
        if epoch != np.round(epoch) or not 0 <= epoch <= last:
            return f"{name} should be the number of an epoch, from 0 to {last}; it is {float(epoch):.4g}."
    best, stop = int(best), int(stop)
    for epoch in range(stop):
        if (waited := epoch - int(np.argmin(losses[: epoch + 1]))) >= patience:
            return f"training should have stopped before epoch {stop}: at epoch {epoch}, the least loss is {waited} epochs old."
    least = int(np.argmin(losses[: stop + 1]))
    if stop < last and stop - least < patience:
        return f"training stops too early, after epoch {stop}: the loss had a new least value at epoch {least}."
    if best != least:
        return f"of the epochs up to {stop}, epoch {least} was the first with the least loss; your best is {best}."
    return None


def _run(
    losses: np.ndarray,
    patience: int,
    improved: Callable[..., bool] = lambda losses, k, best: losses[k] < losses[best],
    enough: Callable[[int, int], bool] = lambda waited, patience: waited >= patience,
) -> tuple[int, int]:
    """Early stopping with another rule for what is an improvement, or for how long is long enough."""
    best, epochs = 0, range(1, len(losses))
    for k in epochs:
        if improved(losses, k, best):
            best = k
        elif enough(k - best, patience):
            return best, k
    return best, len(losses) - 1


def _total(losses: np.ndarray, patience: int) -> tuple[int, int]:
    """Mistake: the epochs without improvement are counted from the beginning."""
    best, bad = 0, 0
    for k in range(1, len(losses)):
        bad += not losses[k] < losses[best]
        best = k if losses[k] < losses[best] else best
        if bad == patience:
            return best, k
    return best, len(losses) - 1


QUESTIONS = {
    "stop-epoch": Question(
        function="stop_epoch(validation_losses, patience)",
        draw=_draw,
        returns={"best": lambda losses, patience: (), "stop": lambda losses, patience: ()},
        fault=_fault,
        misconceptions={
            "each loss is compared with the one before. A loss can fall and still be far above the least so far; compare with "
            "that.": lambda losses, patience: _run(losses, patience, lambda losses, k, best: losses[k] < losses[k - 1]),
            "a loss that only equals the least one counts as an improvement in your answer. It has to be lower.": (
                lambda losses, patience: _run(losses, patience, lambda losses, k, best: losses[k] <= losses[best])
            ),
            "training goes on one epoch too long. It stops when the patience is reached, not when it is exceeded.": (
                lambda losses, patience: _run(losses, patience, enough=lambda waited, patience: waited > patience)
            ),
            "training stops one epoch too early.": lambda losses, patience: _run(
                losses, patience, enough=lambda waited, patience: waited >= patience - 1
            ),
            "the epochs without improvement are counted from the beginning. A new least value starts the count anew.": _total,
            "the best epoch is looked for among all epochs, later ones too. After the stop there are none.": (
                lambda losses, patience: (int(np.argmin(losses)), _run(losses, patience)[1])
            ),
            "training never stops in your answer.": lambda losses, patience: (int(np.argmin(losses)), len(losses) - 1),
            "best and stop have changed places.": lambda losses, patience: _run(losses, patience)[::-1],
            "these are losses. Asked for are the numbers of the epochs.": lambda losses, patience: tuple(
                float(losses[k]) for k in _run(losses, patience)
            ),
        },
        praise="It stops when the least loss is `patience` epochs old, and not before.",
        cases=40,  # among them ties, late recoveries, and losses that never stop falling for long
    ),
}
