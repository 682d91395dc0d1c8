module pulumi-dynamo-migrator/benchmarks/stub

go 1.21
