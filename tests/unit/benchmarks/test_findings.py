"""What the suite's parts found, and the table at its end."""

from __future__ import annotations

import pytest

from benchmarks.findings import Goal, closing_lines, figure, goal_of, goal_of_worst


def test_a_goal_is_met_on_its_own_side_of_the_bound() -> None:
    assert goal_of("copy", [11.0, 12.0, 14.0], 12).met
    assert not goal_of("copy", [11.0, 11.9, 14.0], 12).met
    assert goal_of("preview", [1.2, 1.3, 9.0], 1.3, at_most=True).met
    assert not goal_of("preview", [1.31], 1.3, at_most=True).met


def test_a_limit_is_held_to_its_worst_sample() -> None:
    goal = goal_of_worst("memory", [90.0, 251.0, 100.0], 250, unit="MB")
    assert (goal.value, goal.lowest, goal.met) == (251.0, 90.0, False)


def test_the_closing_table_tells_target_measure_spread_and_whether_it_is_met() -> None:
    goals = [goal_of("copy", [11.0, 13.94, 14.0], 12), Goal("cold start", 400, 431.2, 300, 500, "ms", at_most=True)]
    assert list(closing_lines(goals))[2:] == [
        "| copy | ≥ 12 × | 13.9 × | 11.0 – 14.0 | yes |",
        "| cold start | ≤ 400 ms | 431 ms | 300 – 500 | no |",
    ]


@pytest.mark.parametrize(
    ("value", "told"), [(0.256, "0.26"), (9.994, "9.99"), (13.94, "13.9"), (99.96, "100.0"), (1234.5, "1,234")]
)
def test_a_figure_has_the_digits_that_count(value: float, told: str) -> None:
    assert figure(value) == told
