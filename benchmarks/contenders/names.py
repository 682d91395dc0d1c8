"""Every contender by name: what it does, and whom it is compared with. Imports none of them: that is the racer's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Field(Enum):
    """What contenders do; only those of one field are compared."""

    COPY = "copy, as it is"
    CONVERSION = "copy through a conversion"
    VERIFY = "verify, per item read"
    REPLICATE = "replicate"


@dataclass(frozen=True, slots=True)
class Contender:
    """`road`: module and function under benchmarks.contenders; `ours`: the one whose ratios are told.

    `weight`: how many pages it works on for each page of the slowest, so that all take about as long.
    """

    name: str
    field: Field
    road: str
    ours: bool = False
    weight: int = 1


CONTENDERS = (
    Contender("ours", Field.COPY, "ours:copy", ours=True, weight=10),
    Contender("ours, telling an engine", Field.COPY, "told:copy", weight=10),
    Contender("bare client, socket", Field.COPY, "bare:copy", weight=15),
    Contender("bare client, http.client", Field.COPY, "bare:copy_http", weight=10),
    Contender("pydynox", Field.COPY, "pydynox_copy:copy", weight=5),
    Contender("boto3 client", Field.COPY, "boto:client"),
    Contender("boto3 client, unchecked", Field.COPY, "boto:client_unchecked"),
    Contender("boto3 resource", Field.COPY, "boto:resource"),
    Contender("ours, converting", Field.CONVERSION, "ours:copy_converting", ours=True, weight=4),
    Contender("boto3 resource, converting", Field.CONVERSION, "boto:resource_converting"),
    Contender("our verify", Field.VERIFY, "ours:verify", ours=True, weight=5),
    Contender("our copy", Field.VERIFY, "ours:copy", weight=10),
    Contender("our replicator", Field.REPLICATE, "replicators:ours", ours=True, weight=50),
    Contender("one boto3 put a record", Field.REPLICATE, "replicators:one_put_each", weight=10),
)
