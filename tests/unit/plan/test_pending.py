"""The list of conversions is append-only; what was applied stays as it was."""

from __future__ import annotations

from pulumi_dynamo_migrator.plan.pending import history_problems, pending
from tests.fakes.plans import applied, conversion

TWO, THREE, FOUR = conversion(2), conversion(3, "return None"), conversion(4, "return [item]")


def test_what_was_not_applied_is_pending_in_order() -> None:
    assert pending((TWO, THREE, FOUR), (applied(TWO),)) == (THREE, FOUR)
    assert pending((TWO, THREE), ()) == (TWO, THREE)


def test_a_list_that_goes_on_has_no_problem() -> None:
    assert history_problems((TWO, THREE, FOUR), (applied(TWO), applied(THREE))) == []


def test_comments_and_formatting_are_no_edit() -> None:
    again = conversion(2, "return item  # the same")
    assert history_problems((again,), (applied(TWO),)) == []


def test_an_edited_conversion_is_named_with_the_next_number_and_its_old_text() -> None:
    (found,) = history_problems((conversion(2, "return []"), THREE), (applied(TWO),))
    assert "conversion 2 was applied on 2026-11-22T12:00:00Z and has been edited since" in found
    assert "put it back as it was, and add the change as conversion 4" in found
    assert "def convert(item):\n        return item" in found


def test_a_removed_conversion_is_asked_back() -> None:
    (found,) = history_problems((THREE,), (applied(TWO), applied(THREE)))
    assert found.startswith(
        "conversion 2 was applied on 2026-11-22T12:00:00Z and is no longer in the list: put it back"
    )


def test_a_conversion_put_before_an_applied_one_gets_another_number() -> None:
    (found,) = history_problems((TWO, THREE), (applied(THREE),))
    assert found == "conversion 2 is new, but conversion 3 was applied already: number it 4 and put it last."
