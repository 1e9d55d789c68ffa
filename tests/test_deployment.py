"""The files in .deploy: checked by the programs that read them, and against the command line that they call."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from reconciler.cli.commands.maintain import maintain
from reconciler.cli.commands.reconcile import reconcile

DEPLOY: Final = Path(__file__).parents[1] / ".deploy"
KUBERNETES: Final = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
UNITS: Final = sorted((DEPLOY / "systemd").iterdir())
BIN: Final = Path(sys.executable).parent


def checked(*command: object) -> None:
    """Run a checker that prints what is wrong."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_container_file_is_sound() -> None:
    checked(BIN / "hadolint", DEPLOY / "Containerfile")


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_a_manifest_for_kubernetes_is_valid(path: Path) -> None:
    checked(BIN / "kubernetes-validate", "--strict", "--quiet", path)


def pods() -> dict[str, Any]:
    """Return the specification of each pod, by the name of its file."""
    read = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in KUBERNETES}
    return {
        "deployment": read["deployment"]["spec"]["template"]["spec"],
        "maintain": read["maintain"]["spec"]["jobTemplate"]["spec"]["template"]["spec"],
    }


@pytest.mark.parametrize("name", ["deployment", "maintain"])
def test_a_pod_has_no_more_rights_than_it_needs(name: str) -> None:
    pod = pods()[name]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    # What is written goes to volumes that may be lost.
    assert {"/var/lib/toolreg", "/tmp"} <= {mount["mountPath"] for mount in container["volumeMounts"]}  # noqa: S108


def options_of(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def test_the_command_lines_are_those_of_this_toolreg() -> None:
    units = "\n".join(path.read_text("utf-8") for path in UNITS)
    lines = [line.split()[1:] for line in re.findall(r"(?m)^ExecStart=(.*)", units)]
    lines += [pod["containers"][0]["args"] for pod in pods().values()]

    assert len(lines) == len(UNITS) - 1 + len(pods())
    for name, *arguments in lines:
        known = options_of({"reconcile": reconcile, "maintain": maintain}[name])
        assert {argument for argument in arguments if argument.startswith("-")} <= known


def test_the_settings_and_variables_are_known(tmp_path: Path) -> None:
    from reconciler.serving.settings import load_settings  # noqa: PLC0415  Imports pydantic.

    settings = yaml.safe_load((DEPLOY / "kubernetes" / "settings.yaml").read_text("utf-8"))["data"]["reconcile.yaml"]
    file = tmp_path / "reconcile.yaml"
    file.write_text(settings)

    assert load_settings(file, {}).branch == "main"

    everything = "\n".join(path.read_text("utf-8") for path in DEPLOY.rglob("*") if path.is_file())
    known = {str(parameter.envvar) for parameter in reconcile.params} | {"TOOLREG_STATE_DIR"}
    assert set(re.findall(r"TOOLREG_[A-Z_]+", everything)) <= known


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_of_systemd_is_valid(path: Path, tmp_path: Path) -> None:
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace("/opt/toolreg/bin/toolreg", "/bin/true"))

    checked("systemd-analyze", "verify", tmp_path / path.name)


def test_the_alerts_ask_for_metrics_that_there_are() -> None:
    from reconciler.serving.metrics import Metrics  # noqa: PLC0415  Imports prometheus_client.

    there = {metric.name for metric in Metrics().registry.collect()}
    alerts = (DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8")

    asked = set(re.findall(r"toolreg_[a-z_]+", alerts))
    assert {re.sub("_(total|bucket)$", "", name) for name in asked} <= there


def test_each_alert_is_tested_and_explained() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    tests = (DEPLOY / "prometheus" / "alerts.test.yaml").read_text("utf-8")
    runbook = (DEPLOY.parent / "reconciler" / "serving" / "README.md").read_text("utf-8")

    assert set(re.findall(r"alertname: (\w+)", tests)) == names
    assert set(re.findall(r"(?m)^\| `(Toolreg\w+)` \|", runbook)) == names


PROMTOOL: Final = shutil.which("promtool")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_the_alerts_fire_as_their_tests_say() -> None:
    checked(PROMTOOL, "check", "rules", DEPLOY / "prometheus" / "alerts.yaml")
    checked(PROMTOOL, "test", "rules", DEPLOY / "prometheus" / "alerts.test.yaml")
