"""The stream for `async for`: cancellation, event loops that close, several readers."""

import asyncio
import gc
import warnings
from collections.abc import Callable

import pytest
from conftest import Script, eventually

import iotda
from iotda import Client, Fault, Simulator


def test_every_task_comes_once(iotda_client: Client, iotda_simulator: Simulator) -> None:
    async def main() -> list[str]:
        async with iotda_client.batch_tasks("softwareUpgrade") as stream:
            return [task.task_id async for task in stream]

    assert asyncio.run(main()) == iotda_simulator.ids()


def test_chunks_pages_and_operations(iotda_client: Client, iotda_simulator: Simulator) -> None:
    ids = iotda_simulator.ids()

    async def main() -> None:
        chunks = [chunk async for chunk in iotda_client.batch_tasks("softwareUpgrade").chunks(90)]
        assert [task.task_id for chunk in chunks for task in chunk] == ids
        pages = [page async for page in iotda_client.batch_tasks("softwareUpgrade").pages()]
        assert [task.task_id for page in pages for task in page] == ids
        count, found, parts = await asyncio.gather(
            iotda_client.count_async("softwareUpgrade"),
            iotda_client.find_async(ids[3]),
            iotda_client.split_async(2, "softwareUpgrade"),
        )
        assert count == 200 and found is not None and found.task_id == ids[3] and len(parts) == 2
        iotda_simulator.set_status(ids[3], "Processing")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(iotda_client.await_done_async(ids[3], interval=0.01), 0.1)
        iotda_simulator.set_status(ids[3], "Success")
        done = await iotda_client.await_done_async(ids[3], interval=0.01)
        assert done is not None and done.status == "Success"
        with pytest.raises(iotda.ArgumentError):
            await iotda_client.split_async(0, "softwareUpgrade")
        async with iotda_client.watch("softwareUpgrade", interval=0.02) as changes:
            waiting = asyncio.ensure_future(anext(changes))
            before = iotda_simulator.request_count
            while iotda_simulator.request_count < before + 5:
                await asyncio.sleep(0.005)
            created = iotda_simulator.create("softwareUpgrade")
            assert (await waiting).task_id == created

    asyncio.run(main())


def test_operations_on_the_other_lists() -> None:
    with Simulator(devices=170) as simulator:
        ids = simulator.row_ids("devices")

        async def main() -> None:
            client = simulator.client()
            devices = client.devices()
            count, found, parts, project = await asyncio.gather(
                devices.count_async(), devices.find_async(ids[70]), devices.split_async(2), client.project_id_async()
            )
            assert count == 170 and found is not None and found.device_id == ids[70]
            read = [device.device_id for part in parts async for device in client.devices(resume=part)]
            assert read == ids and project == client.project_id()

        asyncio.run(main())


def test_an_operation_runs_when_it_is_awaited_and_once(iotda_client: Client, iotda_simulator: Simulator) -> None:
    async def main() -> None:
        operation = iotda_client.count_async("softwareUpgrade")
        await asyncio.sleep(0.02)
        assert iotda_simulator.request_count == 0
        assert await operation == 200
        with pytest.raises(RuntimeError, match="awaited before"):
            await operation

    asyncio.run(main())


def test_an_operation_leaves_nothing_when_it_is_cancelled_or_its_loop_closes(
    iotda_client: Client, iotda_simulator: Simulator
) -> None:
    iotda_simulator.set_fault(Fault.hang())

    async def cancelled() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(iotda_client.await_done_async(iotda_simulator.ids()[0]), 0.1)

    asyncio.run(cancelled())
    assert eventually(lambda: iotda_simulator.in_flight == 0)

    # A loop that is closed without cancelling what waits in it.
    async def wait() -> None:
        await iotda_client.count_async("softwareUpgrade")

    loop = asyncio.new_event_loop()
    coroutine = wait()
    task = loop.create_task(coroutine)
    while iotda_simulator.in_flight == 0:
        loop.run_until_complete(asyncio.sleep(0.001))
    loop.close()
    # As asyncio reports it, where a task is dropped that was not done.
    setattr(task, "_log_destroy_pending", False)
    del task
    coroutine.close()
    del coroutine
    gc.collect()
    assert eventually(lambda: iotda_simulator.in_flight == 0)


