"""Templates with their words in place: each is compiled once for each language.

A page says hundreds of fixed words, and to look them up took half of the time of its rendering. So
where a template calls `_` with a message and nothing else, its translation is compiled in.
"""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from gateway.web.console.words import catalogue, language


class SpokenTemplates(Environment):
    """The templates of every language: whoever asks for one gets that of this request.

    `spoken` is the language of one overlay, "" of the whole. A bytecode cache would have to tell
    the overlays apart: the name and the source of a template are the same in all.
    """

    spoken = ""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._overlays: dict[str, SpokenTemplates] = {}

    def get_or_select_template(
        self,
        template_name_or_list: Any,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """As jinja2; what the template itself extends or imports is of its language too."""
        if not self.spoken:
            overlay = self._overlay(language())
            return overlay.get_or_select_template(template_name_or_list, parent, globals)
        return super().get_or_select_template(template_name_or_list, parent, globals)

    def _overlay(self, spoken: str) -> "SpokenTemplates":
        """Made at the first use, when all filters and globals are there; it shares them."""
        if spoken not in self._overlays:
            made = self.overlay()
            made.spoken = spoken
            self._overlays.setdefault(spoken, made)
        return self._overlays[spoken]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.spoken:
            _WordsInPlace(self.spoken).visit(tree)
        return tree


class _WordsInPlace(NodeTransformer):
    """Puts the translation where `_("message")` stands."""

    def __init__(self, spoken: str) -> None:
        self._words = catalogue(spoken)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """As jinja2 names its visitors."""
        self.generic_visit(node)
        message = _only_message(node)
        if message is None:
            return node
        return nodes.Const(self._words.get(message, message), lineno=node.lineno)


def _only_message(node: nodes.Call) -> str | None:
    """The message of a call of `_` with nothing else, None of any other call."""
    more = (*node.kwargs, *node.args[1:], node.dyn_args, node.dyn_kwargs)
    if not isinstance(node.node, nodes.Name) or node.node.name != "_" or any(more):
        return None
    (message,) = node.args
    return message.value if isinstance(message, nodes.Const) else None
