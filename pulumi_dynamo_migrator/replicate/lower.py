"""Changes and notes as parts of DynamoDB requests: pure, and the only place that writes expressions.

The values stay wire values; `handler.py` turns base64 text into bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pulumi_dynamo_migrator.replicate.changes import (
    Change,
    Delete,
    DeleteIfEqual,
    Delta,
    Expectation,
    InsertIfAbsent,
    PlainChange,
    Put,
    ReplaceExpired,
    StillHolds,
    Tombstone,
    Value,
)
from pulumi_dynamo_migrator.replicate.notes import (
    ConflictImage,
    CountConflict,
    Note,
    NotOwned,
    Own,
    Seen,
    Unseen,
    conflict_items,
    expires,
    keyed,
    own_item,
    partition,
    seen_item,
)
from pulumi_dynamo_migrator.replicate.tombstone import Item, tombstone

Request = dict[str, Any]


class Expression:
    """Collects the names and the values that an expression refers to."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Value] = {}

    def name(self, name: str) -> str:
        """The placeholder of an attribute's name."""
        return self._names.setdefault(name, f"#n{len(self._names)}")

    def value(self, value: Value) -> str:
        """A placeholder of a value."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def equals(self, item: Item) -> str:
        """A condition: every attribute of `item` is there and equal."""
        return " AND ".join(f"{self.name(name)} = {self.value(value)}" for name, value in item.items())

    def attributes(self) -> Request:
        """The request's part that resolves the placeholders. DynamoDB refuses empty ones: they are left out."""
        request: Request = {}
        if self._names:
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self._names.items()}
        if self._values:
            request["ExpressionAttributeValues"] = dict(self._values)
        return request


def write_request(change: PlainChange) -> Request:
    """One entry of a BatchWriteItem."""
    match change:
        case Put(item=item):
            return {"PutRequest": {"Item": item}}
        case Tombstone(key=key):
            return {"PutRequest": {"Item": tombstone(key)}}
        case Delete(key=key):
            return {"DeleteRequest": {"Key": key}}


def conditional_delete(table: str, change: DeleteIfEqual) -> Request:
    """A DeleteItem that tells what it deleted."""
    expression = Expression()
    condition = expression.equals(change.item)
    return {
        "TableName": table,
        "Key": change.key,
        "ConditionExpression": condition,
        "ReturnValues": "ALL_OLD",
        **expression.attributes(),
    }


def transact_change(table: str, change: Change) -> Request:
    """One action of a TransactWriteItems on the successor."""
    match change:
        case Put(item=item):
            return {"Put": {"TableName": table, "Item": item}}
        case Tombstone(key=key):
            return {"Put": {"TableName": table, "Item": tombstone(key)}}
        case Delete(key=key):
            return {"Delete": {"TableName": table, "Key": key}}
        case InsertIfAbsent(key=key, item=item):
            return {"Put": put_if_absent(table, item, next(iter(key)))}
        case ReplaceExpired():
            return {"Put": _replace_expired(table, change)}
        case StillHolds(key=key, item=item):
            expression = Expression()
            condition = expression.equals(item)
            check = {"TableName": table, "Key": key, "ConditionExpression": condition, **expression.attributes()}
            return {"ConditionCheck": check}
        case Delta():
            return {"Update": _delta(table, change)}


def put_if_absent(table: str, item: Item, key_attribute: str) -> Request:
    """A put on condition that the key is free."""
    expression = Expression()
    condition = f"attribute_not_exists({expression.name(key_attribute)})"
    return {"TableName": table, "Item": item, "ConditionExpression": condition, **expression.attributes()}


def transact_note(table: str, migration_id: str, note: Note) -> tuple[Request, ...]:
    """The actions of a TransactWriteItems on the ledger that make a note."""
    pk = partition(migration_id)
    match note:
        case Seen():
            return ({"Put": _seen(table, pk, note)},)
        case Unseen(event_id=event_id):
            return (_nothing_at(table, pk, f"seen#{event_id}"),)
        case NotOwned(source_key=source_key):
            return (_nothing_at(table, pk, keyed("owned", source_key)),)
        case Own():
            return (_put(table, pk, own_item(note)),)
        case ConflictImage():
            return tuple(_put(table, pk, item) for item in conflict_items(note))
        case CountConflict():
            return ({"Update": add(table, pk, {"conflicts": 1})},)