@pytest.mark.iotda(tasks=400, latency=0.004)
def test_a_cancelled_anext_loses_nothing(iotda_client: Client, iotda_simulator: Simulator) -> None:
    async def main() -> tuple[list[str], int]:
        stream = iotda_client.batch_tasks("softwareUpgrade", prefetch=1, page_size=5)
        ids: list[str] = []
        cancelled = 0
        while True:
            try:
                # Cancelled now before the item is there, now in the very step in which it arrives.
                task = await asyncio.wait_for(anext(stream), (len(ids) + cancelled) % 7 / 1000)
                ids.append(task.task_id)
            except TimeoutError:
                cancelled += 1
            except StopAsyncIteration:
                return ids, cancelled

    ids, cancelled = asyncio.run(main())
    assert cancelled > 20
    assert ids == iotda_simulator.ids()


@pytest.mark.iotda(tasks=100)
def test_a_task_cancelled_before_or_after_its_item_arrived_loses_nothing(
    iotda_client: Client, iotda_simulator: Simulator
) -> None:
    async def main() -> list[str]:
        stream = iotda_client.batch_tasks("softwareUpgrade")
        ids = [(await anext(stream)).task_id]
        never_started = asyncio.ensure_future(anext(stream))
        never_started.cancel()
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        # The rest of the page is ready, so this one has its item: it cannot be cancelled any more.
        assert waiting.done() and not waiting.cancel()
        ids.append(waiting.result().task_id)
        await asyncio.gather(never_started, return_exceptions=True)
        unused = anext(stream)
        del unused
        return ids + [task.task_id async for task in stream]

    assert asyncio.run(main()) == iotda_simulator.ids()


@pytest.mark.iotda(tasks=300, fault_at={18: Fault.slow(2)})
def test_a_cancelled_chunk_keeps_what_was_gathered(iotda_client: Client, iotda_simulator: Simulator) -> None:
    ids = iotda_simulator.ids()

    async def main() -> list[str]:
        stream = iotda_client.batch_tasks("softwareUpgrade", prefetch=1, page_size=10)
        chunks = stream.chunks(120)
        start = [task.task_id for task in await anext(chunks)]
        checkpoint = stream.checkpoint
        waiting = asyncio.ensure_future(anext(chunks))
        while stream.progress.delivered <= 120:
            await asyncio.sleep(0.001)
        assert waiting.cancel(), "a page of this chunk takes 2 s"
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert stream.checkpoint == checkpoint, "some were gathered, and none was handed out"
        with pytest.raises(iotda.StateError, match="gathered"):
            await anext(stream)
        resumed = iotda_client.batch_tasks("softwareUpgrade", resume=stream.checkpoint)
        assert [task.task_id async for task in resumed] == ids[120:]
        return start + [task.task_id async for chunk in chunks for task in chunk]

    assert asyncio.run(main()) == ids


@pytest.mark.iotda(tasks=400, latency=0.002)
def test_several_readers_share_a_stream(iotda_client: Client, iotda_simulator: Simulator) -> None:
    async def main() -> list[str]:
        stream = iotda_client.batch_tasks("softwareUpgrade", prefetch=2, page_size=7)

        async def reader() -> list[str]:
            ids: list[str] = []
            async for task in stream:
                ids.append(task.task_id)
                await asyncio.sleep(0)  # what is ready comes without a turn for the others
            return ids

        parts = await asyncio.wait_for(asyncio.gather(*(reader() for _ in range(8))), 20)
        assert sum(1 for part in parts if part) > 1
        return sorted((id for part in parts for id in part), reverse=True)

    assert asyncio.run(main()) == iotda_simulator.ids()


