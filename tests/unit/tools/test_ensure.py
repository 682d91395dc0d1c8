"""Which engine is taken, with real executables in folders: the one on PATH, the cache's, the installer's, Go's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.pulumi.engine import PARTS, Choice, Found, NoEngineError, OnPath, Way, choose, is_complete, look_on_path
from tools.pulumi.ensure import Ways, engine_cache, engine_folder
from tools.pulumi.go_modules import go_wanted, why_go_cannot

NEW = (3, 250, 0)
USABLE = OnPath(Path("/somewhere"), NEW)


def executable(path: Path, says: str = "", *, code: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)


def an_engine(folder: Path, version: str = "v3.250.0", parts: tuple[str, ...] = PARTS) -> Path:
    for part in parts:
        executable(folder / part, version)
    return folder


def found(on_path: OnPath | None = None, *, cached: bool = False, reachable: bool = False, go_wrong: str = "") -> Found:
    return Found(on_path, cached=cached, reachable=lambda: reachable, go_wrong=lambda: go_wrong)


@pytest.mark.parametrize(
    ("what", "way"),
    [
        (found(USABLE, cached=True, reachable=True), Way.ON_PATH),
        (found(None, cached=True, reachable=True), Way.CACHED),
        (found(None, reachable=True), Way.INSTALLER),
        (found(None), Way.GO),
        (found(None, go_wrong="Go is not installed"), Way.NONE),
        (found(OnPath(Path("/old"), (3, 237, 9)), cached=True), Way.CACHED),
        (found(OnPath(Path("/new"), (4, 0, 0))), Way.ON_PATH),
        (found(OnPath(Path("/bare"), NEW, missing=("pulumi-language-python",))), Way.GO),
        (found(OnPath(Path("/mute"), ())), Way.GO),
    ],
)
def test_the_first_way_that_works_is_taken(what: Found, way: Way) -> None:
    assert choose(what).way is way


def test_a_choice_says_why_better_ways_were_not_taken() -> None:
    old = OnPath(Path("/old"), (3, 100, 0))
    assert choose(found(old, go_wrong="Go is not installed")) == Choice(
        Way.NONE,
        ("/old/pulumi is 3.100.0, older than 3.238", "Pulumi's installer cannot be reached", "Go is not installed"),
    )


def test_the_network_is_not_asked_when_an_engine_is_there() -> None:
    def asked() -> bool:
        raise AssertionError("asked the network")

    assert choose(Found(USABLE, cached=False, reachable=asked, go_wrong=str)).way is Way.ON_PATH


def test_an_engine_on_path_is_found_with_its_version(tmp_path: Path) -> None:
    folder = an_engine(tmp_path / "bin", "v3.241.2")
    assert look_on_path({"PATH": f"/nowhere:{folder}:/bin"}) == OnPath(folder, (3, 241, 2))


def test_parts_of_an_engine_may_be_elsewhere_on_path(tmp_path: Path) -> None:
    cli = an_engine(tmp_path / "cli", parts=PARTS[:1])
    rest = an_engine(tmp_path / "rest", parts=PARTS[1:])
    seen = look_on_path({"PATH": f"{cli}:{rest}:/bin"})
    assert seen is not None
    assert seen.wrong == ""


def test_a_cli_that_is_a_link_has_its_parts_beside_its_target(tmp_path: Path) -> None:
    folder = an_engine(tmp_path / "cellar")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(folder / "pulumi")
    seen = look_on_path({"PATH": f"{tmp_path / 'bin'}:/bin"})
    assert seen is not None
    assert seen.missing == ()


def test_a_cli_without_a_language_host_is_not_used_and_says_so(tmp_path: Path) -> None:
    folder = an_engine(tmp_path / "bin", parts=("pulumi",))
    seen = look_on_path({"PATH": f"{folder}:/bin"})
    assert seen is not None
    assert "comes without pulumi-language-python" in seen.wrong


@pytest.mark.parametrize("says", ["", "3.x", "error: no such command"])
def test_a_cli_that_does_not_tell_its_version_is_not_used(tmp_path: Path, says: str) -> None:
    folder = an_engine(tmp_path / "bin", says)
    seen = look_on_path({"PATH": f"{folder}:/bin"})
    assert seen is not None
    assert "does not tell its version" in seen.wrong


def test_an_empty_path_holds_no_engine() -> None:
    assert look_on_path({"PATH": "/nowhere"}) is None


class TestMaking:
    """Making an engine in an empty cache, with ways of the test's own."""

    @pytest.fixture
    def environment(self, tmp_path: Path) -> dict[str, str]:
        return {"PATH": "/bin", "HOME": str(tmp_path)}

    @staticmethod
    def build(folder: Path, environment: Mapping[str, str], log: Path) -> None:
        an_engine(folder / "bin", "built")

    @staticmethod
    def install(script: bytes, folder: Path, environment: Mapping[str, str]) -> bool:
        an_engine(folder / "bin", "installed")
        return True

    def ways(self, script: bytes | None = None) -> Ways:
        return Ways(lambda: script, self.install, lambda _: "", self.build)

    def test_go_builds_it_where_the_installer_cannot_be_reached(
        self, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
    ) -> None:
        folder = engine_folder(environment, self.ways())
        assert folder == engine_cache(environment) / "bin"
        assert "built" in (folder / "pulumi").read_text()
        said = capfd.readouterr()
        assert "about 4 minutes, once" in said.err
        assert said.out == ""

    def test_the_installer_goes_first(self, environment: dict[str, str]) -> None:
        folder = engine_folder(environment, self.ways(b"#!/bin/sh"))
        assert "installed" in (folder / "pulumi").read_text()

    def test_go_builds_it_when_the_installer_fails(self, environment: dict[str, str]) -> None:
        broken = Ways(lambda: b"#!/bin/sh", lambda *_: False, lambda _: "", self.build)
        assert "built" in (engine_folder(environment, broken) / "pulumi").read_text()

    def test_go_builds_it_when_the_installer_ends_well_but_leaves_no_engine(self, environment: dict[str, str]) -> None:
        empty = Ways(lambda: b"#!/bin/sh", lambda *_: True, lambda _: "", self.build)
        assert "built" in (engine_folder(environment, empty) / "pulumi").read_text()

    def test_it_is_made_once(self, environment: dict[str, str]) -> None:
        first = engine_folder(environment, self.ways())
        assert engine_folder(environment, self.ways(b"#!/bin/sh")) == first
        assert "built" in (first / "pulumi").read_text()

    def test_a_build_that_fails_leaves_nothing_behind(self, environment: dict[str, str]) -> None:
        def half(folder: Path, environment: Mapping[str, str], log: Path) -> None:
            an_engine(folder / "bin", parts=PARTS[:1])
            raise NoEngineError("no network")

        with pytest.raises(NoEngineError, match="no network"):
            engine_folder(environment, Ways(lambda: None, self.install, lambda _: "", half))
        assert [path.suffix for path in engine_cache(environment).parent.iterdir()] == [".lock"]

    def test_where_no_way_works_one_sentence_says_why_and_what_now(self, environment: dict[str, str]) -> None:
        nothing = Ways(lambda: None, self.install, lambda _: "Go is not installed", self.build)
        with pytest.raises(NoEngineError) as raised:
            engine_folder(environment, nothing)
        said = str(raised.value)
        assert "no pulumi on PATH; Pulumi's installer cannot be reached; Go is not installed;" in said
        assert "install Pulumi v3.250.0 or newer, or Go" in said
        assert "\n" not in said

    def test_the_cache_is_where_the_user_keeps_caches(self, environment: dict[str, str]) -> None:
        elsewhere = environment | {"XDG_CACHE_HOME": "/caches"}
        assert str(engine_cache(elsewhere)).startswith("/caches/pulumi-dynamo-migrator/engine/v")


