"""The kinds of faults that stand between a process and AWS: each says what happens to one request.

Before its effect: refused as one too many, or with 500 or 503, or nobody answers. In parts: a batch of which a part is
done. After its effect: the answer is an error, is cut off, never comes, or comes too late. Late: the answer comes at
once, the effect later. Stale: a read that does not insist on consistency gets what was read before.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.emulator.aws_rules import StrictUpstream
from tests.emulator.operations import refusal, throttled
from tools.forwarding import Message


@dataclass
class Scene:
    """What a fault may use: the request, the road on, chance, and how long "later" is."""

    request: Message
    upstream: StrictUpstream
    chance: Random
    later: float
    another: Callable[[], StrictUpstream]
    late: list[threading.Thread]

    def ask(self) -> Message:
        """Carry the request out."""
        return self.upstream.ask(self.request)


Fault = Callable[[Scene], Message | None]


def throttle(scene: Scene) -> Message:
    """Not carried out: one request too many."""
    return throttled(scene.request, scene.chance.random())


def error_before(scene: Scene) -> Message:
    """Not carried out, 500."""
    return refusal(scene.request, 500, "InternalServerError")


def unavailable(scene: Scene) -> Message:
    """Not carried out, 503."""
    return refusal(scene.request, 503, "ServiceUnavailable")


def hang_up_before(scene: Scene) -> None:
    """Not carried out, and no answer."""


def error_after(scene: Scene) -> Message:
    """Carried out, and 500."""
    scene.ask()
    return refusal(scene.request, 500, "InternalServerError")


def hang_up_after(scene: Scene) -> None:
    """Carried out, and no answer."""
    scene.ask()


def cut(scene: Scene) -> Message:
    """Carried out, and half of the answer."""
    answer = scene.ask()
    return Message(answer.start, answer.lines, answer.body[: len(answer.body) // 2], {b"connection": b"close"})


def slow(scene: Scene) -> Message:
    """Carried out, and answered when the client has given up waiting."""
    answer = scene.ask()
    time.sleep(2 * scene.later)
    return answer


def late_after_error(scene: Scene) -> Message:
    """500 at once; carried out later."""
    _carry_out_later(scene)
    return refusal(scene.request, 500, "InternalServerError")


def late_after_hanging_up(scene: Scene) -> None:
    """No answer; carried out later."""
    _carry_out_later(scene)


def _carry_out_later(scene: Scene) -> None:
    def carry_out() -> None:
        time.sleep(scene.later)
        upstream = scene.another()
        upstream.ask(scene.request)
        upstream.close()

    thread = threading.Thread(target=carry_out, daemon=True)
    scene.late.append(thread)
    thread.start()


def in_parts(scene: Scene) -> Message:
    """A part of a batch is carried out, the rest comes back: as unprocessed, or with an error of its own."""
    asked = scene.request.json()
    if "Statements" in asked:
        return _statements(scene, asked)
    return _unprocessed(scene, asked)


_STATEMENT_ERRORS = ("ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict", "InternalServerError")


def _statements(scene: Scene, asked: dict[str, Any]) -> Message:
    statements = asked["Statements"]
    errors = {n: scene.chance.choice(_STATEMENT_ERRORS) for n in range(len(statements)) if scene.chance.random() < 0.5}
    # A statement with InternalServerError may have been carried out.
    done = [n for n in range(len(statements)) if errors.get(n) in (None, "InternalServerError")]
    answer = _with_body(scene, {**asked, "Statements": [statements[n] for n in done]}) if done else None
    if answer is not None and answer.status != 200:
        return answer
    given = dict(zip(done, answer.json()["Responses"], strict=True)) if answer is not None else {}
    told = [
        {"Error": {"Code": errors[n], "Message": "by the test"}} if n in errors else given[n]
        for n in range(len(statements))
    ]
    return Message.answer(200, {"Responses": told})


def _unprocessed(scene: Scene, asked: dict[str, Any]) -> Message:
    """Of BatchWriteItem a list for each table, of BatchGetItem a table's Keys."""
    reads = any("Keys" in wanted for wanted in asked["RequestItems"].values() if isinstance(wanted, dict))
    goes: dict[str, Any] = {}
    stays: dict[str, Any] = {}
    for table, wanted in asked["RequestItems"].items():
        entries = wanted["Keys"] if reads else wanted
        chosen = [scene.chance.random() < 0.5 for _ in entries]
        for place, yes in ((goes, True), (stays, False)):
            part = [entry for entry, one in zip(entries, chosen, strict=True) if one is yes]
            if part:
                place[table] = {**wanted, "Keys": part} if reads else part
    left = "UnprocessedKeys" if reads else "UnprocessedItems"
    if not goes:  # a batch of which nothing at all was done is refused as a whole
        return throttled(scene.request, 0.0)
    answer = _with_body(scene, {**asked, "RequestItems": goes})
    return answer if answer.status != 200 else Message.answer(200, {**answer.json(), left: stays})


def _with_body(scene: Scene, asked: dict[str, Any]) -> Message:
    return scene.upstream.ask(scene.request.asking(json.dumps(asked).encode()))


class Stale:
    """Reads that do not insist on consistency: each gets what the same request was answered first."""

    def __init__(self) -> None:
        self._known: dict[bytes, Message] = {}
        self._lock = threading.Lock()
        self.inconsistent = 0

    def __call__(self, scene: Scene) -> Message:
        asked = scene.request.json()
        wanted = [one for one in asked.get("RequestItems", {"": asked}).values() if isinstance(one, dict)]
        if all(one.get("ConsistentRead") for one in wanted):
            return scene.ask()
        with self._lock:
            self.inconsistent += 1
            known = self._known.get(scene.request.body)
        answer = known or scene.ask()
        with self._lock:
            return self._known.setdefault(scene.request.body, answer)
