"""Signals, forks, threads, and scans that continue in another process."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import pytest
from conftest import Script, eventually

import iotda
from iotda import Client, Simulator

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal for one process")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

WAITS = {
    "next": "next(client.batch_tasks('softwareUpgrade'))",
    "chunk": "next(client.batch_tasks('softwareUpgrade').chunks(100))",
    "count": "client.count('softwareUpgrade')",
    "split": "client.devices().split(2)",
    "await_done": "client.await_done('5c8ba99030344005c02316ad')",
    "async": "asyncio.run(first())",
    "pyarrow": "pyarrow.table(client.batch_tasks('softwareUpgrade'))",
    "polars": "polars.DataFrame(client.batch_tasks('softwareUpgrade'))",
}


@needs_signals
@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_interrupts_a_wait_within_200_ms(wait: str, script: Callable[..., Script]) -> None:
    with Simulator(tasks=10) as simulator:
        simulator.set_fault(iotda.Fault.hang())
        program = script(
            f"""
import asyncio, time, iotda, polars, pyarrow
client = iotda.Client(endpoint={simulator.endpoint!r}, project_id="0a", credentials=iotda.Credentials.token("t"))
async def first():
    async for task in client.batch_tasks('softwareUpgrade'):
        return task
try:
    try:
        {WAITS[wait]}
    except Exception:
        # Arrow's interface carries a text: a consumer may raise that first, and the signal comes as soon as Python continues.
        for _ in range(1_000_000_000):
            pass
except KeyboardInterrupt:
    print(time.monotonic())
"""
        )
        assert eventually(lambda: simulator.in_flight > 0, 60), "it waits"
        sent = time.monotonic()
        program.process.send_signal(signal.SIGINT)
        interrupted = float(program.line())
        assert interrupted - sent < 0.2
        program.finish()


@needs_signals
def test_a_scan_continues_after_ctrl_c(script: Callable[..., Script]) -> None:
    with Simulator(tasks=300, fault_at={10: iotda.Fault.slow(2)}) as simulator:
        program = script(
            f"""
import iotda
client = iotda.Client(endpoint={simulator.endpoint!r}, project_id="0a", credentials=iotda.Credentials.token("t"))
stream = client.batch_tasks("softwareUpgrade", page_size=10, prefetch=0)
chunks = stream.chunks(1000)
print(next(stream).task_id)
try:
    next(chunks)
except KeyboardInterrupt:
    print("interrupted")
for chunk in chunks:
    print(*(task.task_id for task in chunk), sep="\\n")
"""
        )
        assert eventually(lambda: simulator.request_count == 10, 60), "the chunk waits for a page that takes 2 s"
        program.process.send_signal(signal.SIGINT)
        first, interrupted, *rest = program.finish()[0].split()
        assert interrupted == "interrupted" and [first, *rest] == simulator.ids()


def test_a_scan_resumes_in_another_process(script: Callable[..., Script]) -> None:
    code = """
import iotda, sys
endpoint, number, checkpoint = sys.argv[1], int(sys.argv[2]), sys.argv[3] or None
client = iotda.Client(endpoint=endpoint, project_id="0a", credentials=iotda.Credentials.token("t"))
stream = client.batch_tasks("softwareUpgrade", resume=checkpoint)
for _, task in zip(range(number), stream):
    print(task.task_id)
