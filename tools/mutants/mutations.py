"""The mutants of a file: mutmut's operators on every expression and statement, at the level of the module too, and two
operators of our own, which negate conditions and delete statements.

What only a reader would notice is left alone: docstrings, type hints, decorators, ``__repr__``, the text of errors (all
that stands in a ``raise``, ``where = ...``, and the names that a check puts into its message), and what
``tool.coverage.report`` in pyproject.toml leaves out. Mutants that do not compile, or compile to the same bytecode, do
not count.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from grafting import signature
from libcst.metadata import MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider
from mutmut.mutation.mutators import mutation_operators

# Calls whose literal arguments, and those called `where`, only go into the message of an error.
LABELLED_CALL = m.Call(func=m.Attribute(value=m.Name("_checks") | m.Name("_registry")) |
                       m.Attribute(attr=m.Name("_number") | m.Name("_checked")))
LABEL = m.Arg(value=m.SimpleString() | m.FormattedString() | m.Name("where"), keyword=None)
# Without an argument, or with None for one, these calls fail wherever they are reached.
TRIVIAL_CALL = m.Call(func=m.Name("len") | m.Name("isinstance") | m.Name("issubclass"))
ABSTRACT = m.SimpleStatementLine(body=[m.Raise(exc=m.Name("NotImplementedError"))])
UNTOUCHED = (m.Annotation() | m.Decorator() | m.FunctionDef(name=m.Name("__repr__")) | ABSTRACT |
             m.If(test=m.Name("TYPE_CHECKING")) | m.Assign(targets=[m.AssignTarget(target=m.Name("where"))]))
DELETABLE = m.SimpleStatementLine(body=[m.AugAssign() | m.Raise() | m.Del() | m.Expr(value=m.Call())])


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str                   # from the root of the repository
    scope: str                  # "Adam.step"; empty at the level of the module
    line: str                   # the lines that it changes, without indentation,
    changed: str                # and what they become
    number: int                 # which of those with the same four texts it is
    statement: range = field(compare=False)         # the lines of the statement around it,
    definition: range = field(compare=False)        # and of the class or function of the module around that
    source: str = field(compare=False, repr=False)  # the file with the change

    @property
    def key(self) -> str:
        return "\n".join((self.file, self.scope, str(self.number), self.line, self.changed))


def mutants(root: Path, path: Path) -> Iterator[Mutant]:
    """All mutants of a file, in the order of its text."""
    source = path.read_text()
    visitor = _Visitor()
    wrapper = MetadataWrapper(cst.parse_module(source))
    wrapper.visit(visitor)
    seen: dict[tuple[str, str, str], int] = {}
    unchanged = signature(compile(source, str(path), "exec"))
    starts = [0, *_ends_of_lines(source)]
    for place in visitor.places:
        text = _spliced(source, starts, wrapper.module, place)
        try:
            code = compile(text, str(path), "exec")
        except SyntaxError:
            continue
        if signature(code) == unchanged:
            continue
        line, changed = _difference(source, text)
        texts = (place.scope, line, changed)
        seen[texts] = seen.get(texts, 0) + 1
        yield Mutant(path.relative_to(root).as_posix(), *texts, seen[texts], place.statement, place.definition, text)


@dataclass(frozen=True)
class _Place:
    """A node and what a mutation makes of it."""

    node: cst.CSTNode
    mutated: cst.CSTNode
    span: tuple[tuple[int, int], tuple[int, int]]       # (line, column) of the start and of the end
    scope: str
    statement: range
    definition: range


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider, WhitespaceInclusivePositionProvider)

    def __init__(self) -> None:
        super().__init__()
        self.places: list[_Place] = []
        self._scope: list[str] = []
        self._around: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if m.matches(node, UNTOUCHED):
            return False
        self._around.append(node)
        if isinstance(node, cst.ClassDef | cst.FunctionDef):
            self._scope.append(node.name.value)
        for original, mutated in _mutations(node):
            self._add(original, mutated)
        for child in [] if isinstance(node, cst.Raise) else node.children:
            if not (m.matches(node, LABELLED_CALL) and m.matches(child, LABEL)):
                child.visit(self)
        self.on_leave(node)
        return False                                    # the children have been visited

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self._around and self._around[-1] is original_node:
            self._around.pop()
            if isinstance(original_node, cst.ClassDef | cst.FunctionDef):
                self._scope.pop()

    def _add(self, original: cst.CSTNode, mutated: cst.CSTNode) -> None:
        definition = next((node for node in self._around if isinstance(node, cst.ClassDef | cst.FunctionDef)), original)
        statement = next((node for node in self._around if isinstance(node, cst.SimpleStatementLine)), original)
        span = self.get_metadata(WhitespaceInclusivePositionProvider, original)
        self.places.append(_Place(original, mutated, ((span.start.line, span.start.column),
                                                      (span.end.line, span.end.column)),
                                  ".".join(self._scope), self._lines(statement), self._lines(definition)))

    def _lines(self, node: cst.CSTNode) -> range:
        span = self.get_metadata(PositionProvider, node)
        return range(span.start.line, span.end.line + 1)


def _mutations(node: cst.CSTNode) -> Iterable[tuple[cst.CSTNode, cst.CSTNode]]:
    """Pairs of a node and what takes its place."""
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            for mutated in operator(node):
                if not (isinstance(node, cst.Call) and isinstance(mutated, cst.Call) and _is_idle(node, mutated)):
                    yield node, mutated
    if isinstance(node, cst.If | cst.While | cst.CompIf):
        condition = node.test.with_changes(lpar=[cst.LeftParen(), *node.test.lpar],
                                           rpar=[*node.test.rpar, cst.RightParen()])
        yield node.test, cst.UnaryOperation(cst.Not(), condition)
    if m.matches(node, DELETABLE):
        assert isinstance(node, cst.SimpleStatementLine)
        yield node.body[0], cst.Pass()


def _is_idle(call: cst.Call, mutated: cst.Call) -> bool:
    """Whether a change of a call's arguments touches a label, or is one that fails wherever it is reached."""
    kept = {id(argument) for argument in mutated.args}
    lost = [argument for argument in call.args if id(argument) not in kept]
    if m.matches(call, TRIVIAL_CALL):
        return True
    return m.matches(call, LABELLED_CALL) and any(m.matches(argument, LABEL) for argument in lost)


def _spliced(source: str, starts: list[int], module: cst.Module, place: _Place) -> str:
    """The source with the change. The number of lines stays, so that what stands below keeps its lines."""
    start, end = (starts[line - 1] + column for line, column in place.span)
    if source[start:end] != module.code_for_node(place.node):       # a part of the indentation lies inside
        text = module.deep_replace(place.node, place.mutated)
        assert isinstance(text, cst.Module)
        return text.code
    return source[:start] + module.code_for_node(place.mutated) + source[end:]


def _ends_of_lines(source: str) -> Iterator[int]:
    end = 0
    for line in source.splitlines(keepends=True):
        end += len(line)
        yield end


def _difference(source: str, text: str) -> tuple[str, str]:
    """The lines that differ, before and after."""
    before, after = source.splitlines(), text.splitlines()
    start = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    end = next((i for i, (a, b) in enumerate(zip(before[::-1], after[::-1], strict=False)) if a != b), 0)
    line, changed = ("\n".join(line.strip() for line in lines[start:max(start + 1, len(lines) - end)])
                     for lines in (before, after))
    return line, changed
