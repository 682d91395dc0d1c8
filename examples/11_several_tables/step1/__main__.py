"""A shop with three tables: users and orders are described, the history of products is a script."""

import pulumi

from pulumi_dynamo_migrator import MigratedTable, Migrator

users = MigratedTable(
    "users",
    hash_key="user_id",
    attributes={"user_id": "S"},
    billing_mode="PAY_PER_REQUEST",
)

orders = MigratedTable(
    "orders",
    hash_key="order_id",
    attributes={"order_id": "S"},
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


pulumi.export("users", users.name)
pulumi.export("orders", orders.name)
pulumi.export("products", products.table.name)
