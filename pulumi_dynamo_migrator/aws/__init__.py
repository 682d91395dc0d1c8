"""Thin, typed doors to AWS, one file per service. The only place of boto3 outside the replicator's handler."""
