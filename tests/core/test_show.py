"""What a chapter shows of the library: the text of the file, and whose it is."""

import inspect

from course_lib import activations, initializers, layers
from course_lib.show import source


def test_methods_are_shown_as_they_are_in_the_file():
    shown = source(layers.Dense.forward, layers.Dense.backward)
    plain = repr(shown)
    assert plain.startswith("def forward(self, x, training=False):\n    ")
    assert "\n\n\ndef backward(self, da, input_gradient=True):\n    " in plain
    for line in inspect.getsource(layers.Dense.forward).splitlines():
        assert line.strip() in plain
    assert shown._repr_mimebundle_() == {
        "text/plain": plain,
        "text/markdown": "`Dense.forward`, `Dense.backward` from `course_lib/layers/dense.py`:\n\n"
                         f"```python\n{plain}\n```"}


def test_each_file_is_named_once_with_what_is_from_it():
    shown = source(activations.Tanh.backward, initializers.fans, activations.Sigmoid)
    assert shown.title == ("`Tanh.backward`, `Sigmoid` from `course_lib/activations/saturating.py`, "
                           "`fans` from `course_lib/initializers.py`")
