"""What the demo puts on the screen: headings, a few colours on a terminal, none elsewhere. Decides nothing."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable

BOLD, DIM, GREEN, RED, CYAN = "1", "2", "32", "31", "36"


def coloured() -> bool:
    """Tell whether colours are wanted: on a terminal, unless NO_COLOR says otherwise."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, code: str) -> str:
    """Colour a text, where colours are wanted."""
    return f"\033[{code}m{text}\033[0m" if coloured() else text


def heading(number: int, text: str) -> None:
    """Begin a section."""
    print(f"\n{paint(f'{number}  {text}', BOLD)}\n", flush=True)


def say(text: str) -> None:
    """Tell something."""
    print(f"   {text}", flush=True)


def command(text: str) -> None:
    """Show the command that runs next."""
    print(paint(f"   $ {text}", CYAN), flush=True)


def check(ok: bool, text: str) -> None:
    """Tell how a part of the proof went."""
    mark = paint("✓", GREEN) if ok else paint("✗", RED)
    print(f"   {mark} {text}", flush=True)


def show_change(before: str, after: str) -> None:
    """Show how a program was edited."""
    colours = {"+": GREEN, "-": RED}
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    for line in list(lines)[2:]:
        if not line.startswith("@@"):
            print("   " + (paint(line, colours[line[0]]) if line[:1] in colours else line))


def rows(lines: Iterable[tuple[str, ...]]) -> None:
    """Show rows in columns."""
    table = list(lines)
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))] if table else []
    for line in table:
        say("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
