"""Divides a set of cells into connected parts of given sizes: a power diagram in slightly bent space."""

from __future__ import annotations

from collections import Counter

import numpy as np

from schemas.packs.xuecheng.cells import Cells, Floats, Ints


def bend(points: Floats, wavelengths: tuple[float, ...], share: float, rng: np.random.Generator) -> Floats:
    """The points moved by smooth noise, so that straight borders bend; `share` is shift ÷ wavelength."""
    moved = points.copy()
    for length in wavelengths:
        for axis in (0, 1):
            directions = rng.normal(size=(6, 2)) * 2 * np.pi / length
            phases = rng.uniform(0, 2 * np.pi, 6)
            waves = np.sin(points @ directions.T + phases).sum(axis=1)
            moved[:, axis] += share * length * waves / np.sqrt(6)
    return moved


def power_diagram(
    points: Floats,
    areas: Floats,
    seeds: Floats,
    targets: Floats,
    *,
    rounds: int,
    rate: float,
    hold: float = 0,
) -> Ints:
    """For each point the seed it falls to.

    Weights move until each seed's area comes near its target (km²), at `rate`; seeds move to the centre of
    their part, or only some of the way where `hold` (0–1) keeps them at their first place. Sizes are met
    within some percent, not exactly.
    """
    first, seeds = seeds, seeds.copy()
    scale = areas.sum() / targets.sum()
    weights = np.zeros(len(seeds))
    best, least = np.zeros(len(points), dtype=np.int64), np.inf
    for _ in range(rounds):
        along = np.multiply.outer(points[:, 0], seeds[:, 0]) + np.multiply.outer(points[:, 1], seeds[:, 1])
        labels = ((seeds**2).sum(axis=1) - weights - 2 * along).argmin(axis=1)
        held = np.bincount(labels, areas, len(seeds))
        missed = float((np.abs(held / (targets * scale) - 1) ** 2).sum() + 1000 * (held == 0).sum())
        if missed <= least:
            best, least = labels, missed
        weights += rate * (targets * scale - held)
        for axis in (0, 1):
            centre = np.bincount(labels, areas * points[:, axis], len(seeds)) / np.maximum(held, 1e-9)
            goal = hold * first[:, axis] + (1 - hold) * centre
            seeds[:, axis] += np.where(held > 0, 0.5 * (goal - seeds[:, axis]), 0)
    return best


def connect(members: Ints, labels: Ints, cells: Cells) -> Ints:
    """Labels with every part connected: a stray piece joins the part it borders most."""
    label = dict(zip(members.tolist(), labels.tolist(), strict=True))
    for _ in range(20):
        strays = _strays(label, cells)
        if not strays:
            break
        for cell in strays:
            votes = Counter(label[n] for n in cells.neighbours[cell] if n in label and n not in strays)
            if votes:
                label[cell] = min(votes, key=lambda name: (-votes[name], name))
    return np.array([label[cell] for cell in members.tolist()], dtype=np.int64)


def _strays(label: dict[int, int], cells: Cells) -> set[int]:
    """Cells that are not in the largest connected piece of their part."""
    pieces: dict[int, list[list[int]]] = {}
    seen: set[int] = set()
    for start, name in label.items():
        if start in seen:
            continue
        piece, stack = [], [start]
        seen.add(start)
        while stack:
            cell = stack.pop()
            piece.append(cell)
            for beside in cells.neighbours[cell]:
                if beside not in seen and label.get(beside) == name:
                    seen.add(beside)
                    stack.append(beside)
        pieces.setdefault(name, []).append(piece)
    return {
        cell
        for parts in pieces.values()
        for part in sorted(parts, key=lambda p: (-len(p), min(p)))[1:]
        for cell in part
    }


def scatter(points: Floats, count: int, centre: Floats, reach: float, rng: np.random.Generator) -> Ints:
    """Numbers of `count` of the points, apart from each other, within about the reach (km) of the centre."""
    near = np.exp(-0.5 * ((points - centre) ** 2).sum(axis=1) / reach**2) + 1e-9
    chosen: list[int] = []
    gap = np.full(len(points), np.inf)
    for _ in range(count):
        tries = rng.choice(len(points), size=min(len(points), 12), p=near / near.sum())
        best = int(tries[gap[tries].argmax()])
        chosen.append(best)
        gap = np.minimum(gap, ((points - points[best]) ** 2).sum(axis=1))
    return np.array(chosen, dtype=np.int64)
