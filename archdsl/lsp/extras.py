"""Requests beside the protocol, for our own extension: an error's page, a network's diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.errors import ArchError

if TYPE_CHECKING:
    from archdsl.lsp.document import Document
    from archdsl.lsp.options import Options
    from archdsl.lsp.server import Server


def register(server: Server) -> None:
    """`archdsl/explain` {id} and `archdsl/draw` {uri, network}."""

    @server.feature("archdsl/explain")
    def explain(params: Any) -> dict[str, str]:
        return {"page": page(str(getattr(params, "id", "")))}

    @server.feature("archdsl/draw")
    async def draw(params: Any) -> Any:
        return await server.answer(str(getattr(params, "uri", "")), drawn, params)


def page(id: str) -> str:
    """The page of an error or a finding, in Markdown; "" where there is none."""
    import inspect

    import archdsl.lint.rules
    import archdsl.syntax.errors  # noqa: F401  (these fill the registries)
    from archdsl.lint.rule import Rule

    found = ArchError.registry.get(id) or Rule.registry.get(id)
    return f"# {id}\n\n{inspect.getdoc(found) or ''}\n" if found is not None else ""


def drawn(document: Document, params: Any, _: Options) -> dict[str, object]:
    """The networks that are right, and the diagram of one of them as SVG."""
    from archdsl.backends.dot import RenderError, render, render_dot, usual_view, wrap

    networks = document.traced[0].networks
    names = [n.name for n in networks]
    wanted = str(getattr(params, "network", "") or "")
    chosen = next((n for n in networks if n.name == wanted), networks[0] if networks else None)
    if chosen is None:
        return {"networks": names, "network": "", "svg": ""}
    try:
        svg = render(render_dot(wrap(usual_view(chosen))), "svg").decode()
    except RenderError as problem:
        return {"networks": names, "network": chosen.name, "svg": "", "problem": str(problem)}
    return {"networks": names, "network": chosen.name, "svg": svg}
