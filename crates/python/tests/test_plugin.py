"""The pytest plugin and the simulator."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from iotda import Simulator


def test_the_plugin_gives_a_simulator_and_a_client(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = "iotda.testing"\n')
    (tmp_path / "test_it.py").write_text(
        """
import pytest

def test_default(iotda_client):
    assert len(list(iotda_client.batch_tasks("softwareUpgrade"))) == 200

@pytest.mark.iotda(tasks=7)
def test_marked(iotda_client, iotda_simulator):
    assert [task.task_id for task in iotda_client.batch_tasks("softwareUpgrade")] == iotda_simulator.ids()
    assert len(iotda_simulator.ids()) == 7
"""
    )
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0 and "2 passed" in run.stdout, run.stdout


def test_the_server_runs_until_it_is_closed() -> None:
    with Simulator(tasks=3, seed=7) as simulator:
        url = f"{simulator.endpoint}/v5/iot/0a/batchtasks?task_type=softwareUpgrade&limit=2"
        with urllib.request.urlopen(url) as answer:
            assert b'"count":3' in answer.read()
        request = simulator.requests[0]
        assert (request.number, request.status, request.query["limit"]) == (1, 200, "2")
        assert request.header("user-agent", ) is not None and request.path.endswith("/batchtasks")
        ids = simulator.ids()
        assert simulator.delete(ids[0]) and not simulator.delete(ids[0])
        assert [simulator.create(), *ids[1:]] == simulator.ids()
    with pytest.raises(RuntimeError, match="closed"):
        simulator.ids()
    with pytest.raises(OSError):
        urllib.request.urlopen(url)


def test_a_scan_that_is_not_exact_is_found_out() -> None:
    with Simulator(tasks=30, record_history=True) as simulator:
        ids = [task.task_id for task in simulator.client().batch_tasks("softwareUpgrade")]
        assert simulator.check(ids).is_exact
        verdict = simulator.check([*ids[:-1], ids[3], "5c8ba99030344005c02316ff"])
        assert not verdict.is_exact
        assert (verdict.lost, verdict.doubled) == ([ids[-1]], [ids[3]])
        assert verdict.never_there == ["5c8ba99030344005c02316ff"] and "NOT EXACT" in str(verdict)
