"""Faults: what is handed out before them, what they carry, and what comes after."""

import asyncio
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import iotda
from iotda import Client, Credentials, Fault, Simulator, TemporaryCredentials


def test_a_page_that_fails_comes_after_everything_before_it_and_fails_again() -> None:
    with Simulator(tasks=200, record_history=True) as simulator:
        client = simulator.client(max_attempts=1)
        stream = client.batch_tasks("softwareUpgrade", prefetch=0)
        ids = [next(stream).task_id]
        simulator.set_fault(Fault.error(500, "IOTDA.014102", "congested"))
        with pytest.raises(iotda.HttpError) as raised:
            ids.extend(task.task_id for task in stream)
        error = raised.value
        assert (error.status, error.code, error.service_message) == (500, "IOTDA.014102", "congested")
        assert error.request_id and error.is_retryable and error.limit == 50
        assert isinstance(error, iotda.PageError) and isinstance(error, iotda.IotdaError)
        with pytest.raises(iotda.HttpError):
            next(stream)  # not the end of the list
        simulator.set_fault(None)
        assert error.checkpoint == stream.checkpoint
        ids.extend(task.task_id for task in client.batch_tasks("softwareUpgrade", resume=error.checkpoint))
        assert simulator.check(ids).is_exact


def test_a_chunk_hands_out_what_was_gathered_before_a_failure() -> None:
    with Simulator(tasks=200) as simulator:
        stream = simulator.client(max_attempts=1).batch_tasks("softwareUpgrade", prefetch=0)
        ids = [next(stream).task_id]
        simulator.set_fault(Fault.internal())
        chunks = stream.chunks(1000)
        first = next(chunks)
        assert [task.task_id for task in first] == simulator.ids()[1 : 1 + len(first)] and len(first) >= 40
        with pytest.raises(iotda.HttpError) as raised:
            next(chunks)
        simulator.set_fault(None)
        ids.extend(task.task_id for task in first)
        rest = simulator.client().batch_tasks("softwareUpgrade", resume=raised.value.checkpoint)
        assert ids + [task.task_id for task in rest] == simulator.ids()


def test_a_record_that_cannot_be_read_is_an_error_in_its_place() -> None:
    with Simulator(tasks=120) as simulator:
        ids = simulator.ids()
        simulator.set_json(ids[60], f'{{"task_id":"{ids[60]}","targets":7}}')
        client = simulator.client()
        stream = client.batch_tasks("softwareUpgrade")
        seen: list[str] = []
        with pytest.raises(iotda.RecordError) as raised:
            seen.extend(task.task_id for task in stream)
        # A generator in the middle of `extend` keeps what came before.
        assert raised.value.identity == ids[60] and raised.value.path == "batchtasks[10]"
        assert raised.value.checkpoint == stream.checkpoint
        assert [task.task_id for task in stream] == ids[61:]

        chunks = client.batch_tasks("softwareUpgrade").chunks(100)
        assert [task.task_id for task in next(chunks)] == ids[:60]
        with pytest.raises(iotda.RecordError):
            next(chunks)
        assert [task.task_id for task in next(chunks)] == ids[61:]

        pages = list(client.batch_tasks("softwareUpgrade").pages())
        assert [task.task_id for page in pages for task in page.records] == ids[:60] + ids[61:]
        assert [error.identity for page in pages for error in page.errors] == [ids[60]]
        with pytest.raises(iotda.RecordError):
            iotda.Task.from_json("{}")


def test_failures_have_classes() -> None:
    with Simulator(tasks=200, token="right") as simulator:
        once: dict[str, Any] = {"max_attempts": 1}
        wrong = simulator.client(credentials=Credentials.token("wrong"), **once)
        with pytest.raises(iotda.HttpError) as refused:
            next(wrong.batch_tasks("softwareUpgrade"))
        assert refused.value.status == 401 and "wrong" not in str(refused.value)
        right = simulator.client(credentials=Credentials.token("right"), **once)
        impatient = simulator.client(credentials=Credentials.token("right"), request_timeout=0.1, **once)
        for client, fault, expected in [
            (right, Fault.throttled(), iotda.ThrottledError),
            (impatient, Fault.hang(), iotda.RequestTimeoutError),
            (right, Fault.reset(), iotda.BrokenConnectionError),
            (right, Fault.body("<html>"), iotda.DecodeError),
        ]:
            simulator.set_fault(fault)
            with pytest.raises(expected) as raised:
                next(client.batch_tasks("softwareUpgrade"))
            copy = pickle.loads(pickle.dumps(raised.value))
            assert (type(copy), str(copy)) == (type(raised.value), str(raised.value))
            assert copy.checkpoint == raised.value.checkpoint is not None
        endpoint = simulator.endpoint
    gone = Client(endpoint=endpoint, project_id="0a", credentials=Credentials.token("t"), max_attempts=1)
    with pytest.raises(iotda.ConnectError) as raised_connect:
        gone.count()
    assert isinstance(raised_connect.value, ConnectionError)


def test_a_function_brings_credentials_and_is_called_again_before_they_expire() -> None:
    with Simulator(tasks=300, token="t-1", latency=0.01) as simulator:
        calls: list[int] = []

        def fetch() -> TemporaryCredentials:
            calls.append(1)
            until = datetime.now(timezone.utc) + timedelta(hours=1)
            return TemporaryCredentials.token("t-1", expires_at=until)

        client = simulator.client(credentials=fetch)
        assert len(list(client.batch_tasks("softwareUpgrade"))) == 300
        assert len(asyncio.run(gathered(client))) == 300
        assert len(calls) == 1

        def broken() -> TemporaryCredentials:
            raise RuntimeError("the vault is sealed")

        failing = simulator.client(credentials=broken, max_attempts=1)
        with pytest.raises(iotda.CredentialsError, match="RuntimeError: the vault is sealed"):
            next(failing.batch_tasks("softwareUpgrade"))
        failing = simulator.client(credentials=lambda: "t-1", max_attempts=1)  # type: ignore[arg-type, return-value]
        with pytest.raises(iotda.CredentialsError, match="must return TemporaryCredentials, and not str"):
            next(failing.batch_tasks("softwareUpgrade"))


async def gathered(client: Client) -> list[iotda.Task]:
    return [task async for task in client.batch_tasks("softwareUpgrade")]


def test_no_secret_is_shown() -> None:
    shown = [
        repr(Credentials.aksk("AK", "geheim", security_token="geheim")),
        repr(Credentials.password("user", "account", "geheim")),
        repr(TemporaryCredentials.token("geheim")),
        repr(Client(region="cn-north-4", project_id="0a", credentials=Credentials.token("geheim"))),
    ]
    assert not any("geheim" in text for text in shown), shown


def test_a_client_names_what_is_missing() -> None:
    with pytest.raises(iotda.ArgumentError) as raised:
        Client(project_id="0a", credentials=Credentials.token("t"))
    assert raised.value.name == "endpoint"
    with pytest.raises(iotda.ArgumentError, match="credentials"):
        Client(region="cn-north-4", project_id="0a", credentials="token")  # type: ignore[arg-type]
    with pytest.raises(iotda.ArgumentError, match="ca_certificates"):
        Client(region="cn-north-4", project_id="0a", credentials=Credentials.token("t"), ca_certificates="no PEM")
    with pytest.raises(TypeError, match="unexpected keyword argument 'regoin'"):
        Client(regoin="cn-north-4")  # type: ignore[call-arg]