def add(table: str, pk: Item, amounts: dict[str, int], *, last_at: float | None = None) -> Request:
    """An UpdateItem that adds to the counters."""
    expression = Expression()
    text = "ADD " + ", ".join(f"{expression.name(n)} {expression.value({'N': str(a)})}" for n, a in amounts.items())
    if last_at is not None:
        text = f"SET last_at = {expression.value({'N': f'{last_at:.3f}'})} {text}"
    key = {**pk, "sk": {"S": "counters"}}
    return {"TableName": table, "Key": key, "UpdateExpression": text, **expression.attributes()}


def not_since(at: float, *, but_by: str) -> Request:
    """A condition: nothing is noted there, or with a time before `at`, or by that one."""
    expression = Expression()
    name, by = expression.name("at"), expression.name("by")
    before = f"attribute_not_exists({name}) OR {name} < {expression.value({'N': f'{at:.3f}'})}"
    condition = f"{before} OR {by} = {expression.value({'S': but_by})}"
    return {"ConditionExpression": condition, **expression.attributes()}


def delete_noted(table: str, key: Item, *, at: Value | None) -> Request:
    """A delete of what is noted at `key`, if it is there; with `at`, if it still is what was noted at that time."""
    if at is None:
        return {"TableName": table, "Key": key, "ConditionExpression": "attribute_exists(pk)"}
    expression = Expression()
    condition = f"{expression.name('at')} = {expression.value(at)}"
    return {"TableName": table, "Key": key, "ConditionExpression": condition, **expression.attributes()}


def _nothing_at(table: str, pk: Item, sort_key: str) -> Request:
    check = {"TableName": table, "Key": {**pk, "sk": {"S": sort_key}}}
    return {"ConditionCheck": {**check, "ConditionExpression": "attribute_not_exists(pk)"}}


def _put(table: str, pk: Item, named: tuple[str, Item]) -> Request:
    sort_key, attributes = named
    return {"Put": {"TableName": table, "Item": {**pk, "sk": {"S": sort_key}, **attributes}}}


def _seen(table: str, pk: Item, note: Seen) -> Request:
    put: Request = dict(_put(table, pk, seen_item(note))["Put"])
    if note.always:
        return put
    if note.before is None:
        return {**put, "ConditionExpression": "attribute_not_exists(pk)"}
    expression = Expression()
    condition = f"{expression.name('state')} = {expression.value({'S': note.before.value})}"
    if note.stood is not None:
        condition += f" AND {expression.name('expires')} = {expression.value({'N': expires(note.stood)})}"
    return {**put, "ConditionExpression": condition, **expression.attributes()}


def _replace_expired(table: str, change: ReplaceExpired) -> Request:
    expression = Expression()
    condition = expression.equals({change.ttl_attribute: change.expiry})
    return {"TableName": table, "Item": change.item, "ConditionExpression": condition, **expression.attributes()}


def _delta(table: str, change: Delta) -> Request:
    expression = Expression()
    there = f"attribute_exists({expression.name(next(iter(change.key)))})"
    condition = " AND ".join((there, *(_expected(e, expression) for e in change.expect)))
    update = []
    if change.set:
        update.append("SET " + ", ".join(f"{expression.name(n)} = {expression.value(v)}" for n, v in change.set))
    if change.remove:
        update.append("REMOVE " + ", ".join(expression.name(name) for name in change.remove))
    return {
        "TableName": table,
        "Key": change.key,
        "UpdateExpression": " ".join(update),
        "ConditionExpression": condition,
        **expression.attributes(),
    }


def _expected(expectation: Expectation, expression: Expression) -> str:
    name = expression.name(expectation.name)
    return "(" + " OR ".join(_is(name, value, expression) for value in (expectation.old, expectation.new)) + ")"


def _is(name: str, value: Value | None, expression: Expression) -> str:
    return f"attribute_not_exists({name})" if value is None else f"{name} = {expression.value(value)}"


def all_actions(requests: Iterable[tuple[Request, ...]]) -> list[Request]:
    """The actions in order."""
    return [action for actions in requests for action in actions]
