"""One `up` for all: users get another key, orders a global index in place, and products are converted.

They go side by side, as far as nothing depends on anything; each is a migration of its own.
"""

from decimal import Decimal

import pulumi

from pulumi_dynamo_migrator import MigratedTable, Migrator

users = MigratedTable(
    "users",
    hash_key="user_id",
    range_key="tenant",
    attributes={"user_id": "S", "tenant": "S"},
    billing_mode="PAY_PER_REQUEST",
)

orders = MigratedTable(
    "orders",
    hash_key="order_id",
    attributes={"order_id": "S", "user_id": "S"},
    global_secondary_indexes=[{"name": "by_user", "hash_key": "user_id", "projection_type": "ALL"}],
    billing_mode="PAY_PER_REQUEST",
)

products = Migrator("products")


@products.version(1)
@products.create(
    TableName="products",
    AttributeDefinitions=[{"AttributeName": "sku", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "sku", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)
def first(table):
    print("products:", table["TableName"])


@products.version(2)
@products.convert(lambda item: {**item, "price": Decimal(item.price)})
def second(migrate):
    print("products:", migrate()["table"])


pulumi.export("users", users.name)
pulumi.export("orders", orders.name)
pulumi.export("products", products.table.name)
