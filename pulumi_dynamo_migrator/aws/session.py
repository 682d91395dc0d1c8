"""Clients for AWS services, made once each, and who and where we are. Never decides anything.

`check` asks AWS nothing; only boto3's own search for credentials may ask the machine's metadata service, with boto3's
short time-out (AWS_METADATA_SERVICE_TIMEOUT; AWS_EC2_METADATA_DISABLED=true turns it off).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, PartialCredentialsError, ProfileNotFound
from botocore.session import Session as BotocoreSession

from pulumi_dynamo_migrator.aws.config import AwsConfig, RoleToAssume
from pulumi_dynamo_migrator.aws.control_retry import ControlRetry
from pulumi_dynamo_migrator.aws.faults import asking
from pulumi_dynamo_migrator.aws.last_look import watch
from pulumi_dynamo_migrator.aws.retry import Patience
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.timing import Timing

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sts import STSClient

CONNECTIONS = 64
"""Per client: the backfill's requests in flight are fewer."""

CONNECTED_WITHIN = 10.0
"""Seconds."""


class NoAccessError(MigratorError):
    """There is no region, no credentials, or an account that the stack forbids."""


def package_version() -> str:
    """Ours, as installed; "0" in a checkout that is not."""
    try:
        return version("pulumi-dynamo-migrator")
    except PackageNotFoundError:
        return "0"


class Session:
    """One AWS identity in one region. Safe to share between threads."""

    def __init__(
        self,
        config: AwsConfig | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        timing: Timing | None = None,
    ) -> None:
        self.config = config or AwsConfig()
        self.timing = timing or Timing()
        self._lock = threading.RLock()
        self._clients: dict[str, Any] = {}
        self._account: str | None = None
        self.boto3 = _boto3_session(self.config, environ)

    @property
    def region(self) -> str:
        """The region that is asked."""
        region = self.boto3.region_name
        if not region:
            raise NoAccessError(
                "No AWS region is configured.",
                now="run `pulumi config set aws:region us-east-1` (yours), or set AWS_REGION.",
            )
        return region

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`, …"""
        return self.boto3.get_partition_for_region(self.region)

    def check(self) -> None:
        """Raise a sentence with "what now" if there is no region or there are no credentials."""
        _ = self.region
        try:
            found = self.boto3.get_credentials()
        except PartialCredentialsError as error:
            raise NoAccessError(f"The AWS credentials are incomplete: {error}.", now="give both keys.") from error
        except BotoCoreError as error:
            raise NoAccessError(f"The AWS credentials cannot be read: {error}.", now="check them.") from error
        if found is None:
            raise NoAccessError(
                "No AWS credentials are configured.",
                now="set aws:profile (or AWS_PROFILE), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or log in with `aws sso login`.",
            )

    def account(self) -> str:
        """The account's number, asked once; refused where `aws:allowedAccountIds` or its opposite say so."""
        with self._lock:
            if self._account is None:
                with asking("sts:GetCallerIdentity", "the credentials in use"):
                    self._account = _permitted(self.config, self.client("sts").get_caller_identity()["Account"])
            return self._account

    @overload
    def client(self, service: Literal["cloudwatch"]) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> DynamoDBClient: ...
    @overload
    def client(self, service: Literal["dynamodbstreams"]) -> DynamoDBStreamsClient: ...
    @overload
    def client(self, service: Literal["iam"]) -> IAMClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["logs"]) -> CloudWatchLogsClient: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...
    def client(self, service: str) -> Any:
        """The client for a service: made once (making one is not thread-safe), used by all."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: Any) -> Any:
        own = Config(
            retries={"mode": "standard", "total_max_attempts": 1},  # ours are attached below
            connect_timeout=min(CONNECTED_WITHIN, self.timing.answer),
            read_timeout=self.timing.answer,
        )
        client: Any = self.boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.config.endpoint(service),
            config=_client_config(self.config).merge(own),
        )
        watch(client)
        ControlRetry(Patience.of(self.timing), budget=self.timing.control).attach(client)
        return client


def _client_config(config: AwsConfig) -> Config:
    return Config(
        retries={"mode": "standard", "max_attempts": 5},
        user_agent_extra=f"pulumi-dynamo-migrator/{package_version()}",
        max_pool_connections=CONNECTIONS,
        use_fips_endpoint=config.use_fips,
        use_dualstack_endpoint=config.use_dualstack,
    )


def _permitted(config: AwsConfig, account: str) -> str:
    allowed = config.allowed_accounts or (account,)
    if account not in allowed or account in config.forbidden_accounts:
        raise NoAccessError(
            f"The credentials in use belong to account {account}, which the stack does not allow.",
            now="use other credentials, or change aws:allowedAccountIds / aws:forbiddenAccountIds.",
        )
    return account


def _boto3_session(config: AwsConfig, environ: Mapping[str, str]) -> boto3.Session:
    core = BotocoreSession(profile=config.profile)
    if config.access_key and config.secret_key:
        core.set_credentials(config.access_key, config.secret_key, config.token)
    try:
        # AWS_REGION before boto3's own AWS_DEFAULT_REGION, which is all that boto3 reads: pulumi-aws does so too.
        plain = boto3.Session(botocore_session=core, region_name=config.region or environ.get("AWS_REGION") or None)
        for role in config.assume_roles:
            plain = _assuming(plain, role, config)
    except ProfileNotFound as error:
        raise NoAccessError(
            f"{error}.", now="check aws:profile (or AWS_PROFILE) against `aws configure list-profiles`."
        ) from error
    return plain


def _assuming(plain: boto3.Session, role: RoleToAssume, config: AwsConfig) -> boto3.Session:
    """A session whose credentials are the role's, fetched when first used and again before they expire."""
    source = plain.get_credentials()
    if source is None:
        return plain
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(plain.client, endpoint_url=config.endpoint("sts"), config=_client_config(config)),
        source_credentials=source,
        role_arn=role.role_arn,
        extra_args=_assume_arguments(role),
    )
    core = BotocoreSession()
    core.register_component("credential_provider", CredentialResolver([_RoleProvider(fetcher)]))
    return boto3.Session(botocore_session=core, region_name=plain.region_name)


def _assume_arguments(role: RoleToAssume) -> dict[str, Any]:
    arguments = {
        "RoleSessionName": role.session_name,
        "ExternalId": role.external_id,
        "DurationSeconds": role.duration_seconds,
        "Policy": role.policy,
        "PolicyArns": [{"arn": arn} for arn in role.policy_arns],
        "Tags": [{"Key": key, "Value": value} for key, value in role.tags],
        "TransitiveTagKeys": list(role.transitive_tag_keys),
        "SourceIdentity": role.source_identity,
    }
    return {name: value for name, value in arguments.items() if value}


class _RoleProvider(CredentialProvider):
    METHOD = "assume-role"

    def __init__(self, fetcher: AssumeRoleCredentialFetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def load(self) -> Any:
        return DeferredRefreshableCredentials(refresh_using=self._fetcher.fetch_credentials, method=self.METHOD)
