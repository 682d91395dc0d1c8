"""What AWS refuses and the embedded AWS takes: a second request for what has been done. Looks first, then forwards.

A mapping between the same two (CreateEventSourceMapping, API reference: ResourceConflictException), a stream that is on
already and a time to live that is switched already (both ValidationException, as DynamoDB answers them).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.emulator.operations import operation_of, refusal
from tools.forwarding import Message, Upstream


class StrictUpstream:
    """The road to the embedded AWS with these rules on it."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def ask(self, request: Message) -> Message:
        """Refuse what AWS would refuse, or carry it out."""
        refused = self._refused(request, operation_of(request))
        return self._upstream.ask(request) if refused is None else refused

    def close(self) -> None:
        """Hang up."""
        self._upstream.close()

    def _refused(self, request: Message, operation: str) -> Message | None:
        if operation == "CreateEventSourceMapping" and self._mapped(request):
            return refusal(request, 409, "ResourceConflictException", "An event source mapping already exists.")
        if operation == "UpdateTable" and self._streams(request):
            return refusal(request, 400, "ValidationException", "Table already has an enabled stream")
        if operation == "UpdateTimeToLive" and self._expires(request):
            return refusal(request, 400, "ValidationException", "TimeToLive is already enabled")
        return None

    def _mapped(self, request: Message) -> bool:
        wanted = request.json()
        about = (
            f"EventSourceArn={quote(wanted['EventSourceArn'], safe='')}&FunctionName={quote(wanted['FunctionName'])}"
        )
        start = f"GET /2015-03-31/event-source-mappings/?{about} HTTP/1.1\r\n".encode()
        look = Message(start, request.asking(b"").lines)
        return bool(self._upstream.ask(look).json()["EventSourceMappings"])

    def _streams(self, request: Message) -> bool:
        asked = request.json()
        if not asked.get("StreamSpecification", {}).get("StreamEnabled"):
            return False
        table = self._told(request, "DescribeTable", asked["TableName"]).get("Table", {})
        return bool(table.get("StreamSpecification", {}).get("StreamEnabled"))

    def _expires(self, request: Message) -> bool:
        asked = request.json()
        if not asked["TimeToLiveSpecification"]["Enabled"]:
            return False
        told = self._told(request, "DescribeTimeToLive", asked["TableName"])
        return told.get("TimeToLiveDescription", {}).get("TimeToLiveStatus") in ("ENABLED", "ENABLING")

    def _told(self, request: Message, operation: str, table: str) -> dict[str, Any]:
        body = json.dumps({"TableName": table}).encode()
        answer = self._upstream.ask(request.asking(body, target=f"DynamoDB_20120810.{operation}"))
        return dict(answer.json()) if answer.status == 200 else {}
