"""Where the tensors of a model lie in the flat vectors, and which of them decay."""

from collections.abc import Sequence
from typing import Protocol

from course_lib import _checks


class Tensor(Protocol):
    """One tensor: its path is "layer/weight", its entries are those from start to stop."""

    @property
    def path(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...


class Layout:
    """The tensors one after the other; ``tensors`` is None where nobody told, and the whole vector is one tensor."""

    tensors: list[Tensor] | None = None
    paths: frozenset[str] = frozenset()             # what is excluded from weight decay: whole paths,
    words: tuple[str, ...] = ()                     # and words in the last part of a path

    def lay_out(self, where: str, tensors: Sequence[Tensor] | None) -> None:
        """Take over where the tensors lie, after a check that they follow each other without a gap."""
        end = 0
        for tensor in tensors or ():
            if tensor.start != end or tensor.stop <= tensor.start:
                raise ValueError(f"{where}: {tensor.path} must start at {end}, where the tensor before it stops, "
                                 f"and stop after that, got start={tensor.start}, stop={tensor.stop}")
            end = tensor.stop
        self.tensors = None if tensors is None else list(tensors)

    def exclude(self, where: str, var_list: list[str] | None, var_names: list[str] | None) -> None:
        """Take over what does not decay, in place of what was said before."""
        for name, given in (("var_list", var_list), ("var_names", var_names)):
            if not isinstance(given, list | tuple | None) or not all(isinstance(item, str) for item in given or ()):
                raise TypeError(f"{where}: {name} must be a list of strings, got {_checks.describe(given)}")
        self.paths, self.words = frozenset(var_list or ()), tuple(var_names or ())

    def check(self, where: str, size: int) -> None:
        """Raises ValueError unless the tensors fill a vector of that size."""
        if self.tensors is not None and (total := self.tensors[-1].stop if self.tensors else 0) != size:
            raise ValueError(f"{where}: laid out for tensors of {total} entries in all, got params of {size}; "
                             "lay_out the new tensors, or lay_out(None)")

    def spans(self) -> list[slice]:
        """The span of each tensor."""
        return [slice(None)] if self.tensors is None else [slice(t.start, t.stop) for t in self.tensors]

    def decaying_spans(self, size: int) -> list[slice]:
        """The spans of the tensors that are not excluded from weight decay."""
        if not (self.paths or self.words):
            return [slice(0, size)]
        return [slice(t.start, t.stop) for t in self.tensors or () if self._decays(t.path)]

    def _decays(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return path not in self.paths and not any(word in name for word in self.words)
