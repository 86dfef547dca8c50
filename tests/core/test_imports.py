"""What may import what: ``import course_lib`` needs NumPy alone, and imports run downward only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "course_lib"

# Each part imports from its own level and from those before it. Within a level: see SEPARATE.
LEVELS = [
    {"_checks", "_registry"},
    {"activations", "initializers", "losses", "metrics", "regularizers", "constraints", "schedules", "clipping",
     "newton"},
    {"layers", "optimizers", "datasets", "perceptron"},
    {"parameters", "chain", "stack", "batches", "storage", "saving", "callbacks", "training", "model", "models",
     "mc_dropout"},
    {"gradient_check", "parity", "grading", "widgets", "plots", "show", "kernels", "pretraining", "pruning",
     "quantization", "range_test", "wrappers", "claims"},
    {"cli", "__main__"},
]
SEPARATE = [{"layers", "optimizers"}, {"grading", "widgets"}]
ABOVE_ALL = {""}                        # course_lib/__init__.py
KERAS = {"tensorflow", "keras"}
OPTIONAL = {
    "matplotlib",
    "anywidget",
    "sklearn",
    "tensorflow",
    "keras",
    "dask",
    "tqdm",
    "IPython",
    "nbformat",
    "nbgrader",
    "traitlets",
}


def part(path: Path) -> str:
    """The name below course_lib: "layers" for layers/dense.py, "" for the package itself."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def level(name: str) -> int:
    found = [i for i, names in enumerate(LEVELS) if name in names]
    assert len(found) == 1, f"course_lib/{name} is new: say in LEVELS where it stands"
    return found[0]


