"""Give the replicator a new word and wait until every invocation heeds it. No clocks of two machines are compared.

An invocation registers before it reads the word. So whoever is not registered when we look, after the word was written,
will read the new one; the word is in force when all who were registered have gone, or have outlived the function's
time-out.
"""

from __future__ import annotations

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.step import Site

PATIENCE = 5
"""Function time-outs that a failing batch may take to succeed before the hand-over gives up (and stays resumable)."""


def bring_into_force(site: Site, word: Word) -> set[str]:
    """Write `word` and wait until it is in force; the invocations that had to be outlived."""
    site.partition.set_word(word)
    waiting = registered(site)
    deadline = site.clock.monotonic() + site.migration.function_timeout
    while waiting and site.clock.monotonic() < deadline:
        site.guard()
        site.listener.progress(Progress(f"waiting until the replicator heeds '{word.value}'"))
        site.clock.sleep(site.timing.poll)
        waiting &= registered(site)
    return waiting


def begin_noting(site: Site) -> None:
    """Bring `noting` into force and let a function time-out pass without a failing batch, and never less than
    `timing.outcome`: an invocation may have ended with a write on its way, and told nobody.

    What `tail` applied and the mapping had not noted comes again within it. Such a record is applied once more, though
    a later one of the same item may have been noted meanwhile and is skipped then: only after this time nothing old is
    written any more, and what is compared stays as it was found.
    """
    timeout = max(site.migration.function_timeout, site.timing.outcome)
    bring_into_force(site, Word.NOTING)
    what = "hand-over: letting the stream's last repeats arrive"
    wait_without_failures(site, timeout, within=PATIENCE * timeout, what=what)


def registered(site: Site) -> set[str]:
    """The names of the invocations that may be at work."""
    return {registration.invocation for registration in site.partition.registrations()}


def wait_without_failures(site: Site, seconds: float, *, within: float, what: str) -> None:
    """Wait for an unbroken span of `seconds` in which nothing failed; an error names what fails when none comes."""
    clock = site.clock
    deadline = clock.monotonic() + within
    begun = clock.monotonic()
    while clock.monotonic() - begun < seconds:
        site.guard()
        failing = site.partition.failing()
        if failing:
            begun = clock.monotonic()
            if begun > deadline:
                raise MigratorError(
                    f"The replicator {site.migration.objects.function} cannot apply a batch: {failing[0].error}",
                    now=(
                        "mend the cause (the function's log says more); the batch comes again by itself, then run "
                        "`pulumi up`."
                    ),
                )
        left = max(0.0, seconds - (clock.monotonic() - begun))
        site.listener.progress(Progress(what, left=left))
        clock.sleep(min(site.timing.poll_cap, max(site.timing.poll, left)))
