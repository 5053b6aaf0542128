"""How often one owner may ask, and that clients of AWS get through all the same."""

from __future__ import annotations

import http.client
import json
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Throttled
from seaglass.base.owner import Owner
from seaglass.base.settings import Rates, Settings
from seaglass.server.service import throttle
from seaglass.server.service.throttle import BURST_SECONDS, Throttle, class_of
from tests.server.samples import MODEL
from tests.server.service.serving import Served, served

OWNER = Owner("123456789012", "us-east-1")
TIGHT = Rates(reads_per_second=2, writes_per_second=1, queries_per_second=4)


def passed(one: Throttle, name: str, owner: Owner = OWNER) -> int:
    """Calls that pass until one is refused."""
    count = 0
    while True:
        try:
            one.admit(owner, MODEL.operations[name])
        except Throttled:
            return count
        count += 1


def test_classes() -> None:
    classes = {name: class_of(operation) for name, operation in MODEL.operations.items()}
    assert set(classes.values()) == {"reads", "writes", "queries"}
    assert [name for name, one in classes.items() if one == "queries"] == [
        "CancelQuery", "ExecuteQuery", "GetGraphSummary", "GetQuery", "ListQueries",
    ]  # fmt: skip
    assert all(name.startswith(("Get", "List")) for name, one in classes.items() if one == "reads")
    assert classes["CreateGraph"] == classes["TagResource"] == classes["UntagResource"] == "writes"


def test_a_burst_passes_and_then_the_rate() -> None:
    clock = ManualClock()
    one = Throttle(TIGHT, clock)
    assert passed(one, "GetGraph") == 2 * BURST_SECONDS
    clock.advance(0.25)
    assert passed(one, "GetGraph") == 0
    clock.advance(0.25)
    assert passed(one, "GetGraph") == 1
    # However long nobody asked, no more than a burst.
    clock.advance(3_600)
    assert passed(one, "GetGraph") == 2 * BURST_SECONDS


def test_a_low_rate_lets_one_call_pass() -> None:
    clock = ManualClock()
    one = Throttle(Rates(0.25, 0.25, 0.25), clock)
    assert passed(one, "GetGraph") == 1
    clock.advance(4)
    assert passed(one, "GetGraph") == 1


def test_classes_and_owners_do_not_count_together() -> None:
    one = Throttle(TIGHT, ManualClock())
    assert passed(one, "GetGraph") == 4
    assert passed(one, "CreateGraph") == 2
    assert passed(one, "ExecuteQuery") == 8
    for other in (Owner("000000000001", OWNER.region), Owner(OWNER.account_id, "eu-west-1")):
        assert passed(one, "GetGraph", other) == 4
    assert passed(one, "ListGraphs") == 0


def test_made_up_accounts_cost_a_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "BUCKETS_MAX", 10)
    clock = ManualClock()
    one = Throttle(TIGHT, clock)
    for number in range(100):
        one.admit(Owner(f"{number:012}", "us-east-1"), MODEL.operations["GetGraph"])
        assert len(one._buckets) <= 10
    # One that is in use is kept, as long as others have filled up.
    clock.advance(BURST_SECONDS)
    assert passed(one, "GetGraph") == 4
    for number in range(8):
        one.admit(Owner(f"{number:012}", "eu-west-1"), MODEL.operations["GetGraph"])
    assert passed(one, "GetGraph") == 0


def throttled(
    server: Served, clock: ManualClock, mode: str, attempts: int
) -> tuple[Any, list[Any]]:
    """A client whose waits move the clock of the server, and the errors that it met."""
    met: list[Any] = []
    aws = boto3.client(
        "neptune-graph",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            inject_host_prefix=False, retries={"mode": mode, "total_max_attempts": attempts}
        ),
    )

    def note(parsed: dict[str, Any], **_: Any) -> None:
        if "Error" in parsed:
            met.append((parsed["ResponseMetadata"]["HTTPStatusCode"], parsed["Error"]))

    aws.meta.events.register(
        "response-received.neptune-graph", lambda parsed_response, **_: note(parsed_response or {})
    )
    return aws, met


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_retries_of_clients_absorb_it(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=clock.advance))
    with served(Settings(rates=TIGHT), clock) as server:
        aws, met = throttled(server, clock, mode, 10)
        for _ in range(12):
            assert aws.list_graphs()["graphs"] == []
        assert len(met) > 1
        assert {(status, error["Code"]) for status, error in met} == {(429, "ThrottlingException")}


def test_without_retries_the_error_is_the_modelled_one() -> None:
    with served(Settings(rates=TIGHT), ManualClock()) as server:
        aws, met = throttled(server, ManualClock(), "standard", 1)
        for _ in range(4):
            aws.list_graphs()
        with pytest.raises(aws.exceptions.ThrottlingException, match="Rate exceeded") as caught:
            aws.list_graphs()
        assert "may make 2 calls of the class reads per second in us-east-1" in str(caught.value)
        assert len(met) == 1
        # The body of a refused call is read, so that its connection goes on.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        statuses = []
        for number in range(4):
            body = json.dumps({"graphName": f"g{number}", "provisionedMemory": 16})
            connection.request("POST", "/graphs", body)
            answer = connection.getresponse()
            statuses.append(answer.status)
            answer.read()
        connection.close()
        assert statuses == [201, 201, 429, 429]
