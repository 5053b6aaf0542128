"""Private graph endpoints: records with the documented life, also across processes that die."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from seaglass.base.errors import Conflict, NotFound
from seaglass.base.settings import Quotas
from seaglass.server.control.endpoints import DEFAULT_SUBNETS, DEFAULT_VPC, NewEndpoint
from seaglass.server.control.lifecycle import EndpointState
from seaglass.server.control.quotas import QuotaExceeded
from tests.server.control.support import NEW, SETTINGS, opened, run
from tests.server.fakes import FakeFleet, World

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.server.control.plane import ControlPlane


def new(graph_id: str, vpc_id: str | None = "vpc-1") -> NewEndpoint:
    return NewEndpoint(graph_id, vpc_id, ["subnet-1", "subnet-2"], ["sg-1"])


async def made_graph(plane: ControlPlane) -> str:
    made = await plane.create_graph(NEW)
    await plane.get_graph(made.id)
    return made.id


def test_an_endpoint_from_creation_to_removal() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            graph_id = await made_graph(plane)
            made = await plane.create_endpoint(new(graph_id))
            assert made.state is EndpointState.CREATING
            assert (made.vpc_id, made.subnet_ids) == ("vpc-1", ("subnet-1", "subnet-2"))
            assert made.security_group_ids == ("sg-1",)
            ready = await plane.get_endpoint(graph_id, "vpc-1")
            assert ready == replace(made, state=EndpointState.AVAILABLE)
            with pytest.raises(Conflict, match="vpc-1 already"):
                await plane.create_endpoint(new(graph_id))
            gone = await plane.delete_endpoint(graph_id, "vpc-1")
            assert gone.state is EndpointState.DELETING
            with pytest.raises(NotFound, match="no private graph endpoint in vpc-1"):
                await plane.get_endpoint(graph_id, "vpc-1")
            again = await plane.create_endpoint(new(graph_id))
            assert again.id != made.id

    run(work())


def test_what_is_not_said_is_the_default_vpc() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            made = await plane.create_endpoint(NewEndpoint(await made_graph(plane), None, (), ()))
            assert (made.vpc_id, made.subnet_ids) == (DEFAULT_VPC, DEFAULT_SUBNETS)
            assert made.security_group_ids == ()

    run(work())


def test_a_graph_with_endpoints_is_not_deleted() -> None:
    async def work() -> None:
        async with opened(FakeFleet()) as plane:
            graph_id = await made_graph(plane)
            await plane.create_endpoint(new(graph_id))
            for skip in (True, False):
                with pytest.raises(Conflict, match=r"The graph contains private endpoints\.$"):
                    await plane.delete_graph(graph_id, skip_snapshot=skip)
            assert (await plane.get_graph(graph_id)).state.value == "AVAILABLE"
            await plane.get_endpoint(graph_id, "vpc-1")
            await plane.stop_graph(graph_id)
            await plane.get_graph(graph_id)
            with pytest.raises(Conflict, match="its status is STOPPED"):
                await plane.create_endpoint(new(graph_id, "vpc-2"))
            await plane.delete_endpoint(graph_id, "vpc-1")
            with pytest.raises(NotFound):
                await plane.get_endpoint(graph_id, "vpc-1")
            await plane.delete_graph(graph_id, skip_snapshot=True)

    run(work())


def test_unknown_graphs_and_the_quota() -> None:
    async def work() -> None:
        settings = replace(SETTINGS, quotas=Quotas(private_endpoints_max=1))
        async with opened(FakeFleet(), settings) as plane:
            nobody = "g-0000000000"
            for call in (
                plane.create_endpoint(new(nobody)),
                plane.get_endpoint(nobody, "vpc-1"),
                plane.list_endpoints(nobody, None, 10),
                plane.delete_endpoint(nobody, "vpc-1"),
            ):
                with pytest.raises(NotFound, match=nobody):
                    await call
            graph_id = await made_graph(plane)
            await plane.create_endpoint(new(graph_id))
            with pytest.raises(QuotaExceeded) as error:
                await plane.create_endpoint(new(graph_id, "vpc-2"))
            assert error.value.members["quotaCode"] == "L-PRIVATE-ENDPOINTS"

    run(work())


@pytest.mark.parametrize("deleting", [False, True])
def test_a_crash_before_the_end_of_a_state(tmp_path: Path, deleting: bool) -> None:
    """The process that wrote the request never gets to its effect; the next one does."""
    settings = replace(SETTINGS, database_url=f"sqlite:///{tmp_path}/control.db")
    world = World()

    async def work() -> None:
        async with opened(FakeFleet(world), settings) as plane:
            graph_id = await made_graph(plane)
            if deleting:
                await plane.create_endpoint(new(graph_id))
                await plane.get_endpoint(graph_id, "vpc-1")
            plane._store.on_effect(lambda effect: None)
            if deleting:
                await plane.delete_endpoint(graph_id, "vpc-1")
            else:
                await plane.create_endpoint(new(graph_id))
            (left,) = (await plane.list_endpoints(graph_id, None, 10)).records
            assert left.state is (EndpointState.DELETING if deleting else EndpointState.CREATING)
        async with opened(FakeFleet(world), settings) as plane:
            if deleting:
                with pytest.raises(NotFound):
                    await plane.get_endpoint(graph_id, "vpc-1")
            else:
                found = await plane.get_endpoint(graph_id, "vpc-1")
                assert found.state is EndpointState.AVAILABLE

    run(work())


def test_a_database_of_before_there_were_endpoints_is_brought_up_to_date(tmp_path: Path) -> None:
    settings = replace(SETTINGS, database_url=f"sqlite:///{tmp_path}/control.db")
    engine = create_engine(settings.control_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE effects (id INTEGER PRIMARY KEY AUTOINCREMENT, kind VARCHAR(32) NOT NULL, "
                "graph_id VARCHAR(12), snapshot_id VARCHAR(13))"
            )
        )
    engine.dispose()

    async def work() -> None:
        async with opened(FakeFleet(), settings) as plane:
            graph_id = await made_graph(plane)
            await plane.create_endpoint(new(graph_id))
            ready = await plane.get_endpoint(graph_id, "vpc-1")
            assert ready.state is EndpointState.AVAILABLE

    run(work())
