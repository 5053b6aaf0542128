"""Components as procedures, against what is reached from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given

from tests.engine.algo.plain import SOME_LABELS, SOME_TYPES, plains
from tests.engine.algo.test_degree import needs_routes
from tests.engine.algo.tools import asked
from tests.engine.exec.test_routes import loaded
from tests.engine.exec.tools import WorkingView
from tests.engine.kernels.test_components import reached

if TYPE_CHECKING:
    from tests.engine.algo.plain import Plain


def components(view: WorkingView, name: str, config: dict[str, Any]) -> dict[int, int]:
    text = f"""WITH $config AS c MATCH (n) CALL neptune.algo.{name}(n, c) YIELD node, component
               RETURN id(node), component"""
    return {int(node): component for node, component in asked(text, view, config=config).rows}


@given(plains(), SOME_TYPES, SOME_LABELS)
def test_components_of_what_is_selected(
    plain: Plain, types: tuple[str, ...], labels: tuple[str, ...]
) -> None:
    config: dict[str, Any] = {"edgeLabels": list(types)}
    if labels:
        config["vertexLabel"] = labels[0]
    kept = plain.nodes(labels[:1])
    links = plain.links("outbound", types, labels[:1])
    pairs = {(here, there) for here, there, _ in links if here in kept}
    view = WorkingView(plain.version())
    either = reached(len(plain.labels), pairs | {(there, here) for here, there in pairs})
    onward = reached(len(plain.labels), pairs)
    assert components(view, "wcc", config) == {node: min(either[node]) for node in kept}
    assert components(view, "scc", config) == {
        node: min(other for other in onward[node] if node in onward[other]) for node in kept
    }


@needs_routes
def test_components_of_the_air_routes() -> None:
    text = """MATCH (n) CALL neptune.algo.%s(n, {}) YIELD node, component
              RETURN component, count(*) AS size ORDER BY size DESC LIMIT 2"""
    view = WorkingView(loaded().version)
    assert [size for _, size in asked(text % "wcc", view).rows] == [3741, 1]
    assert [size for _, size in asked(text % "scc", view).rows] == [3457, 5]
