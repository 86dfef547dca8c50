"""The names that the packages of functions and optimizers give: their classes and functions, no more and no less."""

from types import ModuleType

import pytest

from course_lib import activations, losses, optimizers

# Tables for the library's own use, and what a type hint needs.
INTERNAL = {"LAYERS_ONLY", "Any"}
MODULES = {"optimizers": {"schedules"}}         # where Keras has it


@pytest.mark.parametrize("package", [activations, losses, optimizers], ids=lambda package: package.__name__)
def test_all_lists_what_the_package_defines(package):
    defined = {name for name, value in vars(package).items()
               if not name.startswith("_") and not isinstance(value, ModuleType)} - INTERNAL
    assert sorted(package.__all__) == sorted(defined | MODULES.get(package.__name__.rpartition(".")[2], set()))


@pytest.mark.parametrize(("package", "registry"), [(losses, losses.LOSSES), (optimizers, optimizers.OPTIMIZERS)],
                         ids=["losses", "optimizers"])
def test_a_registered_class_has_a_public_name(package, registry):
    assert {cls.__name__ for cls in registry.values()} <= set(package.__all__)
