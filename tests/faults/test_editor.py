"""An editor completes manifests of any repository: yaml-language-server, from npm, asked over LSP."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from tests.builders import run

VERSION = "1.19.2"

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The language server, installed for this run."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("npm")
    arguments = ["--no-audit", "--no-fund", "--ignore-scripts", f"yaml-language-server@{VERSION}"]
    try:
        done = subprocess.run(
            ["npm", "install", *arguments], cwd=folder, capture_output=True, check=False, timeout=120, text=True
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not answer")
    if done.returncode:
        pytest.skip(f"npm does not install it: {done.stderr[:200]}")
    return folder / "node_modules/.bin/yaml-language-server"


class Editor:
    """A client of the language server (Language Server Protocol 3.17, base protocol)."""

    def __init__(self, process: subprocess.Popen[bytes], top: Path) -> None:
        assert process.stdin
        assert process.stdout
        self._in: IO[bytes] = process.stdin
        self._out: IO[bytes] = process.stdout
        self._number = 0
        capabilities = {"textDocument": {"publishDiagnostics": {}, "hover": {"contentFormat": ["plaintext"]}}}
        self.ask("initialize", {"processId": None, "rootUri": top.as_uri(), "capabilities": capabilities})
        self._send("initialized", {})

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        """Return the result of a request."""
        self._number += 1
        self._send(method, parameters, self._number)
        while (message := self._receive()).get("id") != self._number or "method" in message:
            self._answer(message)
        return message["result"]

    def problems(self, path: Path, text: str) -> list[str]:
        """Open a file with a text, and return what the editor underlines."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._send("textDocument/didOpen", {"textDocument": document})
        while True:
            message = self._receive()
            self._answer(message)
            if message.get("method") == "textDocument/publishDiagnostics":
                return [problem["message"] for problem in message["params"]["diagnostics"]]

    def _answer(self, message: dict[str, Any]) -> None:
        if "method" in message and "id" in message:
            # Settings of the editor are asked for: it has none.
            items = message.get("params", {}).get("items", [])
            self._write({"id": message["id"], "result": [None] * len(items)})

    def _send(self, method: str, parameters: dict[str, Any], number: int | None = None) -> None:
        self._write({"method": method, "params": parameters} | ({} if number is None else {"id": number}))

    def _write(self, content: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **content}).encode()
        self._in.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._in.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._out.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server ended"
        message: dict[str, Any] = json.loads(self._out.read(length))
        return message


@pytest.fixture
def editor(program: Path, tmp_path: Path) -> Iterator[Editor]:
    """An editor in a repository that init made."""
    assert run("init", ".", cwd=tmp_path).code == 0
    with subprocess.Popen(
        [program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield Editor(process, tmp_path)
        process.kill()


def place(path: Path, text: str, word: str) -> dict[str, Any]:
    """Return the place after a word of a text."""
    before = text.partition(word)[0] + word
    line, _, last = before.rpartition("\n")
    return {
        "textDocument": {"uri": path.as_uri()},
        "position": {"line": line.count("\n") + ("\n" in before), "character": len(last)},
    }


@pytest.mark.parametrize("folder", ["tools", "tools/a/b"])
def test_an_editor_completes_explains_and_checks_by_the_first_line(editor: Editor, tmp_path: Path, folder: str) -> None:
    """Without the settings of an editor, and without the network."""
    here = tmp_path / "registry" / folder
    here.mkdir(parents=True, exist_ok=True)
    assert run("new", "tool", "made", cwd=here).code == 0
    path = here / "made.yaml"
    text = path.read_text() + "  lim"

    assert editor.problems(path, path.read_text()) == []
    path.with_name("other.yaml").write_text(text)
    assert "Property lim is not allowed." in " ".join(editor.problems(path.with_name("other.yaml"), text + ": 1\n"))
    offered = editor.ask("textDocument/completion", place(path.with_name("other.yaml"), text, "  lim"))
    assert "limits" in {item["label"] for item in offered["items"]}
    hover = editor.ask("textDocument/hover", place(path, text, "lifecyc"))
    assert "How far the tool is" in str(hover)


@pytest.mark.parametrize("kind", ["registry", "services/time", "nodes/worker-1", "tools/get_current_time"])
def test_an_editor_finds_nothing_wrong_in_a_new_registry(editor: Editor, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"registry/{kind}.yaml"

    assert editor.problems(path, path.read_text()) == []
    assert editor.problems(path.with_name("x.yaml"), path.read_text().replace("kind: ", "kind: Un")) != []
