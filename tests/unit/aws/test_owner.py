"""Who is surely dead. Real processes, and a /proc of our own for what they cannot show."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from pulumi_dynamo_migrator.aws.ledger.owner import LocalProcesses, Owner


def ended() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_this_process_is_alive() -> None:
    processes = LocalProcesses()
    assert not processes.dead(processes.me())


def test_a_process_that_has_ended_is_dead() -> None:
    processes = LocalProcesses()
    assert processes.dead(replace(processes.me(), pid=ended()))


def test_another_process_under_the_same_number_means_dead() -> None:
    processes = LocalProcesses()
    me = processes.me()
    assert processes.dead(replace(me, started=me.started - 1))


def test_a_process_of_another_machine_or_boot_or_container_is_never_said_to_be_dead() -> None:
    processes = LocalProcesses()
    gone = replace(processes.me(), pid=ended())
    assert not processes.dead(replace(gone, boot="another"))
    assert not processes.dead(replace(gone, namespace="pid:[1]"))
    assert processes.dead(replace(gone, host="another name of this machine"))


def test_without_proc_nobody_is_dead(tmp_path: Path) -> None:
    blind = LocalProcesses(proc=tmp_path)
    assert not blind.dead(Owner(host="h", user="u", pid=ended()))
    assert blind.me().boot == ""
