"""What a scattering coefficient is called: its path, the wavelets that a signal went through one after another."""

from __future__ import annotations

from typing import NamedTuple

from course_lib.basics.arguments import whole_number


class Path(NamedTuple):
    """The wavelets of one scattering coefficient of an image, first one first: their scales and angles.

    `j` are scale indices: the j-th wavelet is about 2^j pixels wide. `theta` are as many angle indices, 0 to L − 1, into the
    angles of :func:`course_lib.invariance.wavelets.angles`.
    """

    j: tuple[int, ...] = ()
    theta: tuple[int, ...] = ()

    @property
    def order(self) -> int:
        """How many wavelets the path has: 0, 1 or 2."""
        return len(self.j)

    @property
    def name(self) -> str:
        """A short name.

        Examples
        --------
        >>> Path().name, Path((1,), (3,)).name, Path((0, 2), (3, 7)).name
        ('S0', 'S1(j=1 θ=3)', 'S2(j=0,2 θ=3,7)')
        """
        if not self.j:
            return "S0"
        return f"S{self.order}(j={','.join(map(str, self.j))} θ={','.join(map(str, self.theta))})"


class SeriesPath(NamedTuple):
    """The wavelets of one scattering coefficient of a series, first one first.

    `j` are their octaves, 0 for the fastest; `n` their numbers, of which there may be several an octave; `xi` their centre
    frequencies, in cycles per sample.
    """

    j: tuple[int, ...] = ()
    n: tuple[int, ...] = ()
    xi: tuple[float, ...] = ()

    @property
    def order(self) -> int:
        """How many wavelets the path has: 0, 1 or 2."""
        return len(self.j)

    @property
    def name(self) -> str:
        """A short name.

        Examples
        --------
        >>> SeriesPath((0, 2), (1, 3), (0.25, 0.0625)).name
        'S2(n=1,3 ξ=0.25,0.0625)'
        """
        if not self.j:
            return "S0"
        return f"S{self.order}(n={','.join(map(str, self.n))} ξ={','.join(f'{xi:.3g}' for xi in self.xi)})"


class DensityPath(NamedTuple):
    """One scattering coefficient of a density in space: its solid harmonic wavelets, and the power before the integral.

    `j` are scale indices: the j-th wavelet is σ 2^j voxels wide. `l` is the degree of the harmonics, the same for both orders,
    and None for order 0, which has no wavelet. `q` is the power to which the modulus is raised before it is integrated.
    """

    j: tuple[int, ...]
    l: int | None  # noqa: E741  (the degree of a spherical harmonic has this name everywhere)
    q: float

    @property
    def order(self) -> int:
        """How many wavelets the path has: 0, 1 or 2."""
        return len(self.j)

    @property
    def name(self) -> str:
        """A short name.

        Examples
        --------
        >>> DensityPath((), None, 2.0).name, DensityPath((0, 1), 2, 0.5).name
        ('S0(q=2)', 'S2(j=0,1 l=2 q=0.5)')
        """
        if not self.j:
            return f"S0(q={self.q:g})"
        return f"S{self.order}(j={','.join(map(str, self.j))} l={self.l} q={self.q:g})"


def paths_2d(J: int, L: int = 8, max_order: int = 2) -> tuple[Path, ...]:
    """The paths of a scattering transform of images: by order, then by the first wavelet's scale and angle, then the second's.

    Only paths of growing scale are kept: the modulus brings the energy to lower frequencies than the first wavelet's, and a
    second wavelet of the same or a finer scale finds less in it.

    Parameters
    ----------
    J : number of scales, at least 1.
    L : number of angles between 0 and 180°, at least 1.
    max_order : 0, 1 or 2.

    Returns
    -------
    tuple of Path, 1 + J L + L² J (J - 1) / 2 of them for order 2

    Raises
    ------
    ValueError
        If an argument is not such a number.

    Equation: eq-number-of-paths

    Examples
    --------
    >>> [path.name for path in paths_2d(2, L=1)]
    ['S0', 'S1(j=0 θ=0)', 'S1(j=1 θ=0)', 'S2(j=0,1 θ=0,0)']
    """
    J, L, max_order = whole_number("J", J, 1), whole_number("L", L, 1), _order(max_order)
    first = [Path((j,), (theta,)) for j in range(J) for theta in range(L)]
    second = [
        Path((*path.j, j2), (*path.theta, theta2)) for path in first for j2 in range(path.j[0] + 1, J) for theta2 in range(L)
    ]
    return (Path(), *(first if max_order > 0 else []), *(second if max_order > 1 else []))


def paths_3d(J: int, L: int, powers: tuple[float, ...], max_order: int = 2) -> tuple[DensityPath, ...]:
    """The paths of a scattering transform of densities: order 0, then kymatio's order: scales, degree, power.

    Parameters
    ----------
    J : largest scale, at least 0: there are J + 1 scales.
    L : largest degree of the harmonics, at least 0.
    powers : the powers that are integrated.
    max_order : 0, 1 or 2.

    Raises
    ------
    ValueError
        If an argument is not such a number.

    Examples
    --------
    >>> [path.name for path in paths_3d(1, 0, (1.0,))]
    ['S0(q=1)', 'S1(j=0 l=0 q=1)', 'S1(j=1 l=0 q=1)', 'S2(j=0,1 l=0 q=1)']
    """
    J, L, max_order = whole_number("J", J, 0), whole_number("L", L, 0), _order(max_order)
    scales = [[()], [(j,) for j in range(J + 1)], [(j1, j2) for j1 in range(J + 1) for j2 in range(j1 + 1, J + 1)]]
    return tuple(
        DensityPath(j, degree, q)
        for order in range(max_order + 1)
        for j in scales[order]
        for degree in (range(L + 1) if j else [None])
        for q in powers
    )


def _order(max_order: int) -> int:
    if whole_number("max_order", max_order, 0) > 2:
        raise ValueError(f"max_order: expected 0, 1 or 2, got {max_order}")
    return max_order
