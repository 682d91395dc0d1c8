"""Pulumi's property bags: how arguments are spelled, what they must look like, what they mean, and what goes back out.

Only `outputs` asks AWS anything (streams and counts); property names are in users' state files and never change.
"""
