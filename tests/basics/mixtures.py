"""Mixtures and data that several tests of this part use."""

import numpy as np
import torch

from course_lib.basics.mixture import Mixture

SEEDS = range(5)


def random_mixture(seed, K=3, d=2):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(K, d, d)) + 1.5 * np.eye(d)
    return Mixture(
        rng.dirichlet(np.full(K, 3.0)), 2 * rng.normal(size=(K, d)), factors @ factors.transpose(0, 2, 1) + 0.5 * np.eye(d)
    )


def draws(theta, N, seed):
    rng = np.random.default_rng(seed)
    z = rng.choice(len(theta.weights), size=N, p=theta.weights)
    noise = rng.normal(size=(N, theta.means.shape[1]))
    return theta.means[z] + np.einsum("nij,nj->ni", np.linalg.cholesky(theta.covariances)[z], noise)


def problem(seed, N=200, K=3, d=2):
    """Data of one mixture and another mixture to start from."""
    return draws(random_mixture(seed, K, d), N, seed + 100), random_mixture(seed + 1000, K, d)


def torch_mixture(logits, means, covariances):
    components = torch.distributions.MultivariateNormal(means, covariances)
    return torch.distributions.MixtureSameFamily(torch.distributions.Categorical(logits=logits), components)


def tensors(theta):
    return torch.tensor(np.log(theta.weights)), torch.tensor(theta.means), torch.tensor(theta.covariances)
