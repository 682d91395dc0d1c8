"""Law: also where the stream tells only keys, target = f(source) once the writers stop and the stream is drained.

The machine is that of `test_replication_converges.py`: the same writes, deliveries (late, repeated), pages and crashes.
"""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import initialize

from pulumi_dynamo_migrator.conversion.chain import Chain, RetypeLink
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from tests.fakes.conversions import ID, PLACED_ONLY, config_of, identity, written
from tests.properties.test_replication_converges import Copying
from tests.soaking import dose

BYTES = KeySchema(("id",), ("B",))


class CopyingByKey(Copying):
    """A stream without both images."""

    @initialize(view=st.sampled_from(("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE")))
    def with_a_view(self, view: str) -> None:
        """Which images there are makes no difference."""
        self.source.view = view
        self.config = config_of(self.config.chain, view=view)


class AcceptsAll(CopyingByKey):
    """Without a conversion of the user's no item is refused."""

    def went_by(self, name: str) -> bool:
        return False


class CopyingIdentity(AcceptsAll):
    def chain(self) -> Chain:
        return identity()


class CopyingRetyped(AcceptsAll):
    def chain(self) -> Chain:
        return Chain((RetypeLink((("id", "S", "B"),)),), Meeting.DISTINCT, ID, TargetShape(BYTES))


class CopyingConverted(CopyingByKey):
    def chain(self) -> Chain:
        return written(PLACED_ONLY, meeting=Meeting.SEPARATE)


STEPS = settings(max_examples=dose(300), stateful_step_count=25, deadline=None)

TestCopyingIdentity = CopyingIdentity.TestCase
TestCopyingIdentity.settings = STEPS
TestCopyingRetyped = CopyingRetyped.TestCase
TestCopyingRetyped.settings = STEPS
TestCopyingConverted = CopyingConverted.TestCase
TestCopyingConverted.settings = STEPS
