"""Names and defaults are Keras's, except where this table says so."""

import inspect
import re

import pytest

import course_lib as cl
from course_lib.parity.comparison import public
from course_lib.parity.ledger import AREAS
from course_lib.parity.left_out import LEFT_OUT, by_owner

pytestmark = pytest.mark.keras

# (ours, argument): why it differs. "ours" is the name in course_lib; "*" any of its kind.
ONLY_HERE = {
    ("Sequential", "seed"): "Keras: keras.utils.set_random_seed, for everything at once",
    ("Sequential", "dtype"): "Keras: keras.backend.set_floatx, for everything at once",
    ("Sequential.__call__", "x"): "Keras: inputs; given by position",
    ("initializer call", "rng"): "Keras: a seed in the constructor",
    ("Layer.build", "rng"): "Keras: seeds in the initializers",
    ("Sequential.save", "path"): "Keras: filepath; given by position",
    ("load_model", "path"): "Keras: filepath; given by position",
    ("Adam", "epsilon_mode"): "where epsilon stands", ("AdamW", "epsilon_mode"): "where epsilon stands",
    ("Nadam", "momentum_schedule"): "which form",
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
    ("Sequential.test_on_batch", "y"): "required here",
    ("Sequential.test_on_batch", "return_dict"): "Keras: False; a dict with names here",
    ("PReLU", "alpha_initializer"): "Keras: 'Zeros', the same",
    ("Sequential.__call__", "training"): "Keras: None; False here",
    ("Input", "shape"): "required here",
    ("initializer call", "dtype"): "Keras: None, which means floatx; float32 here",
    ("Sequential.summary", "print_fn"): "Keras: None, which means print",
}
METHODS = ("add", "build", "compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "get_weights",
           "set_weights", "get_layer", "count_params", "summary", "save", "__call__")
# Classes that Keras does not have: the ledger says why. AutoAccuracy is what compile makes of "accuracy" there.
ONLY_OURS = {name for area in AREAS for name in area.ours} | {
    "AutoAccuracy", "Crossentropy", "PowerDecay", "SigmoidGlorotNormal", "SigmoidGlorotUniform", "StepDecay"}
# Arguments that Keras takes as **kwargs and documents.
KWARGS = {"name": None, "trainable": True, "dtype": None}


def pairs(keras):
    yield "Sequential", cl.Sequential, keras.Sequential
    for method in METHODS:
        theirs = "call" if method == "__call__" else method
        yield f"Sequential.{method}", getattr(cl.Sequential, method), getattr(keras.Sequential, theirs)
    yield "Input", cl.Input, keras.Input
    for name in ("build", "get_weights", "set_weights", "count_params"):
        yield f"Layer.{name}", getattr(cl.layers.Layer, name), getattr(keras.layers.Layer, name)
    yield "initializer call", cl.initializers.Initializer.__call__, keras.initializers.Initializer.__call__
    for hook in vars(cl.callbacks.Callback):
        if hook.startswith(("on_", "set_")):
            yield f"Callback.{hook}", getattr(cl.callbacks.Callback, hook), getattr(keras.callbacks.Callback, hook)
    for name in ("clone_model", "load_model"):
        yield name, getattr(cl.models, name), getattr(keras.models, name)
    yield ("Optimizer.exclude_from_weight_decay", cl.optimizers.Optimizer.exclude_from_weight_decay,
           keras.optimizers.Optimizer.exclude_from_weight_decay)
    for method in ("update_state", "result", "reset_state"):
        yield f"Metric.{method}", getattr(cl.metrics.MeanMetricWrapper, method), \
            getattr(keras.metrics.MeanMetricWrapper, method)
    for module, base, there in (
            (cl.layers, cl.layers.Layer, keras.layers), (cl.optimizers, cl.optimizers.Optimizer, keras.optimizers),
            (cl.losses, cl.losses.Loss, keras.losses), (cl.metrics, cl.metrics.Metric, keras.metrics),
            (cl.initializers, cl.initializers.Initializer, keras.initializers),
            (cl.regularizers, cl.regularizers.Regularizer, keras.regularizers),
            (cl.constraints, cl.constraints.Constraint, keras.constraints),
            (cl.callbacks, cl.callbacks.Callback, keras.callbacks),
            (cl.schedules, cl.schedules.LearningRateSchedule, keras.optimizers.schedules)):
        for name in public(module, base):
            if name not in ONLY_OURS:
                yield name, getattr(module, name), getattr(there, name)


