"""How long the ways to read a list take, and whether they are exact.

    python benchmarks/contenders.py [--sdk PYTHON] [--rust PROGRAM] [--tasks 20000] [--latency 0.02] [--runs 3]

`--sdk` is a Python that has `huaweicloudsdkiotda` (`.ci/python-sdk` installs it into target/python-sdk), `--rust` the program
of `cargo build --release --example rust_default`. Build the package itself optimised: `pip install .`. The simulator runs in this
process, each contender in a separate one, so that the CPU is that of the contender alone: of all its threads, without
start and imports. Of several runs the fastest counts. The table goes to stdout.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

PROJECT = "0123456789abcdef0123456789abcdef"


def sdk(endpoint: str) -> Iterator[str]:
    """The loop that one writes around the official SDK."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.region.region import Region
    from huaweicloudsdkiotda.v5 import IoTDAClient, ListBatchTasksRequest

    keys = BasicCredentials("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl", PROJECT)
    client = IoTDAClient.new_builder().with_credentials(keys).with_region(Region("cn-north-4", endpoint)).build()
    marker = None
    while True:
        request = ListBatchTasksRequest(task_type="softwareUpgrade", limit=50, marker=marker)
        page = client.list_batch_tasks(request)
        if not page.batchtasks:
            return
        yield from (task.task_id for task in page.batchtasks)
        marker = page.page.marker


def stream(endpoint: str) -> Any:
    import iotda

    client = iotda.Client(endpoint=endpoint, project_id=PROJECT, credentials=iotda.Credentials.token("any"))
    return client.batch_tasks("softwareUpgrade")


def records(endpoint: str) -> Iterator[str]:
    return (task.task_id for task in stream(endpoint))


def typed(endpoint: str) -> Iterator[str]:
    """As `records`, with four more attributes of each task made."""
    for task in stream(endpoint):
        _ = task.status, task.create_time, task.task_name, task.task_progress
        yield task.task_id


def asynchronous(endpoint: str) -> list[str]:
    import asyncio

    async def main() -> list[str]:
        return [task.task_id async for task in stream(endpoint)]

    return asyncio.run(main())


def chunks(endpoint: str) -> Iterator[str]:
    return (task.task_id for chunk in stream(endpoint).chunks(500) for task in chunk)


def arrow(endpoint: str) -> list[str]:
    import polars

    return polars.DataFrame(stream(endpoint))["task_id"].to_list()


CONTENDERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "sdk": ("official SDK, a loop over markers", sdk),
    "records": ("`for task in stream`", records),
    "typed": ("the same, four more attributes read", typed),
    "async": ("`async for task in stream`", asynchronous),
    "chunks": ("`for chunk in stream.chunks(500)`", chunks),
    "arrow": ("`polars.DataFrame(stream)`", arrow),
}


def contend(name: str, endpoint: str) -> None:
    """In a separate process: reads, and reports what that took."""
    imports = {"sdk": "huaweicloudsdkiotda.v5", "arrow": "polars", "async": "asyncio"}
    __import__(imports.get(name, "json"))
    if name != "sdk":
        import iotda as _
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    ids = list(CONTENDERS[name][1](endpoint))
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    json.dump({"seconds": seconds, "cpu": cpu, "ids": ids}, sys.stdout)


def run(name: str, endpoint: str, arguments: argparse.Namespace) -> dict[str, Any]:
    if name == "rust":
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        output = subprocess.run([arguments.rust, endpoint], capture_output=True, check=True, text=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, *ids = output.split()
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"seconds": float(seconds), "cpu": cpu, "ids": ids}
    python = arguments.sdk if name == "sdk" else sys.executable
    command = [python, os.path.abspath(__file__), "--contend", name, endpoint]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return dict(json.loads(output))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdk")
    parser.add_argument("--rust")
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--contend", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contend:
        return contend(*arguments.contend)

    from iotda import Simulator

    names = [name for name in CONTENDERS if name != "sdk" or arguments.sdk]
    names = (["rust"] if arguments.rust else []) + names
    labels = {"rust": "the Rust crate as it is by default"} | {name: label for name, (label, _) in CONTENDERS.items()}
    print(f"{arguments.tasks} tasks, {arguments.latency * 1000:.0f} ms a request, best of {arguments.runs}; load {os.getloadavg()[0]:.1f}")
    print("\n| | seconds | µs CPU a record | lost | doubled |\n| --- | ---: | ---: | ---: | ---: |")
    for name in names:
        with Simulator(tasks=arguments.tasks, latency=arguments.latency) as simulator:
            results = [run(name, simulator.endpoint, arguments) for _ in range(1 if name == "sdk" else arguments.runs)]
            assert all(result["ids"] == simulator.ids() for result in results)
        edits = {"delete_every": 3, "create_every": 4, "set_status_every": 2}
        with Simulator(tasks=3_000, latency=0.002, record_history=True, **edits) as simulator:
            verdict = simulator.check(run(name, simulator.endpoint, arguments)["ids"])
        seconds = min(result["seconds"] for result in results)
        cpu = min(result["cpu"] for result in results) / arguments.tasks * 1e6
        print(f"| {labels[name]} | {seconds:.2f} | {cpu:.1f} | {len(verdict.lost)} | {len(verdict.doubled)} |", flush=True)


if __name__ == "__main__":
    main()
