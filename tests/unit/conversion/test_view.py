"""The item as a conversion sees it."""

from __future__ import annotations

import copy
import pickle

import pytest

from pulumi_dynamo_migrator.conversion.view import ItemView


def test_an_entry_is_an_attribute() -> None:
    item = ItemView(id="x")
    item.n = 5
    del item.id
    assert item == {"n": 5}


def test_a_missing_attribute_says_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'gone'"):
        _ = ItemView().gone
    with pytest.raises(AttributeError, match="no attribute 'gone'"):
        del ItemView().gone
    assert not hasattr(ItemView(), "gone")


def test_the_methods_of_a_dict_stay() -> None:
    item = ItemView({"items": 3, "keys": 4})
    assert list(item.items()) == [("items", 3), ("keys", 4)]
    with pytest.raises(AttributeError, match=r'write item\["items"\]'):
        item.items = 5  # type: ignore[method-assign,assignment]


def test_copies_are_views() -> None:
    item = ItemView(a=ItemView(b=1))
    pickled = pickle.loads(pickle.dumps(item))  # noqa: S301  (our own bytes)
    for other in (item.copy(), copy.copy(item), copy.deepcopy(item), pickled, item | {"c": 2}):
        assert other.a.b == 1
        assert type(other) is ItemView
    assert "c" not in item
