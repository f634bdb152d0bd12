"""Invariance: what a symmetry leaves unchanged, from the Fourier modulus to wavelets and scattering."""
