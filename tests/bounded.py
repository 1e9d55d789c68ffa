"""Reads manifests, each in a process that may take so much time and memory. Run as a script, by `Bounded`.

It imports once what a check needs, and forks. A fault then fails a test and spares the machine.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

BYTES: Final = 700 << 20
SECONDS: Final = 10


class Bounded:
    """Far more than any manifest takes, and far less than each took before its steps were counted. A context manager.

    700 MB and ten seconds of the processor.
    """

    def __enter__(self) -> Self:
        top = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bounded"], cwd=top, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        with self._process:
            pass

    def read(self, manifest: dict[str, Any]) -> list[str]:
        """Return the rules that a manifest breaks, or `valid`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps(manifest)}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["code"] == 0, f"ended by {-answer['code']}"
        rules: list[str] = answer["rules"]
        return rules


def serve() -> None:
    """Read the manifest of each line of standard input in a child, and answer how it ended and what it found."""
    from reconciler.assets import load_contract  # noqa: PLC0415  A test that imports this needs none of it.
    from reconciler.core.manifest.check import read_manifest  # noqa: PLC0415

    known = load_contract()
    for line in iter(sys.stdin.readline, ""):
        source, target = os.pipe()
        pid = os.fork()
        if pid == 0:
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            found = read_manifest("x", "tools/lookup.yaml", line.encode(), "", known)
            rules = sorted({problem.rule for problem in found}) if isinstance(found, list) else ["valid"]
            os.write(target, json.dumps(rules).encode())
            os._exit(0)
        os.close(target)
        with open(source, "rb") as answer:  # noqa: PTH123  A pipe has no path.
            rules = json.loads(answer.read() or b"[]")
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "rules": rules}), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()
