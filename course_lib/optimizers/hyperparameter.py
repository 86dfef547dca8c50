"""The settings of an optimizer: assigned in its constructor or during training, and checked each time."""

from typing import Any

from course_lib import _checks

CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


class Hyperparameter:
    """A class attribute that makes the instance's attribute of the same name a float within bounds.

    low, high, open_low: as in ``_checks.number``; the upper bound is not included. optional: None is allowed.
    """

    def __init__(self, low: float = 0.0, high: float | None = None, open_low: bool = False, optional: bool = False):
        self.low, self.high, self.open_low, self.optional = low, high, open_low, optional

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: Any, owner: type | None = None) -> Any:
        return self if optimizer is None else optimizer.__dict__[self.name]

    def __set__(self, optimizer: Any, value: Any) -> None:
        if value is not None or not self.optional:
            value = _checks.number(type(optimizer).__name__, self.name, value, self.low, self.high, self.open_low)
        optimizer.__dict__[self.name] = value


class ClippingLimit(Hyperparameter):
    """A positive number or None; of the kinds of clipping, one can be in use."""

    def __init__(self) -> None:
        super().__init__(open_low=True, optional=True)

    def __set__(self, optimizer, value):
        others = {name: optimizer.__dict__.get(name) for name in CLIPPING if name != self.name}
        for name, other in others.items():
            if value is not None and other is not None:
                raise ValueError(f"{type(optimizer).__name__}: only one of {', '.join(CLIPPING)} can be set, "
                                 f"got {name}={other!r} and {self.name}={value!r}")
        super().__set__(optimizer, value)


class Option:
    """A class attribute that makes the instance's attribute of the same name one of a few words."""

    def __init__(self, *words: str):
        self.words = words

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: Any, owner: type | None = None) -> Any:
        return self if optimizer is None else optimizer.__dict__[self.name]

    def __set__(self, optimizer: Any, value: Any) -> None:
        optimizer.__dict__[self.name] = _checks.lookup(f"{self.name} of {type(optimizer).__name__}", value,
                                                       {word: word for word in self.words})


def fraction() -> Hyperparameter:
    """A number in [0, 1), such as a momentum or the weight of an average's past."""
    return Hyperparameter(high=1.0)


def positive() -> Hyperparameter:
    """A number above 0."""
    return Hyperparameter(open_low=True)
