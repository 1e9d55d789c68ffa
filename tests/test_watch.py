"""toolreg watch: the verdict and the plan of a work tree, anew at each save."""

import json
import os
import pty
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import pytest

from reconciler.assets import load_contract
from reconciler.cli.drawing import LineDrawing, TextDrawing
from reconciler.cli.options import choose_source
from reconciler.core.errors import ToolregError
from reconciler.core.plan.changes import Action
from reconciler.core.rule import Level
from reconciler.database.target import Target
from reconciler.desired.worktree_files import Worktree
from reconciler.render.watch_text import count_rows, fit_lines
from reconciler.rules.held_registry import HeldRegistry
from reconciler.rules.inspection import inspect_registry
from reconciler.serving import folder_events
from reconciler.serving.folder_events import EVERYTHING, FolderEvents
from reconciler.serving.watch import PollingReport, TroubleReport, VerdictReport, Watch, WatchReport
from reconciler.serving.watched_target import PlanReport, WatchedTarget
from tests.builders import Repository, registry, run, service, tool
from tests.test_forged_output import NASTY, OBEYED, nasty_tool

_NOWHERE: Final = "postgresql://127.0.0.1:1/tools?connect_timeout=2"
_PATIENCE: Final = 20.0


def worktree(top: Path) -> Worktree:
    source = choose_source(top / "registry", None, worktree=True)
    assert isinstance(source, Worktree)
    return source


