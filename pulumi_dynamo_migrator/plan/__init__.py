"""The decisions: from what is asked and what is seen to a plan. Pure: data in, data out, no AWS, no Pulumi."""
