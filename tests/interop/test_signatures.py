"""Names and defaults are Keras's, except where this table says so."""

import inspect

import pytest

import course_lib as cl

pytestmark = pytest.mark.keras

# (ours, argument): why it differs. "ours" is the name in course_lib; "*" any of its kind.
ONLY_HERE = {
    ("Sequential", "seed"): "Keras: keras.utils.set_random_seed, for everything at once",
    ("Sequential", "dtype"): "Keras: keras.backend.set_floatx, for everything at once",
    ("Sequential.__call__", "x"): "Keras: inputs; given by position",
    ("initializer call", "rng"): "Keras: a seed in the constructor",
    ("Layer.build", "rng"): "Keras: seeds in the initializers",
}
OTHER_DEFAULT = {
    ("Sequential", "name"): "Keras: None, which means sequential, numbered",
    ("Sequential.fit", "x"): "required here", ("Sequential.fit", "y"): "required here",
    ("Sequential.evaluate", "x"): "required here", ("Sequential.evaluate", "y"): "required here",
    ("Sequential.train_on_batch", "y"): "required here",
    ("Sequential.fit", "batch_size"): "Keras: None, which means 32",
    ("Sequential.evaluate", "batch_size"): "Keras: None, which means 32",
    ("Sequential.predict", "batch_size"): "Keras: None, which means 32",
    ("Sequential.evaluate", "verbose"): "Keras: 'auto'; silent here",
    ("Sequential.predict", "verbose"): "Keras: 'auto'; silent here",
    ("Sequential.train_on_batch", "return_dict"): "Keras: False; a dict with names here",
    ("Sequential.__call__", "training"): "Keras: None; False here",
    ("Input", "shape"): "required here",
    ("initializer call", "dtype"): "Keras: None, which means floatx; float32 here",
    ("Sequential.summary", "print_fn"): "Keras: None, which means print",
}
# Arguments that Keras takes as **kwargs and documents.
KWARGS = {"name": None, "trainable": True, "dtype": None}


def pairs(keras):
    yield "Sequential", cl.Sequential, keras.Sequential
    for method in (
        "add",
        "build",
        "compile",
        "fit",
        "evaluate",
        "predict",
        "train_on_batch",
        "get_weights",
        "set_weights",
        "get_layer",
        "count_params",
        "summary",
        "__call__",
    ):
        yield (
            f"Sequential.{method}",
            getattr(cl.Sequential, method),
            getattr(keras.Sequential, "call" if method == "__call__" else method),
        )
    yield "Input", cl.Input, keras.Input
    for name, cls in cl.layers.LAYERS.items():
        yield name, cls, getattr(keras.layers, name)
    for name in ("build", "get_weights", "set_weights", "count_params"):
        yield f"Layer.{name}", getattr(cl.layers.Layer, name), getattr(keras.layers.Layer, name)
    for cls in cl.optimizers.OPTIMIZERS.values():
        yield cls.__name__, cls, getattr(keras.optimizers, cls.__name__)
    for cls in set(cl.losses.LOSSES.values()):
        yield cls.__name__, cls, getattr(keras.losses, cls.__name__)
    for cls in cl.initializers.INITIALIZERS.values():
        yield cls.__name__, cls, getattr(keras.initializers, cls.__name__)
    yield "initializer call", cl.initializers.Initializer.__call__, keras.initializers.Initializer.__call__
    for hook in vars(cl.callbacks.Callback):
        if hook.startswith(("on_", "set_")):
            yield f"Callback.{hook}", getattr(cl.callbacks.Callback, hook), getattr(keras.callbacks.Callback, hook)


def arguments(thing):
    thing = thing.__init__ if isinstance(thing, type) else thing
    return {name: p.default for name, p in inspect.signature(thing).parameters.items()
            if name != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}


def test_signatures(keras):
    wrong, used = [], set()
    for name, ours, theirs in pairs(keras):
        mine, others = arguments(ours), arguments(theirs)
        if name in cl.layers.LAYERS:
            others = {**others, **KWARGS}
        for argument, default in mine.items():
            key = (name, argument)
            if argument not in others:
                if key not in ONLY_HERE:
                    wrong.append(f"{name}({argument}=): Keras has no such argument")
                used.add(key)
            elif default != others[argument]:
                if key not in OTHER_DEFAULT:
                    wrong.append(f"{name}({argument}={default!r}): Keras's default is {others[argument]!r}")
                used.add(key)
    assert not wrong, "\n".join(wrong)
    stale = (set(ONLY_HERE) | set(OTHER_DEFAULT)) - used
    assert stale == set(), "listed as different, but no longer is"


def test_positional_order(keras):
    """What both have comes in the same order, so that positional arguments mean the same (compile: see its table)."""
    for name, ours, theirs in pairs(keras):
        mine, others = list(arguments(ours)), list(arguments(theirs))
        common = [a for a in mine if a in others]
        assert common == [a for a in others if a in common], name


@pytest.mark.parametrize("registry", ["activations", "initializers", "losses", "metrics", "optimizers"])
def test_names(keras, registry):
    """Every string we know, Keras knows."""
    table = getattr(cl, registry)
    table = getattr(table, registry.upper())
    for name in table:
        # "identity" is ours; "accuracy" only compile understands; "constant" Keras's get knows and fails to make.
        if name not in ("identity", "accuracy", "constant"):
            assert getattr(keras, registry).get(name) is not None, name


def test_docstrings_say_where_a_default_differs():
    """Section by section: the word Keras stands in the docstring of every method with another default."""
    for name, _ in OTHER_DEFAULT:
        if name in ("Sequential.evaluate", "Sequential.predict", "Sequential.train_on_batch"):
            assert "Keras" in getattr(cl.Sequential, name.split(".")[1]).__doc__