class Watched:
    """A watch in this process, whose reports are collected."""

    def __init__(self, top: Path, database: str | None, *, applies: bool = False, is_polling: bool = False) -> None:
        self.reports: list[WatchReport] = []
        self.top = top
        contract = load_contract()
        target = WatchedTarget(Target(database, top / "server"), contract, applies=applies, lock_timeout=5)
        self.loop = Watch(lambda: worktree(top), contract, target, self.reports.append, is_polling=is_polling)
        self.target = target
        self.loop.turn(EVERYTHING)

    def until(self, kind: type[WatchReport], fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the first report that fits, and forget all up to it."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            while self.reports:
                report = self.reports.pop(0)
                if isinstance(report, kind) and fits(report):
                    return report
            assert time.monotonic() < deadline, f"no {kind.__name__}"
            self.loop.step(0.5)

    def verdict(self, *rules: str) -> VerdictReport:
        """Return the next verdict with exactly these rules broken."""
        told: VerdictReport = self.until(
            VerdictReport, lambda report: {problem.rule for problem in report.verdict.problems} == {*rules}
        )
        return told

    def plan(self) -> PlanReport:
        """Return the next plan."""
        told: PlanReport = self.until(PlanReport)
        return told

    def settle(self) -> list[WatchReport]:
        """Return all reports of a quiet second."""
        self.loop.step(0.5)
        self.loop.step(0.5)
        told, self.reports[:] = [*self.reports], []
        return told


@contextmanager
def watching(top: Path, database: str | None = None, **wishes: bool) -> Iterator[Watched]:
    watched = Watched(top, database, **wishes)
    try:
        with watched.target:
            yield watched
    finally:
        watched.loop.close()


# ---- The verdict


def test_each_verdict_equals_that_of_a_whole_validation(repository: Repository) -> None:
    """Whatever is edited, in whatever order; this is what lets a save cost what changed."""
    contract = load_contract()
    held = HeldRegistry(worktree(repository.top), contract)
    chance = random.Random(13)  # noqa: S311  A repeatable sequence.
    held.judge(None)
    for number in range(160):
        paths = {f"registry/{edit(repository, chance)}" for _ in range(chance.choice((1, 1, 2, 4)))}
        verdict = held.judge(None if chance.random() < 0.1 else paths)
        whole = inspect_registry(worktree(repository.top), contract)
        # As toolreg validate prints: advice follows when the problems are mended.
        shown = [finding for finding in whole.findings if not whole.problems or finding.level is Level.ERROR]
        assert (verdict.problems, verdict.findings) == (whole.problems, shown), (number, paths)
        assert verdict.problems or verdict.ignored == len(whole.ignored)


def patch(name: str, **spec: Any) -> dict[str, Any]:
    """Return the patch of a tool."""
    return {"apiVersion": "toolreg/v1", "kind": "Tool", "metadata": {"name": name}, "spec": spec}


def edit(repository: Repository, chance: random.Random) -> str:
    """Change one file in one of many ways, and return its path below registry/."""
    name = chance.choice("abcdeF")
    other = chance.choice("abcdefz")
    ignore = [{"ignore": "same-description", "reason": "Meant so."}]
    texts: dict[str, Any] = {
        f"tools/{name}.yaml": chance.choice(
            [
                tool(name),
                tool(name, service=other),
                tool(other, metadata={"movedFrom": chance.choice("abcdef")}),
                tool(name, metadata={"lint": ignore, "description": "Reads the weather of a place."}),
                tool(name, metadata={"description": "Reads the weather of a place.", "owner": other}),
                tool(name, lifecycle="none"),
                tool(name, toolName=other),
                tool(name, toolName=f"{other}.{other}", service=chance.choice("ab")),
                tool(name, toolName=f"{other}_{other}", service=chance.choice("ab")),
                "not: [closed",
                None,
            ]
        ),
        f"tools/team/{name.lower()}.yaml": chance.choice([tool(name.lower()), None]),
        f"services/{other}.yaml": chance.choice(
            [
                service(other, version=chance.choice(("1.0.0", "2.0.0"))),
                service(other, uses=[{"tool": name, "range": chance.choice(("^1.0.0", "^2.0.0", "nonsense"))}]),
                None,
            ]
        ),
        "registry.yaml": chance.choice(
            [
                registry(),
                registry(lint={"same-description": "off"}),
                registry(lint={"same-descriptoin": "off"}),
                registry(teams=[{"name": "team", "folders": ["tools/team"]}], limits={"resources": 4}),
                registry(teams=[{"name": "other", "folders": ["tools"]}]),
                "kind: none",
                None,
            ]
        ),
        f"environments/{chance.choice(('live', 'test'))}/tools/{name}.yaml": chance.choice(
            [
                patch(name, limits={"timeout": chance.choice(("5s", "soon"))}),
                patch(name, node=other),
                patch(name, version="2.0.0"),
                patch(other, limits={"timeout": "5s"}),
                "not: [closed",
                None,
            ]
        ),
        "environments/README.md": chance.choice(["text", None]),
        "tools/README.md": chance.choice(["text", None]),
        f"{other}.txt.yaml": chance.choice(["a: 1", None]),
    }
    inside = chance.choice(sorted(texts))
    path = repository.top / "registry" / inside
    path.unlink(missing_ok=True)
    if texts[inside] is not None:
        repository.write(inside, texts[inside])
    return inside


def test_a_save_reads_the_changed_file_alone(repository: Repository) -> None:
    repository.add(*(tool(f"t{number}") for number in range(30)))
    with watching(repository.top, _NOWHERE) as watched:
        watched.verdict()
        repository.add(tool("t3", version="1.0.1"))

        assert watched.verdict().verdict.changed == 1


def test_a_broken_file_never_stops_it(repository: Repository) -> None:
    with watching(repository.top, _NOWHERE) as watched:
        watched.verdict()
        for broken in ("a: [", b"\xff\xfe\x00", "", "&a [*a]", "x" * 2_000_000, {"kind": "Tool"}):
            repository.write("services/api.yaml", broken)
            assert watched.until(VerdictReport).verdict.problems, broken
            repository.add(service())
            watched.verdict()


def test_git_and_editors_hide_files(repository: Repository) -> None:
    repository.write(".gitignore", "drafts/\n*.local.yaml\n")
    with watching(repository.top, _NOWHERE) as watched:
        watched.settle()
        tools = repository.top / "registry/tools"
        tools.mkdir()
        watched.settle()
        for name in ("4913", "a.yaml~", ".a.yaml.swp", "#a.yaml#", "a.yaml.orig", "mine.local.yaml"):
            (tools / name).write_text("not: [a manifest")
        (tools / ".#a.yaml").symlink_to("ada@host.4711:1")
        (tools / "drafts").mkdir()
        (tools / "drafts/b.yaml").write_text("not: [a manifest")
        told = [report for report in watched.settle() if isinstance(report, VerdictReport)]
        assert [report for report in told if report.verdict.problems] == []

        repository.write(".gitignore", "")
        assert {Path(one.path).name for one in watched.until(VerdictReport).verdict.problems} == {
            "b.yaml",
            "mine.local.yaml",
        }


def test_files_replaced_folders_moved_and_links(repository: Repository) -> None:
    """As vim saves, as people rename, and as links that lead in a circle or to the root of the machine lie."""
    repository.add(tool("a"))
    top = repository.top / "registry"
    (top / "loop").symlink_to(top)
    with watching(repository.top, _NOWHERE) as watched:
        watched.verdict("symlink")
        (top / "loop").unlink()
        watched.verdict()
        (top / "tools/a.yaml").rename(top / "tools/a.yaml~")
        (top / "tools/a.yaml").write_text("lifecycle: [")
        watched.verdict("syntax")
        (top / "tools/a.yaml~").rename(top / "tools/a.yaml")
        watched.verdict()
        (top / "tools").rename(top / "toolz")
        watched.verdict("unknown-folder")
        (top / "toolz").rename(top / "tools")
        watched.verdict()
        (top / "tools/deep/er").mkdir(parents=True)
        watched.settle()
        (top / "tools/deep/er/b.yaml").write_text("b: [")
        watched.verdict("syntax")


# ---- The plan


def test_the_plan_follows_the_saves_and_apply_writes_them(repository: Repository, database: str) -> None:
    with watching(repository.top, database, applies=True) as watched:
        first = watched.plan()
        assert first.revision
        assert first.revision.number == 1

        repository.add(tool("a"))
        again = watched.plan()
        assert again.revision
        assert again.revision.number == 2
        assert again.proposal
        assert [str(change.ref) for change in again.proposal.plan.changes] == ["Tool/a"]

        repository.add(tool("a", lifecycle="none"))
        watched.verdict("schema")
        assert not [report for report in watched.settle() if isinstance(report, PlanReport)]


def test_a_refusal_is_shown_and_not_tried_again_until_a_change(repository: Repository, database: str) -> None:
    repository.write("registry.yaml", registry(limits={"maxDeletions": {"percent": 20, "ofAtLeast": 4}}))
    repository.add(*(tool(f"t{number}") for number in range(9)))
    with watching(repository.top, database, applies=True) as watched:
        assert watched.plan().revision
        for number in range(8):
            repository.remove(f"tools/t{number}.yaml")
        refused = watched.until(PlanReport, lambda report: report.proposal.plan.count(Action.DELETE) == 8)
        assert refused.revision is None
        assert refused.proposal.standing
        assert not [report for report in watched.settle() if isinstance(report, PlanReport)]

        repository.add(*(tool(f"t{number}") for number in range(8)))
        assert watched.until(PlanReport, lambda report: not report.proposal.plan).revision is None


def test_a_database_that_is_away_is_told_and_the_files_are_judged(repository: Repository) -> None:
    with watching(repository.top, _NOWHERE) as watched:
        told = watched.plan()
        assert told.proposal is None
        assert told.is_temporary
        repository.add(tool("a", lifecycle="none"))
        watched.verdict("schema")


def test_without_a_database_the_plan_is_that_of_the_first_apply(repository: Repository) -> None:
    with watching(repository.top) as watched:
        told = watched.plan()

        assert told.is_first
        assert told.proposal
        assert [str(change.ref) for change in told.proposal.plan.changes] == ["Service/api"]
    assert not (repository.top / "server").exists()


def test_a_commit_alone_plans_anew(repository: Repository, database: str) -> None:
    with watching(repository.top, database) as watched:
        watched.plan()
        watched.settle()
        repository.commit("Change nothing")

        assert watched.plan().origin.commit


# ---- What is shown


def test_a_manifest_does_not_forge_what_is_shown(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    words = "".join(word for word in NASTY if "\n" not in word and "\r" not in word)
    repository.write("tools/nasty.yaml", json.dumps(nasty_tool(words)))
    repository.write("tools/##vso[task]x/::error::x.yaml", "{")
    repository.write("tools/bad.yaml", json.dumps({**nasty_tool(words), "spec": {NASTY[6]: NASTY[3], NASTY[9]: 1}}))
    drawings = (TextDrawing(repository.top), LineDrawing())
    with watching(repository.top) as watched:
        reports: list[WatchReport] = [watched.until(VerdictReport)]
        repository.remove("tools/bad.yaml")
        repository.remove("tools/##vso[task]x/::error::x.yaml")
        reports += [watched.verdict(), watched.plan()]
    reports += [TroubleReport(ToolregError(NASTY[9] + NASTY[3])), PollingReport(NASTY[6] + NASTY[0])]
    for drawing in drawings:
        for report in reports:
            drawing.tell(report)

    text = capsys.readouterr().out
    assert OBEYED.search(text) is None
    assert {character for character in text if not character.isprintable() and character != "\n"} == set()


def test_lines_fit_the_rows_of_the_terminal() -> None:
    lines = ["x" * 100, "\x1b[31mshort\x1b[0m", "日" * 41, "end"]

    assert [count_rows(line, 80) for line in lines] == [2, 1, 2, 1]
    assert fit_lines(lines, 6, 80, "{count} more") == lines
    assert fit_lines(lines, 5, 80, "{count} more") == [*lines[:2], "2 more"]


# ---- As a process


class Process:
    """toolreg watch as a process, with its output read as it comes."""

    def __init__(self, top: Path, *arguments: str, terminal: bool = False) -> None:
        ours, theirs = pty.openpty() if terminal else os.pipe()
        self._ours = ours
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "watch", *arguments],
            cwd=top,
            stdout=theirs,
            stdin=theirs if terminal else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TERM": "xterm"},
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def until(self, text: str) -> str:
        """Read up to a text, and return all before it."""
        deadline = time.monotonic() + _PATIENCE
        while text not in self.text:
            assert time.monotonic() < deadline, (text, self.text)
            if select.select([self._ours], [], [], 0.1)[0]:
                self.text += os.read(self._ours, 1 << 16).decode()
        before, _, self.text = self.text.partition(text)
        return before

    def end(self, number: int) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE)


