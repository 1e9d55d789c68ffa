"""Reads files that libFuzzer makes up, by what they reach in our code. Run by hand, where atheris is installed.

    python -m tests.faults.fuzz_loader -max_total_time=600 [FOLDER]

It begins with the registry that is shipped, the examples of the schemas and what the tests know to be wrong. A folder
keeps what it finds for the next time; a file that breaks something is written to the current folder and can be given
instead, to be read once more.
"""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any


def main() -> None:
    """Let libFuzzer call us until it is enough; it takes its options from the command line."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["reconciler.core"]):
        loading = importlib.import_module("tests.faults.loading")
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words")
        words.write_text("".join(f'"{escaped(token)}"\n' for token in loading.TOKENS if 0 < len(token) < 60))
        seeds = Path(folder, "seeds")
        seeds.mkdir()
        known = [path.read_bytes() for path in sorted((loading.TOP / "tests/schemas").rglob("*.yaml"))]
        for number, data in enumerate((*loading.valid(), *known)):
            (seeds / str(number)).write_bytes(data)
        bounds = ["-max_len=20000", "-timeout=10", "-rss_limit_mb=1000"]
        is_file = any(Path(argument).is_file() for argument in sys.argv[1:])
        begin = [] if is_file else [f"-dict={words}", *(word for word in sys.argv[1:] if word[0] != "-"), str(seeds)]
        options = [word for word in sys.argv[1:] if is_file or word[0] == "-"]

        def check(data: bytes) -> None:
            loading.sound(data)

        atheris.Setup([sys.argv[0], *bounds, *options, *begin], check)
        atheris.Fuzz()


def escaped(token: str) -> str:
    """Return a token as a dictionary of libFuzzer has it."""
    return "".join(f"\\x{byte:02x}" for byte in token.encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
