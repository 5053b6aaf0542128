"""Operations on tags. Above: table. Below: control."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seaglass.server.service.context import Input, Output, Services


async def tag_resource(services: Services, values: Input) -> Output:
    await services.plane.tag(values["resourceArn"], values["tags"])
    return {}


async def untag_resource(services: Services, values: Input) -> Output:
    await services.plane.untag(values["resourceArn"], values["tagKeys"])
    return {}


async def list_tags_for_resource(services: Services, values: Input) -> Output:
    return {"tags": await services.plane.list_tags(values["resourceArn"])}
