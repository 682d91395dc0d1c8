"""The demo's proof notices what it is there for; and its own arithmetic."""

from __future__ import annotations

from decimal import Decimal

from tools.airports.data import Item, from_wire, in_metres, read_airports, to_wire
from tools.airports.proof import Key, Write, differences, expect


def airport(code: str, *, feet: int = 1000, country: str = "NP") -> Item:
    return {"icao": code, "country": country, "elevation_ft": Decimal(feet)}


LOADED = {"VNKT": airport("VNKT"), "VNLK": airport("VNLK", feet=9380)}


def write(table: str, code: str, item: Item | None) -> Write:
    return Write(at=0.0, table=table, op="survey", code=code, item=item)


def test_without_writes_the_new_table_holds_everything_in_metres_under_its_new_key() -> None:
    wanted = expect(LOADED, [], old="old", new="new")
    assert wanted.old == {("VNKT",): LOADED["VNKT"], ("VNLK",): LOADED["VNLK"]}
    assert wanted.new[("NP", "VNLK")] == {"icao": "VNLK", "country": "NP", "elevation_m": Decimal(2859)}


def test_writes_to_the_old_table_are_wanted_in_both_and_later_ones_in_the_new_one_only() -> None:
    moved, surveyed = airport("VNKT", country="FR"), in_metres(airport("VNLK", feet=9))
    wanted = expect(LOADED, [write("old", "VNKT", moved), write("new", "VNLK", surveyed)], old="old", new="new")
    assert wanted.old == {("VNKT",): moved, ("VNLK",): LOADED["VNLK"]}
    assert wanted.new == {("FR", "VNKT"): in_metres(moved), ("NP", "VNLK"): surveyed}


def test_a_closed_airport_is_wanted_nowhere() -> None:
    wanted = expect(LOADED, [write("old", "VNKT", None), write("new", "VNLK", None)], old="old", new="new")
    assert (list(wanted.old), list(wanted.new)) == ([("VNLK",)], [])


def test_a_lost_write_a_deleted_item_that_came_back_and_a_missing_one_are_all_noticed() -> None:
    wanted: dict[Key, Item] = {("a",): {"n": 1}, ("b",): {"n": 2}}
    assert differences(wanted, {("a",): {"n": 0}, ("c",): {"n": 3}}) == [
        "missing: b",
        "too much: c",
        "different: a n: 0 instead of 1",
    ]
    assert differences(wanted, dict(wanted)) == []


def test_the_airports_are_real_and_survive_the_wire() -> None:
    airports = read_airports()
    assert len(airports.loaded) > 25_000
    assert len(airports.later) > 500
    assert from_wire(to_wire(airports.loaded["EDDF"])) == airports.loaded["EDDF"]
