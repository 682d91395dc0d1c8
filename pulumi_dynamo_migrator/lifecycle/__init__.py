"""What each call of Pulumi's engine does: one module a call, and what they share. Bags in, bags out; no Pulumi types.

`preview` (check), `converge` (create, update), `refresh` (read) with `drift`, `remove` (delete); `look` and `sample`
see what a plan needs, `work` and `tenure` take the lease and keep it.
"""
