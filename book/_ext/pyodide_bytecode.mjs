// node pyodide_bytecode.mjs FOLDER WHEEL BUNDLE: starts Pyodide as a page does, checks one answer, and writes the
// bytecode of every module this has loaded into a zip archive: NAME OF THE ARCHIVE/PATH IN IT.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});

const [folder, wheel, bundle] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/`, packages: ["numpy"], stdout: () => {} });
python.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
const { packages } = JSON.parse(readFileSync(`${folder}/pyodide-lock.json`));
python.globals.set("archives", python.toPy({ numpy: packages.numpy.file_name, course_lib: basename(wheel) }));
python.runPython(`
import importlib.util, io, json, marshal, os, sys, zipfile, zipimport
from importlib.machinery import SourceFileLoader

from course_lib.grading.page import respond
from course_lib.grading.specs import exercises

name = next(iter(exercises()))
for do, code in ("check", f"def {name}(*arguments): return 0"), ("run", "1 / 0"), ("run", "1 +"):
    respond(json.dumps({"do": do, "name": name, "code": code, "before": []}), print)

UNCHECKED = (1).to_bytes(4, "little") + bytes(8)  # PEP 552: nobody compares it with its source

def place(module):
    """The archive that holds a module, and its bytecode's path there."""
    path = module.__file__
    if ".zip/" in path:  # where zipimport looks first
        return "python_stdlib.zip", path.partition(".zip/")[2].replace(".py", ".pyc")
    root = max((root for root in map(os.path.abspath, sys.path) if path.startswith(f"{root}/")), key=len)
    inside = path.removeprefix(f"{root}/")
    return archives[inside.partition("/")[0]], importlib.util.cache_from_source(inside)

bundle = io.BytesIO()
with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
    for module in [sys.modules[name] for name in sorted(sys.modules)]:
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        if isinstance(loader, (zipimport.zipimporter, SourceFileLoader)):
            code = compile(loader.get_source(module.__name__), module.__file__, "exec", dont_inherit=True)
            archive.writestr(zipfile.ZipInfo("/".join(place(module))),
                             importlib.util.MAGIC_NUMBER + UNCHECKED + marshal.dumps(code))
`);
writeFileSync(bundle, python.globals.get("bundle").getvalue().toJs());
