"""Quotes, line ends, controls and braces in a conversion's text, in names and in values: the same by both roads.

The text goes through Pulumi's property, the ledger, and the configuration in the replicator's zip; it is escaped by
JSON alone on the way and is never put together from parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from tests.emulator.scene import PATIENT, Scene, differing, scene_in
from tests.eventually import eventually
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

Item = dict[str, Any]
ODD = "it's \"\"\" ''' \\ \\n \n \r \t \0 {} {0} %s ${aws:username} `x` # -- ; é 😀 \u2028 </script>"
NAME = "o'd\"d\n: ?, 'more"
ITEMS: list[Item] = [
    {"id": f"{ODD}{number}", "team": f"t'{number % 2}\"", NAME: ODD, "n": number} for number in range(9)
]


def stamp(item: Item) -> Item:
    """'''A docstring with quotes''', and a \\ backslash."""
    item["odd"], item[f"{ODD}!"] = ODD, f"{item['n']}{{}}{ODD}"
    return item


@pytest.fixture
def scene(aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(aws, timing=PATIENT) as scene:
        yield scene


def test_what_a_conversion_says_is_said_by_the_copy_and_by_the_replicator(scene: Scene) -> None:
    scene.begin(ITEMS)
    late = {**ITEMS[0], "id": "late", "n": 100}
    wanted = [stamp(dict(item)) for item in [*ITEMS, late]]

    def arrives() -> None:
        scene.behind.put(scene.old, [late])
        eventually(lambda: came(scene, wanted[-1]), within=50)

    scene.stage.cue("Scan", arrives, table=scene.new)
    outputs = scene.up(
        hash_key="team",
        range_key="id",
        attributes={"team": "S", "id": "S"},
        conversions=[Conversion(2, stamp).as_property()],
    )
    assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
    assert differing(scene.behind.items(scene.new), wanted) == []


def came(scene: Scene, item: Item) -> None:
    assert item in scene.behind.items(scene.new)
