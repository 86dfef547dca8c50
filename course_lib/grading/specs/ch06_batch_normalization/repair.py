"""The repair at the end of part II: a training run with faults of chapters 4 to 6. Judged by its properties.

Its faults look ordinary, and what looks like a fault does no harm: who reads without measuring mends the wrong things.
"""

import inspect

from ...judges import Fault, Properties
from ...spec import Case, Exercise, Misconception
from . import runs

LOWER = 3                   # layers before the equal ones
DEPTH = 10                  # of the case whose run is trained
DEAD = 0.9                  # a layer with a larger share of silent units is dead
FADED = 0.1                 # the last of the equal layers varies less than this, relative to the first
LEFT_OVER = 1 / 3           # a larger share of the moving statistics' start is too much
LEARNED = 0.75              # validation accuracy


# --- what a good student writes


def repaired_run(width, depth):
    hidden = {"layer": "Dense", "units": width, "activation": "relu", "kernel_initializer": "he_normal"}
    large = {"name": "random_normal", "config": {"stddev": 1.0}}
    return {
        "layers": [
            {"layer": "Dense", "units": width, "kernel_initializer": large, "bias_initializer": -5.0},
            {"layer": "BatchNormalization", "momentum": 0.9},
            {"layer": "Activation", "activation": "tanh"},
            *[hidden] * depth,
            {"layer": "Dense", "units": 10, "activation": "softmax"},
        ],
        "learning_rate": 0.05, "batch_size": 32, "epochs": 10,
        "training_at_prediction": False,
    }


# --- what the student is given


def failing_run(width, depth):
    hidden = {"layer": "Dense", "units": width, "activation": "relu", "bias_initializer": -0.3}
    large = {"name": "random_normal", "config": {"stddev": 1.0}}
    return {
        "layers": [
            {"layer": "Dense", "units": width, "kernel_initializer": large, "bias_initializer": -5.0},
            {"layer": "BatchNormalization", "momentum": 0.999},
            {"layer": "Activation", "activation": "tanh"},
            *[hidden] * depth,
            {"layer": "Dense", "units": 10, "activation": "softmax"},
        ],
        "learning_rate": 0.05, "batch_size": 32, "epochs": 10,
        "training_at_prediction": False,
    }


# --- another repair, as the reference: other activation, other start, same properties


def reference(width, depth):
    hidden = {"layer": "Dense", "units": width, "activation": "selu", "kernel_initializer": "lecun_normal"}
    run = repaired_run(width, depth)
    return {**run, "layers": [*run["layers"][:LOWER], *[hidden] * depth, run["layers"][-1]]}


# --- cases


def cases(rng):
    yield Case((int(rng.choice([50, 60])), DEPTH))
    yield Case((int(rng.integers(45, 75)), DEPTH + 2))


# --- the properties, in the order in which they are judged


def properties(case, run):
    try:
        runs.require_run(run)
        return _properties(case, run)
    except runs.Unusable as error:
        return Fault("The description cannot be built.", got=str(error), kind="structure")


def _properties(case, run):
    for judge in (_same_task, _alive, _carries, _prediction, _settled, _harmless_kept, _learns):
        if fault := judge(case, run):
            return fault
    return None


def _outline(run):
    return ([(entry["layer"], entry.get("units")) for entry in run["layers"]], run["batch_size"], run["epochs"],
            run["layers"][-1].get("activation"))


def _same_task(case, run):
    wanted, got = _outline(repaired_run(*case.arguments)), _outline(run)
    if wanted == got:
        return None
    return Fault("The run has other layers, or another budget.",
                 f"{len(wanted[0])} layers, batches of {wanted[1]}, {wanted[2]} epochs, softmax at the end",
                 f"{len(got[0])} layers, batches of {got[1]}, {got[2]} epochs, {got[3]} at the end"
                 if wanted[0] != got[0] or wanted[1:] != got[1:] else "", "changes-the-task")


def _alive(case, run):
    share, _ = runs.measured(run)
    return None if share < DEAD else Fault(
        "Before training there is a layer whose units give the same output for every image.",
        "units that respond to the images", f"{share:.0%} of the units of a layer do not", "dead-units")


def _carries(case, run):
    _, depth = case.arguments
    _, ratio = runs.measured(run)
    return None if FADED < ratio < 1 / FADED else Fault(
        f"Before training the signal does not keep its size through the {depth} equal layers.",
        "the last varies about as much as the first", f"{ratio:.1g} times as much", "initializer-does-not-fit")