class Imports(ast.NodeVisitor):
    """(module, line, at import time?) for each import; those under TYPE_CHECKING do not count."""

    def __init__(self, package):
        self.package, self.found, self.depth = package, [], 0

    def visit_FunctionDef(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_If(self, node):
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def visit_Import(self, node):
        self.found += [(alias.name, node.lineno, not self.depth) for alias in node.names]

    def visit_ImportFrom(self, node):
        parents = self.package.split(".")[:len(self.package.split(".")) + 1 - node.level] if node.level else []
        module = ".".join([*parents, *([node.module] if node.module else [])])
        names = [f"{module}.{alias.name}" for alias in node.names] if module == "course_lib" else [module]
        self.found += [(name, node.lineno, not self.depth) for name in names]


def complaints(importer: str, source: str, package: str = "course_lib") -> list[str]:
    visitor = Imports(package)
    visitor.visit(ast.parse(source))
    found = []
    for module, line, at_import in visitor.found:
        top = module.split(".")[0]
        if top in KERAS and importer != "parity":
            found.append(f"{importer}:{line} imports {module}: only parity may")
        if top in OPTIONAL and at_import and importer not in ("parity", "plots", "widgets", "wrappers"):
            found.append(f"{importer}:{line} imports {module} at import time; import it where it is used")
        if top != "course_lib" or importer in ABOVE_ALL:
            continue
        imported = (module.split(".") + [""])[1]
        names = {name for names in LEVELS for name in names}
        if imported not in names:                   # a name of the package itself, such as course_lib.Sequential
            if level("gradient_check") > level(importer):
                found.append(f"{importer}:{line} imports {module} from the package, which stands above it")
            continue
        if level(imported) > level(importer):
            found.append(f"{importer}:{line} imports {module}, which stands above it")
        if imported != importer and {imported, importer} in SEPARATE:
            found.append(f"{importer}:{line} imports {module}: these two do not know each other")
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downward(path):
    package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
    assert complaints(part(path), path.read_text(encoding="utf-8"), package) == []


@pytest.mark.parametrize(("importer", "source", "wrong"), [
    ("optimizers", "from course_lib.layers import Dense", "do not know each other"),
    ("optimizers", "from course_lib import layers", "do not know each other"),
    ("layers", "import course_lib.optimizers.sgd", "do not know each other"),
    ("grading", "def f():\n    from course_lib import widgets", "do not know each other"),
    ("activations", "from course_lib.layers.base import Layer", "stands above it"),
    ("losses", "from .model import Sequential", "stands above it"), ("layers", "from . import model",
     "stands above it"),
    ("losses", "from course_lib.model import Sequential", "stands above it"),
    ("model", "from course_lib import gradient_check", "stands above it"),
    ("model", "from course_lib import Sequential", "stands above it"),
    ("model", "import keras", "only parity may"), ("grading", "def f():\n    import tensorflow as tf",
     "only parity may"),
    ("callbacks", "from tqdm.auto import tqdm", "import it where it is used"),
    ("gradient_check", "from course_lib.cli import main", "stands above it"),
])
def test_the_rule_notices(importer, source, wrong):
    assert any(wrong in text for text in complaints(importer, source))


@pytest.mark.parametrize(("importer", "source"), [
    ("model", "from course_lib import losses, optimizers"), ("layers", "from course_lib import _checks, activations"),
    ("callbacks", "def f():\n    from tqdm.auto import tqdm"), ("parity", "import keras"), ("cli",
     "from course_lib import grading"),
    ("callbacks", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from course_lib.cli import main"),
])
def test_the_rule_allows(importer, source):
    assert complaints(importer, source) == []


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_import_needs_numpy_and_the_standard_library_alone():
    code = ("import sys, numpy, numpy.random\nbefore = set(sys.modules)\nimport course_lib\n"
            "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))")
    foreign = set(run(code).split()) - set(sys.stdlib_module_names) - {"course_lib", "numpy"}
    assert foreign == set()


def test_import_loads_no_random_generators():
    """NumPy loads them when they are first used; a type hint that is evaluated would double the library's own time."""
    code = ("import sys, numpy\nlazy = 'numpy.random' not in sys.modules\nimport course_lib\n"
            "print(lazy and 'numpy.random' in sys.modules)")
    assert run(code).strip() == "False"


def test_a_training_needs_no_more():
    """Digits, a model, silent and plain training: with everything optional made impossible to import."""
    code = f"""
import sys
for name in {sorted(OPTIONAL | {"scipy", "pandas", "mpmath"})}:
    sys.modules[name] = None
import course_lib as cl
(x, y), validation, test = cl.datasets.digits.load_splits()
m = cl.Sequential([cl.Input((64,)), cl.layers.Dense(30, activation="relu"), cl.layers.Dense(10, activation="softmax")])
m.compile(cl.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
m.fit(x, y, epochs=5, validation_data=validation)
assert m.evaluate(*test)[1] > 0.9
"""
    assert run(code).count("val_accuracy") == 5


def test_the_exercises_are_loaded_when_asked_for():
    assert run("import sys, course_lib; print('course_lib.grading' in sys.modules)").strip() == "False"


def test_public_names():
    import course_lib
    assert course_lib.__all__ == sorted(course_lib.__all__)
    for name in course_lib.__all__:
        assert getattr(course_lib, name) is not None
    with pytest.raises(AttributeError, match="module 'course_lib' has no attribute 'nonsense'"):
        _ = course_lib.nonsense
    for name in course_lib.LATER:
        assert getattr(course_lib, name).__name__ == f"course_lib.{name}"


def test_what_is_loaded_later():
    code = ("import sys, course_lib\nloaded = {n for n in course_lib.LATER if f'course_lib.{n}' in sys.modules}\n"
            "assert not loaded & {'wrappers', 'pretraining', 'pruning', 'quantization'}, loaded\n"
            "assert course_lib.wrappers.SKLearnClassifier and 'sklearn' in sys.modules")
    assert run(code) == ""


def test_wrappers_without_scikit_learn():
    code = ("import sys\nsys.modules['sklearn'] = sys.modules['sklearn.base'] = None\ntry:\n"
            "    from course_lib import wrappers\nexcept ImportError as error:\n    print(error)")
    assert run(code).strip() == 'the wrappers need scikit-learn: pip install "course_lib[student]"'