class TestGo:
    """Whether Go can build the engine."""

    def test_no_go_is_said(self) -> None:
        assert why_go_cannot({"PATH": "/nowhere"}) == "Go is not installed"

    def test_an_old_go_is_said(self, tmp_path: Path) -> None:
        executable(tmp_path / "go", "go version go1.19.3 linux/amd64")
        assert why_go_cannot({"PATH": f"{tmp_path}:/bin"}) == f"Go is 1.19.3, older than {go_wanted()}"

    def test_a_go_that_may_not_fetch_a_newer_one_is_quoted(self, tmp_path: Path) -> None:
        executable(tmp_path / "go", "go: go.mod requires go >= 1.25.11 (running go 1.22; GOTOOLCHAIN=local)", code=1)
        assert "go.mod requires go >= 1.25.11" in why_go_cannot({"PATH": f"{tmp_path}:/bin"})

    def test_a_new_go_can(self, tmp_path: Path) -> None:
        executable(tmp_path / "go", f"go version go{go_wanted()} linux/amd64")
        assert why_go_cannot({"PATH": f"{tmp_path}:/bin"}) == ""


def test_a_part_that_cannot_be_run_makes_an_engine_incomplete(tmp_path: Path) -> None:
    folder = an_engine(tmp_path / "bin")
    assert is_complete(folder)
    (folder / PARTS[-1]).chmod(0o644)
    assert not is_complete(folder)
