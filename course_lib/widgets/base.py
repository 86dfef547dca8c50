"""What all widgets have in common: a state, a still picture, and one front end for a kernel and for the page."""

import base64
import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?function|const|let|class)", re.MULTILINE)
NOTE = "Interactive figure: on the course's page, or after running this cell, everything in it can be dragged."


@cache
def bundled(name: str) -> str:
    """The widget's module with those that it imports written into it: a kernel sends one file to the browser."""
    shared: list[str] = []

    def gather(text: str) -> str:
        for imported in IMPORT.findall(text):
            if imported not in shared:
                shared.append(imported)
                parts.append(EXPORT.sub("", gather((HERE / f"{imported}.js").read_text("utf-8"))))
        return IMPORT.sub("", text)

    parts: list[str] = []
    module = gather((HERE / f"{name}.js").read_text("utf-8"))
    return "".join([*parts, module])


@cache
def styles() -> str:
    return (HERE / "widgets.css").read_text("utf-8")


class Live:
    """ipywidgets controls for a kernel, with the picture that the page, which has no kernel, shows instead."""

    def __init__(self, controls: Any, picture: Any) -> None:
        self.controls, self.picture = controls, picture

    def __repr__(self) -> str:
        return repr(self.picture)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        png = base64.b64encode(self.picture.png).decode()
        image = (f'<img src="data:image/png;base64,{png}" width="{self.picture.width}" '
                 f'alt="{html.escape(self.picture.alt)}">')
        view = self.controls._repr_mimebundle_(**kwargs)
        return (view[0] if isinstance(view, tuple) else view) | {"text/plain": repr(self), "text/html": image}


class CourseWidget(anywidget.AnyWidget):
    """An interactive figure.

    A subclass gives ``_name`` (the stem of its JavaScript module), the traits that make up its state, ``_view`` (the
    names of those traits that the reader changes: reset returns them to ``start``, and the page's address holds them),
    ``picture()`` and ``description``.
    """

    _name = ""
    _view: tuple[str, ...] = ()
    start = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "_name" in cls.__dict__:        # anywidget makes a subclass of each instance: not there
            cls._esm, cls._css = bundled(cls._name), styles()
        super().__init_subclass__(**kwargs)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self.start = {name: getattr(self, name) for name in self._view}

    def __repr__(self) -> str:
        return f"<interactive figure: {self._name.replace('_', ' ')}>"     # no address: stored outputs are compared

    @property
    def description(self) -> str:
        """What the still picture shows, in words."""
        raise NotImplementedError  # abstract

    def picture(self) -> str:
        """The state as inline SVG, for print, for a notebook that has not run, and where JavaScript is off."""
        raise NotImplementedError  # abstract

    def state(self) -> dict[str, Any]:
        """The traits that the JavaScript module reads."""
        return {name: getattr(self, name) for name in sorted(self.traits(sync=True))
                if not name.startswith("_") and name in self.own_names()}

    @classmethod
    def own_names(cls) -> set[str]:
        return set(cls.class_trait_names()) - set(anywidget.AnyWidget.class_trait_names())

    def html(self) -> str:
        state = json.dumps(self.state(), separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
        return (f'<div class="course-widget" data-widget="{html.escape(self._name)}">\n'
                f'<script type="application/json">{state}</script>\n'
                f'<div class="course-widget-still">\n{self.picture()}\n<p>{NOTE}</p>\n</div>\n</div>')

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/html": self.html()}, metadata
