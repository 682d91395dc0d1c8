"""Whether a migration script goes on from what was applied of it: nothing edited, removed, or put in between. Pure."""

from __future__ import annotations

from pulumi_dynamo_migrator.model.history import AppliedStep, Entry
from pulumi_dynamo_migrator.model.spec import Script, ScriptStep, Spec


def script_problems(spec: Spec, entry: Entry) -> list[str]:
    """Why the script does not continue its own history."""
    if spec.script is None:
        return []
    asked = {step.version: step for step in spec.script.steps}
    found = []
    for done in entry.steps:
        step = asked.get(done.version)
        if step is None:
            found.append(_removed(done))
        elif not done.by and step.fingerprint != done.fingerprint:
            found.append(_edited(done, step, spec.script))
    return found + _between(spec.script, entry)


def todo(script: Script, entry: Entry) -> tuple[ScriptStep, ...]:
    """The steps that were not applied, in order."""
    done = {step.version for step in entry.steps}
    return tuple(step for step in script.steps if step.version not in done)


def _removed(done: AppliedStep) -> str:
    return (
        f"version {done.version} ({done.operation}) was applied on {done.at} and is no longer in the script: put it "
        f"back as it was{_stood(done)}; a script only grows."
    )


def _edited(done: AppliedStep, step: ScriptStep, script: Script) -> str:
    last = max(one.version for one in script.steps)
    return (
        f"version {done.version} ({step.where}): {done.operation} was applied on {done.at} and has been edited since; "
        f"put it back as it was, and add the change as version {last + 1}."
    )


def _stood(done: AppliedStep) -> str:
    return f" (it stood in {done.where})" if done.where else ""


def _between(script: Script, entry: Entry) -> list[str]:
    """A new step under a number that was passed. The end of an old version may be later than what comes after it, and
    earlier than what is to be done anew since one has gone back."""
    last = max((step.version for step in entry.steps if step.operation != "delete_table"), default=0)
    highest = max(step.version for step in script.steps)
    return [
        f"version {step.version} ({step.where}): {step.operation} is new, but version {last} was applied already; "
        f"number it {highest + 1} and put it last."
        for step in todo(script, entry)
        if step.version < last and not step.retires
    ]
