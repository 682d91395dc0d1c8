"""One contender, once, in a process of its own: `python -m benchmarks.racer ROAD PAGES` prints what it took as JSON.

What is counted is the work alone: not the imports, not the first connection, and never what the stub needed.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time

from benchmarks.site import Site, Work


def main(road: str, pages: int) -> None:
    """Set up, work a little to warm up, then work."""
    module, _, function = road.partition(":")
    prepare = getattr(importlib.import_module(f"benchmarks.contenders.{module}"), function)
    work: Work = prepare(Site.here())
    work(1)
    cpu, wall = _cpu(), time.perf_counter()
    items = work(pages)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"items": items, "wall": wall, "cpu": cpu, "memory_kb": memory}))


def _cpu() -> float:
    """Seconds of this process, all threads, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
