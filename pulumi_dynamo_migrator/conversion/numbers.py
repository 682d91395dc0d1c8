"""DynamoDB's numbers: one text for equal numbers, whatever their spelling. Never rounds, never uses a decimal context.

A user's conversion may change the decimal context of its thread, so that nothing here may depend on it.
"""

from __future__ import annotations

import re
from decimal import Decimal

from pulumi_dynamo_migrator.conversion.problems import ItemError

MAX_DIGITS = 38
MAX_EXPONENT = 125
MIN_EXPONENT = -130
"""The limits of a number: "Supported data types and naming rules", Amazon DynamoDB Developer Guide."""

_SPELLING = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,9}))?", re.ASCII)
_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII)
_PLAIN_LENGTH = 40
"""What most fractions look like: canonical as it is, and too short to break a limit but that of digits."""
_PLAIN_ZEROS = 400
"""Beyond this many places the canonical text keeps an exponent: no valid number is so long."""


def number_text(number: str | int | Decimal) -> str:
    """Give the canonical text: equal numbers give the same one ("5", "5.0", "5E0" → "5"; "-0" → "0")."""
    text = number if type(number) is str else str(number)
    if text.isdigit() and text.isascii() and text[0] != "0":
        return text
    if len(text) <= _PLAIN_LENGTH and _PLAIN.fullmatch(text):
        return text
    sign, digits, exponent = _parts(text)
    return sign + _written(digits, exponent)


def number(text: str) -> int | Decimal:
    """Give the value: an int where it is integral (however it was spelt), else a Decimal."""
    if text.isdigit() and text.isascii():
        return int(text)
    if len(text) <= _PLAIN_LENGTH and _PLAIN.fullmatch(text):
        return Decimal(text)
    sign, digits, exponent = _parts(text)
    if 0 <= exponent <= _PLAIN_ZEROS:
        return int(sign + digits + "0" * exponent)
    return Decimal(sign + _written(digits, exponent))


def number_problem(text: str) -> str:
    """Why DynamoDB refuses this number: too many digits, or out of range. Empty when it does not."""
    if len(text) <= MAX_DIGITS and ((text.isdigit() and text.isascii()) or _PLAIN.fullmatch(text)):
        return ""
    _, digits, exponent = _parts(text)
    if len(digits) > MAX_DIGITS:
        return f"has {len(digits)} digits, and a number has at most {MAX_DIGITS}"
    if digits != "0" and not MIN_EXPONENT <= len(digits) - 1 + exponent <= MAX_EXPONENT:
        return f"is out of range (1E{MIN_EXPONENT} to 9.9E{MAX_EXPONENT})"
    return ""


def digit_count(text: str) -> int:
    """Count the significant digits."""
    if text.isdigit() and text.isascii() and text[0] != "0" and text[-1] != "0":
        return len(text)
    return len(_parts(text)[1])


def _parts(text: str) -> tuple[str, str, int]:
    found = _SPELLING.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        raise ItemError(f"{text[:60]!r} is not a number")
    fraction = found[3] or ""
    digits = (found[2] + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return "", "0", 0
    exponent = int(found[4] or 0) - len(fraction) + len(digits) - len(significant)
    return "-" if found[1] == "-" else "", significant, exponent


def _written(digits: str, exponent: int) -> str:
    if not -_PLAIN_ZEROS <= exponent <= _PLAIN_ZEROS:
        return f"{digits}E{exponent:+d}"
    if exponent >= 0:
        return digits + "0" * exponent
    whole = len(digits) + exponent
    if whole > 0:
        return f"{digits[:whole]}.{digits[whole:]}"
    return "0." + "0" * -whole + digits