print(stream.checkpoint)
"""
    with Simulator(tasks=300, delete_every=4, create_every=3, record_history=True) as simulator:
        ids: list[str] = []
        checkpoint = ""
        for number in (73, 1, 99, 1000):
            output, _ = script(code, simulator.endpoint, str(number), checkpoint).finish()
            *more, checkpoint = output.splitlines()
            ids.extend(more)
        verdict = simulator.check(ids)
        assert verdict.is_exact, str(verdict)


def read_part(endpoint: str, part: str) -> list[iotda.Task]:
    client = Client(endpoint=endpoint, project_id="0a", credentials=iotda.Credentials.token("t"))
    return list(client.batch_tasks("softwareUpgrade", resume=part))


def test_parts_are_read_by_a_pool_of_processes(iotda_client: Client, iotda_simulator: Simulator) -> None:
    parts = iotda_client.split(2, "softwareUpgrade")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        read = list(pool.map(read_part, [iotda_simulator.endpoint] * 2, parts))
    assert [task.task_id for part in read for task in part] == iotda_simulator.ids()


@needs_fork
def test_a_forked_child_gets_an_error_and_can_start_anew(iotda_client: Client, iotda_simulator: Simulator) -> None:
    stream = iotda_client.batch_tasks("softwareUpgrade")
    first = next(stream)
    watch = iotda_client.watch("softwareUpgrade")
    operation = iotda_client.count_async("softwareUpgrade").__await__()
    endpoint, checkpoint = iotda_simulator.endpoint, stream.checkpoint
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for use in (
                lambda: next(stream),
                lambda: next(stream.chunks(2)),
                lambda: stream.close(),
                lambda: stream.checkpoint,
                lambda: stream.count(),
                lambda: next(operation),
                lambda: next(watch),
                lambda: iotda_client.batch_tasks("softwareUpgrade"),
                lambda: iotda_client.count("softwareUpgrade"),
                lambda: iotda_simulator.ids(),
            ):
                try:
                    use()
                    os.write(writer, b"no error;")
                except iotda.ForkError as error:
                    assert str(os.getpid()) in str(error), error
            del stream, watch, operation
            client = Client(endpoint=endpoint, project_id="0a", credentials=iotda.Credentials.token("t"))
            rest = list(client.batch_tasks("softwareUpgrade", resume=checkpoint))
            os.write(writer, f"{len(rest)}".encode())
        except BaseException as error:
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    ended = threading.Timer(60, os.kill, (child, signal.SIGKILL))
    ended.start()
    os.waitpid(child, 0)
    ended.cancel()
    with os.fdopen(reader) as output:
        assert output.read() == "199"
    assert [first.task_id, *(task.task_id for task in stream)] == iotda_simulator.ids(), "the parent continues"


@needs_fork
def test_a_forked_child_ends_without_waiting(script: Callable[..., Script]) -> None:
    program = script(
        """
import iotda, os, sys, warnings
warnings.simplefilter("ignore")
simulator = iotda.Simulator(tasks=500, latency=0.01)
client = simulator.client()
stream = client.batch_tasks("softwareUpgrade")
next(stream)
child = os.fork()
if child == 0:
    sys.exit(0)  # with all destructors
print(os.waitpid(child, 0)[1])
"""
    )
    assert program.finish()[0] == "0\n"


@pytest.mark.iotda(tasks=400, latency=0.002)
def test_threads_share_a_stream(iotda_client: Client, iotda_simulator: Simulator) -> None:
    stream = iotda_client.batch_tasks("softwareUpgrade", prefetch=2, page_size=7)
    parts: list[list[str]] = [[] for _ in range(4)]

    def read(part: list[str]) -> None:
        part.extend(task.task_id for task in stream)

    threads = [threading.Thread(target=read, args=[part]) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted((id for part in parts for id in part), reverse=True) == iotda_simulator.ids()


@pytest.mark.parametrize("read", ["next(stream)", "next(stream.chunks(9))", "next(stream.pages())"])
def test_the_interpreter_is_free_while_a_page_is_waited_for(read: str, script: Callable[..., Script]) -> None:
    # Else the thread that closes the stream would not run, and the program would not end.
    program = script(
        f"""
import iotda, threading
simulator = iotda.Simulator(tasks=100)
simulator.set_fault(iotda.Fault.hang())
stream = simulator.client().batch_tasks("softwareUpgrade")

def close():
    while simulator.in_flight == 0:
        pass
    stream.close()

thread = threading.Thread(target=close)
thread.start()
try:
    {read}
except iotda.StateError as error:
    print(error)
thread.join()
"""
    )
    assert program.finish()[0] == "the stream is closed\n"
