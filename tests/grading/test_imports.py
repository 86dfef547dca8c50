"""What is imported when: NumPy alone in the browser, little in the child, nothing of the answers there."""

import subprocess
import sys

import pytest

STANDARD = "import sys, numpy, numpy.random\nbefore = set(sys.modules)\n{code}\n" \
           "names = {{name.partition('.')[0] for name in set(sys.modules) - before}}\n" \
           "print(sorted(names - set(sys.stdlib_module_names) - {{'course_lib', 'numpy'}}))"


GRADING = "\nimport sys\nprint(sorted(name for name in sys.modules if name.startswith('course_lib.grading')))"


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("code", [
    "from course_lib.grading import check, exercise, question, Result",
    "from course_lib.grading import check, specs\nfor item in specs.exercises().values(): check(item.solution)",
    "from course_lib.grading.specs import chapters\nfrom course_lib.grading.generate import notebook\n"
    "notebook(chapters()[0])",
    "import course_lib.cli, course_lib.grading.check_file, course_lib.grading.progress",
], ids=["names", "check", "generate", "cli"])
def test_numpy_and_the_standard_library_are_enough(code):
    assert python(STANDARD.format(code=code)).splitlines()[-1] == "[]"


def test_the_library_does_not_import_the_grading():
    assert python("import course_lib" + GRADING) == "[]"


def test_the_childs_modules_hold_no_answers():
    assert python("import course_lib.grading.child" + GRADING) == str([
        "course_lib.grading", "course_lib.grading.child", "course_lib.grading.files", "course_lib.grading.limits",
        "course_lib.grading.runner", "course_lib.grading.values"])


def test_it_works_without_signals_and_processes():
    """As in the browser: these modules exist there but cannot be used, so nothing imports them on the way."""
    code = "import sys\nfrom course_lib.grading import check\nsys.platform = 'emscripten'\n" \
           "for name in ('subprocess', 'signal', 'ctypes', 'threading'):\n    sys.modules[name] = None\n" \
           "from course_lib.grading import specs\nprint(check(specs.get('dense_backward').solution).verdict)"
    assert python(code).splitlines()[-1] == "passed"
