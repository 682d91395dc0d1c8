"""The script of the table of customers: so far, its first version."""

import pulumi

from pulumi_dynamo_migrator import Migrator

migrator = Migrator(identifier="customers")


@migrator.version(1)
@migrator.create(
    TableName="first_table",
    AttributeDefinitions=[
        {"AttributeName": "customer_nr", "AttributeType": "S"},
        {"AttributeName": "last_name", "AttributeType": "S"},
    ],
    KeySchema=[
        {"AttributeName": "customer_nr", "KeyType": "HASH"},
        {"AttributeName": "last_name", "KeyType": "RANGE"},
    ],
    BillingMode="PAY_PER_REQUEST",
)
def v1(table):
    print("version 1:", table["TableName"], "is", table["TableStatus"])


pulumi.export("table", migrator.table.name)
pulumi.export("steps", migrator.table.steps)
