"""What Keras takes and this library does not, and what does the same here."""

from dataclasses import dataclass

from course_lib import initializers, losses, metrics, optimizers


@dataclass(frozen=True)
class LeftOut:
    """Arguments that the named classes, functions and methods do not have, and what to do instead."""

    owners: tuple[str, ...]
    arguments: tuple[str, ...]
    instead: str
    all_of: str = ""                    # what the page says in place of many owners


def _left_out(owners: str, arguments: str, instead: str) -> LeftOut:
    return LeftOut(tuple(owners.split()), tuple(arguments.split()), instead)


def _of_all(what: str, classes: list[type], arguments: str, instead: str) -> LeftOut:
    return LeftOut(tuple(dict.fromkeys(c.__name__ for c in classes)), tuple(arguments.split()), instead, what)


_SCALED = [c for c in initializers.INITIALIZERS.values()
           if issubclass(c, initializers.VarianceScaling) and not c.__name__.startswith("SigmoidGlorot")]
_METRICS = [metrics.Mean, metrics.MeanMetricWrapper,
            *(c for c in metrics.METRICS.values() if c is not metrics.AutoAccuracy)]

LEFT_OUT = [
    _left_out("Sequential.compile", "loss_weights auto_scale_loss", "A model has one output and one loss, in float32 "
              "or float64."),
    _left_out("Sequential.compile", "run_eagerly steps_per_execution jit_compile", "Nothing is compiled: every line "
              "runs as it is written."),
    _left_out("Sequential.fit", "steps_per_epoch validation_steps", "An epoch is one pass through the arrays; give "
              "`fit` a part of them, or write the loop with `train_on_batch`."),
    _left_out("Sequential.evaluate Sequential.predict", "steps", "Give a part of the rows."),
    _left_out("Sequential.add", "rebuild", "The model is built when its input shape is known."),
    _left_out("Sequential", "trainable", "Set `trainable` of the layers."),
    _left_out("Sequential.summary", "line_length positions expand_nested show_trainable layer_range",
              "`summary` prints one table."),
    _left_out("Sequential.save load_model", "filepath", "It is called `path` here, and comes first as in Keras."),
    _left_out("Sequential.save", "overwrite zipped", "A file of the same name is replaced, once the new one is "
              "complete."),
    _left_out("load_model", "custom_objects compile safe_mode", "A file holds layers of this library only, and never "
              "code. The optimizer comes back with them."),
    _left_out("Sequential.__call__", "inputs mask", "The input is called `x`, and comes first. Sequences with a mask "
              "are not part of the course."),
    _left_out("clone_model", "input_tensors call_function recursive", "Every layer is made anew from its "
              "configuration."),
    _left_out("Input", "batch_size dtype sparse ragged batch_shape tensor optional", "Rows are never fixed; `dtype` is "
              "the model's."),
    _left_out("Dense", "activity_regularizer", "Penalties are on weights only."),
    _left_out("Dense", "lora_rank lora_alpha quantization_config", "Quantization of a whole model: `quantization`."),
    _left_out("BatchNormalization", "renorm renorm_clipping renorm_momentum synchronized", "Not part of the course."),
    _left_out("Flatten", "data_format", "Rows first, as in the default."),
    _left_out("BackupAndRestore", "double_checkpoint", "The old backup stays until the new one is complete."),
    _of_all("Optimizers", list(optimizers.OPTIMIZERS.values()), "use_ema ema_momentum ema_overwrite_frequency",
            "Averages of the weights are not part of the course."),
    _of_all("Optimizers", list(optimizers.OPTIMIZERS.values()), "loss_scale_factor", "It is for float16, which does "
            "not occur here."),
    _of_all("Optimizers", list(optimizers.OPTIMIZERS.values()), "gradient_accumulation_steps", "Take larger batches: "
            "the mean gradient is the same."),
    _left_out("RandomNormal TruncatedNormal RandomUniform Orthogonal", "seed", "The call takes a generator, and "
              "`Sequential(seed=...)` hands one to every layer."),
    _of_all("Initializers of given variance", _SCALED, "seed", "As `RandomNormal`."),
    _of_all("Initializers of given variance", _SCALED, "input_axes output_axes", "The kernel's axes are Keras's "
            "usual ones."),
    _of_all("Losses", list(losses.LOSSES.values()), "reduction", "A loss is the mean over the batch, with a "
            "factor for each row in `sample_weight`. For the values of the rows see `per_sample`."),
    _of_all("Losses", list(losses.LOSSES.values()), "name dtype", "The name is the class's, the dtype that of the "
            "predictions."),
    _of_all("Losses", list(losses.LOSSES.values()), "axis ignore_class", "Classes are along the last axis, and all "
            "count."),
    _of_all("Metrics", _METRICS, "dtype axis ignore_class from_sorted_ids", "As for the losses."),
]


def by_owner() -> dict[str, set[str]]:
    """The arguments that each class, function or method does without."""
    found: dict[str, set[str]] = {}
    for entry in LEFT_OUT:
        for owner in entry.owners:
            found.setdefault(owner, set()).update(entry.arguments)
    return found
