"""Make the table that the example adopts, as somebody else made it years ago, by hand."""

import boto3

dynamodb = boto3.client("dynamodb")
dynamodb.create_table(
    TableName="legacy-readings",
    AttributeDefinitions=[{"AttributeName": "sensor", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "sensor", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)
dynamodb.get_waiter("table_exists").wait(TableName="legacy-readings")
print("legacy-readings is there")