def test_a_pipe_gets_a_block_for_each_change_and_a_signal_ends_it(repository: Repository, database: str) -> None:
    with Process(repository.top, "--database", database, "-o", "json") as watched:
        assert json.loads(watched.until("\n"))["type"] == "verdict"
        assert json.loads(watched.until("\n"))["summary"]["create"] == 1
        repository.add(tool("a", lifecycle="none"))
        told = json.loads(watched.until("\n"))

        assert told["summary"]["errors"] == 1
        assert told["diagnostics"][0]["rule"] == "schema"
        assert watched.end(signal.SIGTERM) == 0


@pytest.mark.usefixtures("usual_signals")
def test_a_terminal_is_drawn_anew_and_ctrl_c_ends_it(repository: Repository, database: str) -> None:
    with Process(repository.top, "--database", database, terminal=True) as watched:
        watched.until("1 to create")
        repository.write("services/api.yaml", "a: [")
        assert "\x1b[H\x1b[2J" in watched.until("[syntax]")
        assert watched.end(signal.SIGINT) == 0


def test_what_is_no_registry_is_told_at_once(tmp_path: Path) -> None:
    result = run("watch", "--registry", tmp_path / "none", cwd=tmp_path)

    assert result.code == 1
    assert "there is no folder" in result.err


def test_files_are_compared_where_watching_is_denied(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or where WATCHFILES_FORCE_POLLING asks for it, as on file systems that tell no changes."""
    monkeypatch.setattr(folder_events, "_POLL_SECONDS", 0.1)
    with watching(repository.top, _NOWHERE, is_polling=True) as watched:
        assert watched.until(PollingReport).note
        watched.verdict()
        repository.write("services/api.yaml", "a: [")
        watched.verdict("syntax")
    assert FolderEvents(repository.top, "registry").note is None