def _prediction(case, run):
    return Fault("An image's prediction depends on the images beside it.",
                 label="predicts-with-batch-statistics") if run["training_at_prediction"] else None


def _settled(case, run):
    (normalization,) = (entry for entry in run["layers"] if entry["layer"] == "BatchNormalization")
    share = normalization.get("momentum", 0.99) ** runs.steps(run)
    return None if share < LEFT_OVER else Fault(
        f"After {runs.steps(run)} steps the moving statistics still hold mostly what they started with.",
        "a small share", f"{share:.0%} of the start", "statistics-not-settled")


def _harmless_kept(case, run):
    wanted, got = failing_run(*case.arguments)["layers"][0], run["layers"][0]
    return None if got == wanted else Fault(
        "The layer in front of the normalization was changed, and it did no harm.", repr(wanted), repr(got),
        "mends-the-harmless")


def _learns(case, run):
    if case.arguments[1] != DEPTH:
        return None
    accuracy = runs.accuracy(run)
    return None if accuracy > LEARNED else Fault(
        "The run is trained, and does not learn enough.", f"more than {LEARNED:.0%} of the validation images right",
        f"{accuracy:.0%}", "does-not-learn")


# --- mistakes: each leaves one of the faults, or repairs too much


def _left(edit):
    """The repaired run, with something put back or broken."""
    def wrong(width, depth):
        run = repaired_run(width, depth)
        run["layers"] = [dict(entry) for entry in run["layers"]]
        lower, hidden, output = run["layers"][:LOWER], run["layers"][LOWER:-1], run["layers"][-1]
        edit(run, hidden, *lower, output)
        return run

    return wrong


def _hidden(**arguments):
    return _left(lambda run, hidden, *_: [entry.update(arguments) for entry in hidden])


def _momentum(value):
    return _left(lambda run, hidden, dense, normalization, *_: normalization.update(momentum=value))


def _set(**settings):
    return _left(lambda run, *_: run.update(settings))


def without_the_normalization(width, depth):
    run = repaired_run(width, depth)
    return {**run, "layers": [entry for entry in run["layers"] if entry["layer"] != "BatchNormalization"]}


def normalizes_everywhere(width, depth):
    run = repaired_run(width, depth)
    more = [layer for entry in run["layers"][LOWER:-1] for layer in (entry, {"layer": "BatchNormalization"})]
    return {**run, "layers": [*run["layers"][:LOWER], *more, run["layers"][-1]]}


def right_with_elu(width, depth):
    hidden = {"layer": "Dense", "units": width, "activation": "elu", "kernel_initializer": "he_uniform"}
    return {
        "layers": [
            failing_run(width, depth)["layers"][0],
            {"layer": "BatchNormalization", "momentum": 0.95, "epsilon": 1e-5},
            {"layer": "Activation", "activation": "relu"},
            *[hidden] * depth,
            {"layer": "Dense", "units": 10, "activation": "softmax", "kernel_initializer": "glorot_normal"},
        ],
        "learning_rate": 0.03, "batch_size": 32, "epochs": 10, "training_at_prediction": False,
    }


def right_with_the_default_momentum(width, depth):
    run = repaired_run(width, depth)
    run["layers"][1] = {"layer": "BatchNormalization"}
    return run


def right_with_zeros_written_out(width, depth):
    run = repaired_run(width, depth)
    run["layers"] = [*run["layers"][:LOWER],
                     *({**entry, "bias_initializer": "zeros"} for entry in run["layers"][LOWER:])]
    return run


def mends_what_looks_wrong(width, depth):
    """The repaired run, with the first layer as chapter 4 would have it."""
    run = repaired_run(width, depth)
    return {**run, "layers": [{"layer": "Dense", "units": width, "use_bias": False}, *run["layers"][1:]]}


def mends_the_first_layer_only(width, depth):
    run = failing_run(width, depth)
    return {**run, "layers": [{"layer": "Dense", "units": width}, *run["layers"][1:]]}


