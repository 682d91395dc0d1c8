"""`late`: one record after a hand-over, applied where it fits, kept as a conflict where it does not.

Read every key that the record touches; `late.decide`; one transaction of the eventID, the check that the served table
does not own the source item, and the changes. A transaction that does not go through is looked into: noted already,
owned, or a key that somebody changed in the meantime, which is then read again.

Deletes follow their transaction one by one, each conditional on f(old), because only a single DeleteItem tells what it
deleted: their transaction checks f(old), inserts the new key of a move and notes the eventID as *deleting*. One that
deleted more than f(old) puts it back and becomes a conflict. A record that comes again while *deleting* redoes its
deletes; absent is then done. It does so only when whoever noted it has surely been ended, and what that one had on its
way has taken effect or never will: its delete must not meet what a later record makes at that key, with the same values
perhaps. For the same reason a delete whose answer was lost is not sent again at once: its batch comes again.

What remains:
- A key that the served side deletes, makes again with the same values and deletes again, that it makes again with
  exactly f(old)'s values, or that it makes and deletes while the source's insert is on its way: while old records of
  it are on their way, these cannot be told by value from a key that was never touched.
- A key that the served side deletes between the death of an invocation in the middle of a delete and that batch's
  coming again: the absence may be its own doing. If the source makes the key again, it is made.
- An attribute that the served side adds in the milliseconds between the last read and the delete is lost if the
  invocation dies between that delete and putting the item back, or if the item is made anew in that time (then what was
  deleted is kept as the conflict's *held* image).
- While a move is under way both keys can be read; a move whose delete then meets a newer write leaves both, and a
  conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_dynamo_migrator.replicate.changes import DeleteIfEqual, InsertIfAbsent
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from pulumi_dynamo_migrator.replicate.late import Conflict, Expiry, Fits, Wanted, beyond, decide, delete_misfit, wanted
from pulumi_dynamo_migrator.replicate.notes import (
    ConflictImage,
    CountConflict,
    Note,
    NotOwned,
    Own,
    Seen,
    SeenState,
    Side,
    source_key_text,
)
from pulumi_dynamo_migrator.replicate.ports import CallFailedError, Clock, Ports
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.rule import Images
from pulumi_dynamo_migrator.replicate.tombstone import Item

_OWNED = Conflict("an earlier change of this source item was a conflict: the served table owns it since")
_LOOKS = 10  # each further look means that somebody wrote the key between a read and a transaction
_ACTIONS = 98  # of the 100 of a transaction (DynamoDB's limits page); two are notes


@dataclass(frozen=True, slots=True)
class Handover:
    """Applies one record at a time."""

    config: ReplicatorConfig
    ports: Ports
    clock: Clock

    def apply(self, images: Images) -> None:
        """Apply the record, or keep it as a conflict."""
        record, want = images.record, wanted(images, self.config.target.keys)
        if want.nothing():
            self.ports.ledger.transact([self._seen(record, SeenState.DONE)], ())
            return
        owned = False
        for _ in range(_LOOKS):
            verdict = _OWNED if owned else self._decide(want)
            if self._conclude(record, verdict):
                return
            state = self.ports.ledger.seen(record.event_id)
            if state is SeenState.DELETING:
                if not self._take_over(record):
                    continue
                self._delete(record, tuple(want.deletes.values()))
            if state is not None:
                return
            owned = self.ports.ledger.owned(self._source_key(record))
        raise CallFailedError(
            f"{self.config.target_table} was written {_LOOKS} times while record {record.event_id} was being applied",
            now="nothing: the batch comes again",
        )

    def keep(self, record: Record, why: str) -> None:
        """Keep the record as a conflict, unless it has been concluded before."""
        self._keep(record, why, self._seen(record, SeenState.CONFLICT))

    def _decide(self, want: Wanted) -> Fits | Conflict:
        if len(want.keys()) > _ACTIONS:
            return Conflict(f"the change touches {len(want.keys())} items, more than one transaction can hold")
        held = {name: self.ports.target.read(key) for name, key in want.keys().items()}
        return decide(want, held, Expiry(self.config.ttl_attribute, self.clock.now()))

    def _conclude(self, record: Record, verdict: Fits | Conflict) -> bool:
        if isinstance(verdict, Conflict):
            return self._keep(record, verdict.why, self._seen(record, SeenState.CONFLICT))
        state = SeenState.DELETING if verdict.deletes else SeenState.DONE
        notes: list[Note] = [self._seen(record, state), NotOwned(self._source_key(record))]
        if not self.ports.ledger.transact(notes, verdict.changes):
            return False
        if verdict.deletes:
            self._delete(record, verdict.deletes)
        return True

    def _take_over(self, record: Record) -> bool:
        """Raise while the invocation that noted the record's deletes may still be making them; else note them as mine.

        False: somebody else has done so in the meantime.
        """
        noted = self.ports.ledger.noted_at(record.event_id)
        if self.clock.now() < noted + self.config.function_timeout + self.config.outcome:
            raise CallFailedError(
                f"an earlier invocation may still be deleting what record {record.event_id} deletes",
                now="nothing: the batch comes again, and goes on when that one's time is over",
            )
        mine = Seen(record.event_id, SeenState.DELETING, self.clock.now(), before=SeenState.DELETING, stood=noted)
        return self.ports.ledger.transact([mine], ())

    def _delete(self, record: Record, deletes: Sequence[DeleteIfEqual]) -> None:
        for delete in deletes:
            if not self._delete_one(record, delete):
                return
        done = Seen(record.event_id, SeenState.DONE, self.clock.now(), before=SeenState.DELETING)
        self.ports.ledger.transact([done], ())

    def _delete_one(self, record: Record, delete: DeleteIfEqual) -> bool:
        while True:
            held = self.ports.target.read(delete.key)
            if held is None:
                return True
            why = delete_misfit(delete, held)
            if why:
                seen = Seen(record.event_id, SeenState.CONFLICT, self.clock.now(), before=SeenState.DELETING)
                self._keep(record, why, seen)
                return False
            deleted = self.ports.target.delete_if_equal(delete)
            if deleted is not None:
                return self._was_all(record, delete, deleted)

    def _was_all(self, record: Record, delete: DeleteIfEqual, deleted: Item) -> bool:
        if not beyond(delete.item, deleted):
            return True
        seen = Seen(record.event_id, SeenState.CONFLICT, self.clock.now(), always=True)
        why = "the item got more attributes on the served table while the source's delete was being applied"
        if not self._keep(record, why, seen, held=deleted, back=InsertIfAbsent(delete.key, deleted)):
            self._keep(record, f"{why}, and was made anew", seen, held=deleted)
        return False

    def _keep(
        self, record: Record, why: str, seen: Seen, *, held: Item | None = None, back: InsertIfAbsent | None = None
    ) -> bool:
        key, now = self._source_key(record), self.clock.now()
        images = ((Side.OLD, record.old), (Side.NEW, record.new), (Side.HELD, held))
        notes: list[Note] = [seen, Own(key, now), CountConflict()]
        for side, image in images:
            if image is not None:
                notes.append(ConflictImage(record.event_id, side, image, key, why, now))
        return self.ports.ledger.transact(notes, [back] if back else [])

    def _seen(self, record: Record, state: SeenState) -> Seen:
        return Seen(record.event_id, state, self.clock.now())

    def _source_key(self, record: Record) -> str:
        return source_key_text(record.keys, self.config.source_keys)
