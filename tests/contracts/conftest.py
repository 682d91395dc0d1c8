"""Whose opinion the contracts ask for: the embedded AWS's, and that of DynamoDB Local, Amazon's own engine.

A test that takes `server` runs over both, one that takes `any_dynamodb` over the DynamoDB in memory as well; one marked
`needs(Feature…)` only where those features are. This is the one place where a test may be skipped: DynamoDB Local needs
Java and Maven, which nobody has to install.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

from pulumi_dynamo_migrator.aws.tables import Tables
from tests.fakes.clients.calls import Calls, Client
from tests.fakes.clients.extras import FullDynamoDb
from tests.fakes.doors import Server, session_on
from tests.fakes.judges import JUDGES, Lent
from tools.dynamodb_local.fetch import NoDynamoDbLocalError
from tools.dynamodb_local.server import DynamoDbLocal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="session")
def dynamodb_local(no_real_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DynamoDbLocal]:
    """One DynamoDB Local for all tests of a session; a skip says what is missing where it cannot be had."""
    try:
        local = DynamoDbLocal.start(log=tmp_path_factory.mktemp("dynamodb-local") / "local.log")
    except NoDynamoDbLocalError as error:
        pytest.skip(str(error))
    with local:
        Lent().lend_to(session_on(local).client("dynamodb"))
        yield local


@pytest.fixture(scope="session", params=JUDGES)
def server(request: pytest.FixtureRequest) -> Server:
    """Give both judges, one after the other."""
    judge: Server = request.getfixturevalue(request.param)
    return judge


@pytest.fixture(params=["memory", *JUDGES])
def any_dynamodb(request: pytest.FixtureRequest) -> DynamoDBClient:
    """Give boto3's client for either judge, or what is in its place in memory."""
    if request.param == "memory":
        return cast(Any, Client(FullDynamoDb(), Calls()))  # type: ignore[no-any-return]
    return session_on(request.getfixturevalue(request.param)).client("dynamodb")


@pytest.fixture
def table(any_dynamodb: DynamoDBClient) -> Iterator[str]:
    """Give a name for a control table, which is removed afterwards with its protection."""
    name = f"ledger-{uuid.uuid4().hex[:8]}"
    yield name
    tables = Tables(any_dynamodb)
    if tables.describe(name) is not None:
        tables.update_deletion_protection(name, enabled=False)
        tables.delete(name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what DynamoDB Local cannot judge."""
    left = [item for item in items if _beyond_local(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not _beyond_local(item)]


def _beyond_local(item: pytest.Item) -> bool:
    needs = item.get_closest_marker("needs")
    return needs is not None and "dynamodb_local" in getattr(item, "callspec").params.values()  # noqa: B009 (untyped)
