"""Pages whose items need no decoding to be compared: every value one of {"S": …}, {"N": …}, {"B": …}, BOOL or NULL.

Told by counting braces in the page's text. In doubt a page is not flat: a text with a brace or a backslash in it is
enough. Never says that a page is flat when it holds a list, a map or a set.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.items import Page, RawItem

_HEAD = 8192
"""The list of items begins within so many bytes; what may stand before it is a cursor and what the page cost."""


def flat_items(page: Page) -> list[RawItem] | None:
    """The items of a flat page in compact JSON; None for any other page."""
    text = page.text
    # A compact writer is compact throughout; without a backslash, every quotation mark begins or ends a text.
    if text.find(b'"Items":[{"', 0, _HEAD) < 0 or b"\\" in text or text.count(b"[") != 1:
        return None
    items = page.raw_items()
    around = 1 + (page.cursor or b"").count(b"{") + text.count(b'"ConsumedCapacity":{')
    return items if text.count(b"{") == around + len(items) + sum(map(len, items)) else None
