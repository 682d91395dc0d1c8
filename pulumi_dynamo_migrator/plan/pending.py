"""Which conversions are still to be applied, and whether the applied ones are what they were. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.model.history import Applied
from pulumi_dynamo_migrator.model.spec import Conversion


def pending(conversions: tuple[Conversion, ...], applied: tuple[Applied, ...]) -> tuple[Conversion, ...]:
    """The conversions that the served version's items have not been through, in order."""
    done = {one.number for one in applied}
    return tuple(conversion for conversion in conversions if conversion.number not in done)


def history_problems(conversions: tuple[Conversion, ...], applied: tuple[Applied, ...]) -> list[str]:
    """Why the list does not continue what was applied: an edited, a removed or an inserted conversion."""
    asked = {conversion.number: conversion for conversion in conversions}
    last = max((one.number for one in applied), default=1)
    found = []
    for one in applied:
        conversion = asked.get(one.number)
        if conversion is None:
            found.append(
                f"conversion {one.number} was applied on {one.at} and is no longer in the list: put it back "
                f"(the list is append-only){_as(one)}"
            )
        elif conversion.source.fingerprint != one.fingerprint:
            found.append(
                f"conversion {one.number} was applied on {one.at} and has been edited since: put it back as it was, "
                f"and add the change as conversion {max(last, *asked) + 1}{_as(one)}"
            )
    inserted = [
        f"conversion {conversion.number} is new, but conversion {last} was applied already: "
        f"number it {max(last, *asked) + 1} and put it last."
        for conversion in pending(conversions, applied)
        if conversion.number < last
    ]
    return found + inserted


def _as(one: Applied) -> str:
    if not one.shown:
        return "."
    return ". It was applied as:\n" + "\n".join("    " + line for line in one.shown.rstrip().splitlines())