def test_event_loops_in_several_threads_share_a_stream(script: Callable[..., Script]) -> None:
    # In a separate process: a lock that is held while Python runs would stop all of it.
    program = script(
        """
import asyncio, iotda, sys, threading
sys.setswitchinterval(1e-6)
simulator = iotda.Simulator(tasks=2000, latency=0.001)
stream = simulator.client().batch_tasks("softwareUpgrade", prefetch=2, page_size=2)
ids = []

async def read():
    async for task in stream:
        ids.append(task.task_id)
        await asyncio.sleep(0)

async def readers():
    await asyncio.gather(*(read() for _ in range(4)))

threads = [threading.Thread(target=lambda: asyncio.run(readers())) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(ids, reverse=True) == simulator.ids())
"""
    )
    assert program.finish(timeout=60)[0] == "True\n"


@pytest.mark.iotda(tasks=200)
def test_an_event_loop_that_closes_leaves_nothing_and_another_continues(
    iotda_client: Client, iotda_simulator: Simulator
) -> None:
    ids: list[str] = []
    stream = iotda_client.batch_tasks("softwareUpgrade", prefetch=1, page_size=10)

    async def some(stream: iotda.TaskStream) -> None:
        async for task in stream:
            ids.append(task.task_id)
            if len(ids) == 13:
                iotda_simulator.set_fault(Fault.slow(0.3))

    async def stopped() -> None:
        # Left pending: `asyncio.run` cancels it when it closes the loop.
        waiting = asyncio.create_task(some(stream))
        while iotda_simulator.in_flight == 0 or len(ids) < 13:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        assert not waiting.done()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(stopped())
        # A loop that is closed without cancelling what waits in it.
        loop = asyncio.new_event_loop()
        waiting = anext(stream)

        async def wait() -> None:
            ids.append((await waiting).task_id)

        coroutine = wait()
        task = loop.create_task(coroutine)
        loop.call_later(0.01, loop.stop)
        loop.run_forever()
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()
    iotda_simulator.set_fault(None)

    async def rest() -> None:
        ids.extend([task.task_id async for task in stream])

    asyncio.run(rest())
    assert ids == iotda_simulator.ids()


def test_a_stream_that_is_dropped_ends_its_requests() -> None:
    with Simulator(tasks=200) as simulator:
        simulator.set_fault(Fault.hang())

        async def main() -> None:
            stream = simulator.client().batch_tasks("softwareUpgrade")
            waiting = asyncio.ensure_future(anext(stream))
            while simulator.in_flight == 0:
                await asyncio.sleep(0.001)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert simulator.in_flight == 1, "cancelling one wait ends none of the stream's requests"

        asyncio.run(main())
        gc.collect()
        assert eventually(lambda: simulator.in_flight == 0)


def test_close_ends_those_who_wait() -> None:
    with Simulator(tasks=200) as simulator:
        simulator.set_fault(Fault.hang())

        async def main() -> None:
            stream = simulator.client().batch_tasks("softwareUpgrade")
            waiting = asyncio.ensure_future(anext(stream))
            while simulator.in_flight == 0:
                await asyncio.sleep(0.001)
            await stream.aclose()
            with pytest.raises(iotda.StateError, match="closed"):
                await asyncio.wait_for(waiting, 20)

        asyncio.run(main())
        assert eventually(lambda: simulator.in_flight == 0)


def test_outside_of_asyncio_the_error_says_so(iotda_client: Client, iotda_simulator: Simulator) -> None:
    iotda_simulator.set_fault(Fault.hang())
    with pytest.raises(RuntimeError, match="no running event loop"):
        anext(iotda_client.batch_tasks("softwareUpgrade")).__await__().__next__()


def test_a_program_that_ends_in_mid_scan_says_nothing(script: Callable[..., Script]) -> None:
    program = script(
        """
import asyncio, iotda
simulator = iotda.Simulator(tasks=2000, latency=0.005)
client = simulator.client()
stream = client.batch_tasks("softwareUpgrade")

async def main():
    async for task in stream:
        print(task.task_id)
        break
    asyncio.get_running_loop().create_task(anext_of(stream))
    await asyncio.sleep(0)

async def anext_of(stream):
    async for task in stream:
        await asyncio.sleep(0)

asyncio.run(main())
"""
    )
    output, errors = program.finish()
    assert len(output.split()) == 1 and errors == ""
