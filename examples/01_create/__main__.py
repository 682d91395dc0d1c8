"""A table of orders. The only line that is not `aws.dynamodb.Table`'s is the one with the class."""

import pulumi
import pulumi_aws as aws

from pulumi_dynamo_migrator import MigratedTable

orders = MigratedTable(  # was: aws.dynamodb.Table(
    "orders",
    billing_mode="PAY_PER_REQUEST",
    hash_key="customer_id",
    range_key="order_id",
    attributes=[
        aws.dynamodb.TableAttributeArgs(name="customer_id", type="S"),
        aws.dynamodb.TableAttributeArgs(name="order_id", type="S"),
    ],
)

pulumi.export("orders", orders.name)
