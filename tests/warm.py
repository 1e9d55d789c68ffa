"""Runs commands in children of its own, as standard input says. Run as a script, by `victims`.

It imports once what commands need, so that each begins at once, in a process that may be killed. An order is a line of
JSON: `start` a command, or `wait` for one; so is an answer.
"""

import gc
import json
import os
import signal
import sys
from typing import Any

# They are slow to import.
import psycopg  # noqa: F401
import yoyo  # noqa: F401

import reconciler.cli.commands.apply
import reconciler.cli.commands.migrate  # noqa: F401
from reconciler.assets import list_scripts
from reconciler.cli import main
from reconciler.failpoints import EVENT
from tests.splitting import split_once


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order and return the answer."""
    if "wait" in order:
        _, status = os.waitpid(order["wait"], os.WUNTRACED)
        return {"code": None if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)}
    pid = os.fork()
    if pid == 0:
        become(order)
        run()
    return {"pid": pid}


def run() -> None:
    """Run the command, and end without taking the interpreter to pieces, which takes as long as the command."""
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else 0)


def become(order: dict[str, Any]) -> None:
    """Become the command: its streams, its arguments, and what it does at a failpoint."""
    for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
        file = os.open(name, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(order["environment"])
    sys.argv = ["toolreg", *order["start"]]
    if order["reached"]:
        sys.addaudithook(hook(order))


def hook(order: dict[str, Any]) -> Any:
    """Return what writes down each failpoint that is reached, and sends this process a signal at one of them."""
    log = os.open(order["reached"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == EVENT:
            (name,) = arguments
            os.write(log, f"{name}\n".encode())
            if name == order["at"] and order["passed"]:
                order["passed"] -= 1
            elif name == order["at"]:
                order["at"] = None
                # Not kill: by raise_signal, the handler has run before the next line of the command.
                signal.raise_signal(order["signal"])

    return heard


split = split_once()
for path in list_scripts("migrations"):
    split(path.read_text("utf-8"))
# A child need not copy what it only looks at.
gc.freeze()
for line in iter(sys.stdin.readline, ""):
    sys.stdout.write(f"{json.dumps(obey(json.loads(line)))}\n")
    sys.stdout.flush()
