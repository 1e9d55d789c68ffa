"""Ranges and versions at random, and the answers of npm's package semver, the reference implementation."""

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

RECORDED: Final = Path(__file__).parent / "npm-ranges.json"
"""Pairs with the answers of semver 7.8.5."""

_ASK: Final = """
const semver = require(process.argv[1]);
const pairs = JSON.parse(require("fs").readFileSync(0));
const answer = ([range, version]) => {
  try { return new semver.Range(range).test(version) } catch (error) { return null }
};
console.log(JSON.stringify(pairs.map(answer)));
"""

Pair = tuple[str, str]


class Writer:
    """Writes ranges and versions around few numbers, so that they often meet."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  Not for secrets.

    def pairs(self, count: int) -> Iterator[Pair]:
        """Yield ranges, most of them valid, each with a version."""
        for _ in range(count):
            yield self._range(), self._version()

    def _pick(self, *choices: str) -> str:
        return self._random.choice(choices)

    def _number(self) -> str:
        return self._pick("0", "0", "1", "2", "3", "10")

    def _version(self) -> str:
        pre = self._pick("", "", "", "-alpha", "-alpha.1", "-rc.1", "-rc.10", "-0", "-1a")
        return f"{self._number()}.{self._number()}.{self._number()}{pre}{self._pick('', '', '', '+b1')}"

    def _partial(self) -> str:
        number, x = self._number, self._pick("x", "X", "*")
        shapes = (
            f"{number()}.{number()}",
            number(),
            f"{number()}.{x}",
            f"{number()}.{number()}.{x}",
            f"{number()}.{x}.{x}",
        )
        return self._pick(self._version(), self._version(), "v" + self._version(), *shapes, x)

    def _simple(self) -> str:
        return (
            self._pick("", "", "=", "<", ">", "<=", ">=", "^", "^", "~", "~", "~>")
            + self._pick("", "", " ")
            + self._partial()
        )

    def _alternative(self) -> str:
        if self._random.random() < 0.2:
            return f"{self._partial()} - {self._partial()}"
        return " ".join(self._simple() for _ in range(self._random.choice((1, 1, 2, 3))))

    def _range(self) -> str:
        if self._random.random() < 0.05:
            return self._pick(*_INVALID)
        return self._pick("||", " || ").join(self._alternative() for _ in range(self._random.choice((1, 1, 2, 3))))


_INVALID: Final = (
    *(
        "latest",
        "1.2.3.4",
        ">",
        "^",
        "a.b.c",
        "01.2.3",
        "1.2.3-01",
        "1.2 .3",
        "=>1",
        "!1",
        "1,2",
        ">1 <",
        "1.2.3 -2.0.0",
    ),
    *("1 - 2 - 3", "^1 - 2", "*.1", "x.1.2", "1.x.2", "1.2.3-", "1.2.3beta", "1.2.3+", "> = 1", "1 | 2", "1.2.3-a..b"),
)


def ask_npm(pairs: list[Pair]) -> list[bool | None] | None:
    """Return whether each range allows its version, None for an invalid range; None without npm on this machine."""
    npm, node = shutil.which("npm"), shutil.which("node")
    library = Path(npm).resolve().parents[1] / "node_modules/semver" if npm else None
    if node is None or library is None or not library.is_dir():
        return None
    result = subprocess.run(
        [node, "-e", _ASK, str(library)], input=json.dumps(pairs), check=True, capture_output=True, text=True
    )
    answers: list[bool | None] = json.loads(result.stdout)
    return answers


def record(count: int = 1_500) -> None:
    """Write the recorded answers anew.

    Run: python -c 'from tests.npm_ranges import record; record()'
    """
    pairs = list(Writer(1).pairs(count))
    answers = ask_npm(pairs)
    assert answers is not None
    lines = [json.dumps([*pair, answer]) for pair, answer in zip(pairs, answers, strict=True)]
    RECORDED.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
