"""What is wrong with the numbers of a script's steps. Every sentence names the places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pulumi_dynamo_migrator.lowering.step import Step


def number_problems(steps: Sequence[Step]) -> Iterator[str]:
    """Numbers that are none, are there twice, are left out, or stand in another order than the steps."""
    yield from _unnumbered(steps)
    numbered = [(step.version, step) for step in steps if step.version is not None]
    yield from _repeated(numbered)
    yield from _out_of_order(numbered)
    yield from _missing(numbered)


def ordered(steps: Sequence[Step]) -> list[Step]:
    """The steps by number; as they stand where one has none."""
    if any(step.version is None for step in steps):
        return list(steps)
    return sorted(steps, key=lambda step: step.version or 0)


def _unnumbered(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.version is None and step.given_version is None:
            yield f"{step.place} has no version: write @migrator.version(…) with the next number above its decorator."
        elif step.version is None:
            yield (
                f"{step.place} has the version {step.given_version!r}: a version is a whole number, 1 for create and "
                "one more for each step after it."
            )


def _repeated(numbered: Sequence[tuple[int, Step]]) -> Iterator[str]:
    places: dict[int, list[str]] = {}
    for number, step in numbered:
        places.setdefault(number, []).append(step.place)
    for number, found in places.items():
        if len(found) > 1:
            yield (
                f"version {number} is there more than once: {' and '.join(found)}; give each step a number of its own, "
                "the newest one the highest."
            )


def _out_of_order(numbered: Sequence[tuple[int, Step]]) -> Iterator[str]:
    for (before, above), (number, below) in pairwise(numbered):
        if number < before:
            yield f"{below} comes after {above}: put the steps in the order of their numbers."


def _missing(numbered: Sequence[tuple[int, Step]]) -> Iterator[str]:
    found = dict(reversed(numbered))
    before = 0
    for number in sorted(found):
        if number > before + 1:
            lost = f"version {number - 1} is" if number == before + 2 else f"versions {before + 1} to {number - 1} are"
            last = f"the last one before it is {found[before]}" if before else "it is the first"
            yield (
                f"{lost} missing: the script has {found[number]}, and {last}; number the steps 1, 2, 3 and so on, and "
                "keep those that were applied."
            )
        before = number
