"""The documentation: every link leads somewhere, and every example is shown on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.shell_env import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("changes/*.md"), *ROOT.glob("examples/*/*.md")])
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)
BLOCK = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """Give the text without fenced code: a comment in it is no heading, an index no link."""
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """Give the targets of every link but those that lead out of the repository."""
    return (target for target in LINK.findall(prose(page)) if "://" not in target and not target.startswith("mailto:"))


def anchors(page: Path) -> set[str]:
    """Give what its headings are called in an address, as GitHub makes it of them."""
    return set(map(anchor, HEADING.findall(prose(page))))


def anchor(heading: str) -> str:
    """Lower case, without marks, hyphens for spaces; a link in it counts as its text."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for target in links(page):
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (fragment and fragment not in anchors(there)):
            lost.append(target)
    assert lost == []


def test_every_numbered_example_is_shown_on_a_page() -> None:
    shown = {(page.parent / target).resolve() for page in ROOT.glob("docs/*.md") for target in links(page)}
    numbered = [place for place in ROOT.glob("examples/[0-9]*") if (place / "Pulumi.yaml").exists()]
    assert [place.name for place in numbered if place.resolve() not in shown] == []


def test_every_page_is_reached_from_the_readme() -> None:
    pages = {page.resolve() for page in ROOT.glob("docs/*.md")}
    reached, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        found = {(page.parent / target.partition("#")[0]).resolve() for target in links(page)} & pages
        todo += found - reached
        reached |= found
    assert sorted(page.name for page in pages - reached) == []


def test_a_heading_is_called_as_github_calls_it() -> None:
    assert anchor("`Migration(...)`: how, never what") == "migration-how-never-what"
    assert anchor("What happens at the cut-over, and to writes that come late?") == (
        "what-happens-at-the-cut-over-and-to-writes-that-come-late"
    )
    assert anchor("A row of `history`") == "a-row-of-history"
