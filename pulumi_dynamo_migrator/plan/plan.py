"""A plan as data: what will be done and why. The engine walks it, the preview prints it; neither changes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pulumi_dynamo_migrator.model.history import Pending
from pulumi_dynamo_migrator.plan.cost import Estimate
from pulumi_dynamo_migrator.steps.step import Step


class Route(StrEnum):
    """How a change is carried out."""

    NOTHING = "nothing"
    CREATE = "create"
    ADOPT = "adopt"
    IN_PLACE = "in place"
    SUCCESSOR = "successor"
    RESUME = "resume"
    ABANDON = "abandon"
    SERVE = "serve"
    RETIRE = "retire"
    TAKE_OVER = "take over"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something that a careful person would want to know before `up`, and what to do about it."""

    what: str
    now: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The way from what is seen to what is asked.

    `served` and `becomes` are the version before and after. `items` and `bytes` are DynamoDB's own figures for the
    table to copy, up to six hours old; `estimate` is what copying it takes. `again` says that a plan must be made anew
    after its steps (a migration that was resumed: the program may ask for more since it began). `pending` are versions
    that are asked to end and may not yet. `complete` is False where the program asks for more than the plan leads to (a
    version is held).
    """

    route: Route
    headline: str
    why: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    makes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    refusals: tuple[str, ...] = ()
    items: int | None = None
    bytes: int | None = None
    estimate: Estimate | None = None
    served: int | None = None
    becomes: int | None = None
    again: bool = False
    pending: tuple[Pending, ...] = ()
    complete: bool = True

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do and nothing to refuse."""
        return self.route is Route.NOTHING


def refused(*reasons: str) -> Plan:
    """A plan that changes nothing and says why."""
    return Plan(Route.REFUSED, "refused: " + reasons[0].splitlines()[0], refusals=tuple(reasons))
