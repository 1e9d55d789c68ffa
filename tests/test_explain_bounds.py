"""A manifest that is wrong in a costly way is told in bounded time and memory, whichever property it is."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults

# Ends the process where the files take more than they may: a list that is compared item by item takes minutes.
ATTACK = """
import json, resource
resource.setrlimit(resource.RLIMIT_AS, (700 * 2**20, 700 * 2**20))
resource.setrlimit(resource.RLIMIT_CPU, (50, 50))
from reconciler.assets import load_contract
from reconciler.core.manifest.check import read_manifest
from reconciler.core.manifest.contract import EACH, _walk_parts

HOSTILE = {
    "list": [value for number in range(5_000) for value in (f"a{number}", number)],
    "deep list": [{"a": [number]} for number in range(3_000)],
    "equal prefix": [["a"] * 20 + [number] for number in range(2_000)],
    "text": "1.0.0-" + "a." * 300_000,
    "blank text": " " * 600_000 + "x",
    "digits": "1" * 600_000,
}

def place(value, steps, item):
    for step in reversed(steps):
        value = {step: value} if step != EACH else [value] if item == "list" else {"a": value}
    return value

known, done = load_contract(), 0
for kind in known.kinds.values():
    for steps, part in _walk_parts(kind.schema, kind.schema, ()):
        # Of the costly shapes, those that the part is about; and a wrong one, which is told at once.
        if not steps or not {"uniqueItems", "pattern"} & part.keys():
            continue
        wanted = ("list", "deep list", "equal prefix") if "uniqueItems" in part else ("text", "blank text", "digits")
        for name in wanted:
            for item in ("list", "mapping") if EACH in steps else ("list",):
                text = json.dumps(place(HOSTILE[name], steps, item) | {"apiVersion": "toolreg/v1", "kind": kind.name})
                inside = f"{kind.plural}/a.yaml" if kind.plural else "registry.yaml"
                found = read_manifest("x", inside, text.encode(), "", known)
                assert isinstance(found, list) and found, (kind.name, steps, name)
                assert all(len(problem.message) < 1_000 for problem in found), (kind.name, steps, name)
                done += 1
# Not what getrusage says: that counts the process which started this one.
status = open("/proc/self/status", encoding="utf-8").read()
print(done, status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
def test_no_property_of_the_envelope_costs_more_than_its_length(tmp_path: Path) -> None:
    script = tmp_path / "attack.py"
    script.write_text(ATTACK, "utf-8")

    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    files, kilobytes = map(int, done.stdout.split())
    assert files > 100
    assert kilobytes < 200 * 1024