REPAIRED_RUN = Exercise(
    name="repaired_run", number=0, chapter="06_batch_normalization", core=True, level=3, minutes=30, points=4,
    title="Repair this training run",
    prompt=f"""
A training run on the digits, described in Keras's words. It gets the grey levels as they are, from 0 to 16: the
normalization takes the place of standardising. It should recognise nine digits of ten, and it recognises one.

```python
{inspect.getsource(failing_run)}```

A number in the place of an initializer is the value that every entry starts with. `training_at_prediction` says with
which value of `training` the trained network is called, for one image at a time. Several arguments are at fault, or
missing, and one fault hides the next. Two others look worse than any of these and do no harm. So do not go by looks:
build the network, send the images through it, mend what the numbers convict, and look again. Hand in the repaired
function under the name `repaired_run`. Arguments of layers may change, appear or go, but the harmless ones stay as they
are. The layers, their order and their sizes stay, and so do `batch_size` and `epochs`.

Your run is built and measured before training: do all layers respond to the images, does the signal keep its size?
Then it is trained on the 1,047 training images and has to get more than 75 % of the validation images right. The
report names the first fault that it finds.
""",
    arguments={"width": "int, the units of each hidden layer", "depth": "int, the number of equal layers"},
    returns="a dict of the same form, for any width and depth",
    hints=("Before training, layer by layer: what share of the units responds to the images, and how much do the sums "
           "vary? Look again after each repair.",
           "After training, compare the accuracy on the same images in both modes. One epoch has 33 steps.",
           "Which arguments of the first layer can still be seen behind the normalization? Change them and measure "
           "what leaves it."),
    explanation="The biases of -0.3 silence the units layer by layer: each layer passes less, and the same bias weighs "
                "more. Without them the signal fades, since ReLU units start with Glorot's weights where nothing else "
                "is said. And 0.999 to the power 330 is 72 %: in training all is well, at inference it is not. "
                "The large kernel and the bias of -5 stand in front of the normalization, which takes both out.",
    solution=repaired_run, reference=reference, cases=cases, judge=Properties(properties), start=failing_run,
    variants=(right_with_elu, right_with_the_default_momentum, right_with_zeros_written_out),
    misconceptions=(
        Misconception("changes-the-task", "The layers, their sizes or the budget are changed. Repair the run that was "
                      "given: arguments may change, the plan may not.",
                      (without_the_normalization, normalizes_everywhere, _set(epochs=60), _set(batch_size=8),
                       _hidden(units=200))),
        Misconception("dead-units", "Units are dead before training begins. Their z is below 0 for every image, so "
                      "they put out 0 and get no gradient; something pushes it there.",
                      (failing_run, mends_the_first_layer_only, _hidden(bias_initializer=-0.3),
                       _hidden(bias_initializer=-30.0), _hidden(kernel_initializer="zeros"))),
        Misconception("initializer-does-not-fit", "The weights start too small or too large for this activation, and "
                      "the signal fades or explodes from layer to layer. Chapter 4 has the table.",
                      (_hidden(kernel_initializer="glorot_uniform"), _hidden(kernel_initializer="lecun_normal"),
                       _hidden(kernel_initializer="random_normal"),
                       _hidden(kernel_initializer={"name": "random_normal", "config": {"stddev": 1.0}}))),
        Misconception("predicts-with-batch-statistics", "The network predicts in training mode, with the statistics of "
                      "the batch it is given. A single image would get the same answer as any other.",
                      (_set(training_at_prediction=True),)),
        Misconception("statistics-not-settled", "The momentum of the normalization is too near 1 for so few steps: at "
                      "prediction its moving statistics are still mostly what they started with.",
                      (_momentum(0.999), _momentum(0.9999), _momentum(0.998))),
        Misconception("mends-the-harmless", "A normalization follows the first layer. It takes out the bias with the "
                      "mean, and the size of the kernel with the deviation, so neither was a fault. Leave that layer "
                      "as it was.",
                      (mends_what_looks_wrong,
                       _left(lambda run, hidden, dense, *_: dense.update(bias_initializer="zeros")),
                       _left(lambda run, hidden, dense, *_: dense.update(kernel_initializer="glorot_uniform")))),
        Misconception("does-not-learn", "No fault of the plan is left, and still the run does not learn in time. Look "
                      "at what you have changed besides.",
                      (_set(learning_rate=1e-5), _set(learning_rate=1000.0),
                       _left(lambda run, hidden, dense, normalization, activation, output:
                             output.update(trainable=False, kernel_initializer="zeros")))),
    ),
)
