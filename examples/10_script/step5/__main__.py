"""The whole script: nobody writes to the first table any longer, and it goes.

A stack that has had the first four versions deletes a table; one that is new gets one table, first_table_V4.
"""

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


@migrator.version(2)
@migrator.add_indexes(
    AttributeDefinitions=[{"AttributeName": "postcode", "AttributeType": "S"}],
    LocalSecondaryIndexes=[
        {
            "IndexName": "by_postcode",
            "KeySchema": [
                {"AttributeName": "customer_nr", "KeyType": "HASH"},
                {"AttributeName": "postcode", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
)
def v2(table):
    print("version 2:", table["TableName"], "has", [index["IndexName"] for index in table["LocalSecondaryIndexes"]])


@migrator.version(3)
@migrator.add_index(
    AttributeDefinitions=[{"AttributeName": "since", "AttributeType": "N"}],
    LocalSecondaryIndexes=[
        {
            "IndexName": "by_since",
            "KeySchema": [
                {"AttributeName": "customer_nr", "KeyType": "HASH"},
                {"AttributeName": "since", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
)
def v3(table):
    print("version 3:", table["TableName"], "has", [index["IndexName"] for index in table["LocalSecondaryIndexes"]])


@migrator.version(4)
@migrator.convert(lambda item: {**item, "postcode": tidy(item.postcode)})
def v4(migrate):
    print("version 4:", migrate()["operation"], "gave", migrate()["table"])


def tidy(postcode):
    return postcode.replace(" ", "").upper()


@migrator.version(5)
@migrator.delete_table("first_table", evidence=60)  # a day, unless one says otherwise; in earnest, say nothing
def v5(migrate):
    print("version 5:", migrate()["operation"], "of first_table")


pulumi.export("table", migrator.table.name)
pulumi.export("steps", migrator.table.steps)
