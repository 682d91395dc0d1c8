"""The nouns: what is asked, what is seen, what was done. Frozen data, no decisions, no AWS, no Pulumi."""