def arguments(thing):
    thing = thing.__init__ if isinstance(thing, type) else thing
    return {name: p.default for name, p in inspect.signature(thing).parameters.items()
            if name != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}


def test_signatures(keras):
    wrong, used, absent = [], set(), {}
    for name, ours, theirs in pairs(keras):
        mine, others = arguments(ours), arguments(theirs)
        if name in cl.layers.LAYERS:
            others = {**others, **KWARGS}
            mine = {**mine, **KWARGS}
        missing = set(others) - set(mine)
        absent.setdefault(name, set()).update(missing)
        if unsaid := missing - by_owner().get(name, set()):
            wrong.append(f"{name}: without Keras's {', '.join(sorted(unsaid))}")
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
    for entry in LEFT_OUT:
        assert set(entry.owners) <= set(absent), entry
        for argument in entry.arguments:
            assert any(argument in absent[owner] for owner in entry.owners), (entry, argument)


def test_positional_order(keras):
    """What both have comes in the same order, so that positional arguments mean the same (compile: see its table)."""
    for name, ours, theirs in pairs(keras):
        mine, others = list(arguments(ours)), list(arguments(theirs))
        common = [a for a in mine if a in others]
        assert common == [a for a in others if a in common], name


# Names of ours; "accuracy", which only compile understands; "constant", which Keras's get knows and fails to make;
# "l1_l2", which Keras's docstring knows.
OUR_NAMES = {"identity", "step", "heaviside", "sign", "sigmoid_glorot_normal", "sigmoid_glorot_uniform", "accuracy",
             "constant", "l1_l2"}


@pytest.mark.parametrize("registry", ["activations", "constraints", "initializers", "losses", "metrics", "optimizers",
                                      "regularizers"])
def test_names(keras, registry):
    """A string that Keras knows too names the same thing there."""
    table = getattr(getattr(cl, registry), registry.upper())
    for name in table.keys() - OUR_NAMES:
        theirs = getattr(keras, registry).get(name)
        kind = theirs.__name__ if isinstance(theirs, type) or callable(getattr(theirs, "__get__", None)) else \
            type(theirs).__name__
        ours = table[name].name if registry == "activations" else table[name].__name__
        same = {ours, cl.losses.LOSSES[name].name} if registry == "losses" else {ours}
        assert kind in same, (name, kind, ours)


@pytest.mark.parametrize("registry", ["constraints", "initializers", "losses", "metrics", "optimizers", "regularizers"])
def test_names_of_classes(keras, registry):
    """A string may name the class, as in Keras."""
    ours, theirs = getattr(cl, registry), getattr(keras, registry)
    for cls in {cls for cls in getattr(ours, registry.upper()).values() if cls.__name__ not in ONLY_OURS}:
        if cls is cl.initializers.Constant:         # Keras's get knows it and fails to make it
            continue
        made = ours.get(cls.__name__)
        assert type(made) is cls and repr(made) == repr(cls())
        assert type(theirs.get(cls.__name__)).__name__ == cls.__name__
        if registry == "metrics":                   # Keras numbers its names
            assert re.fullmatch(rf"{made.name}(_\d+)?", theirs.get(cls.__name__).name)


def test_docstrings_say_where_a_default_differs():
    """Section by section: the word Keras stands in the docstring of every method with another default."""
    for name, _ in OTHER_DEFAULT:
        if name in ("Sequential.evaluate", "Sequential.predict", "Sequential.train_on_batch"):
            assert "Keras" in getattr(cl.Sequential, name.split(".")[1]).__doc__
