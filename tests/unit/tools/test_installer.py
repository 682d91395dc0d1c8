"""The official installer: how it is run, with a script of the test's own served from this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools.pulumi.engine import PARTS, is_complete
from tools.pulumi.installer import fetch_script, install

SCRIPT = """#!/bin/sh
echo "$*" > "$4/arguments"
mkdir "$4/bin"
for part in PARTS; do echo '#!/bin/sh' > "$4/bin/$part"; chmod +x "$4/bin/$part"; done
""".replace("PARTS", " ".join(PARTS))


class Pages(BaseHTTPRequestHandler):
    """A script at /, a page at /login."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>log in</html>" if self.path == "/login" else SCRIPT.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Stay silent."""


@pytest.fixture
def site() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_script_is_fetched_and_installs_into_the_given_folder(site: str, tmp_path: Path) -> None:
    script = fetch_script(site)
    assert script is not None
    assert install(script, tmp_path, {"PATH": "/bin:/usr/bin"})
    assert is_complete(tmp_path / "bin")
    assert (tmp_path / "arguments").read_text() == f"--version 3.250.0 --install-root {tmp_path} --no-edit-path\n"


def test_a_page_that_is_no_script_is_not_run(site: str) -> None:
    assert fetch_script(f"{site}/login") is None


def test_an_address_that_does_not_answer_gives_no_script(site: str) -> None:
    assert fetch_script("http://127.0.0.1:9") is None


def test_a_script_that_fails_is_told(tmp_path: Path) -> None:
    assert not install(b"#!/bin/sh\nexit 3\n", tmp_path, {"PATH": "/bin"})
