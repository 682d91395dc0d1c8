"""What a migration script says, kept as it was said: decorators, their lines, their callbacks. Never judges; no AWS."""
