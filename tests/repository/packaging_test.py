#!/usr/bin/env python3
"""The recipes in tools/packaging: packaging_test.py ROOT CMAKE

Compares their versions with CMake's, and runs both with stand-ins for the functions of vcpkg and Conan. Then the test
doctors the files, and checks that it finds each of the faults."""
import fnmatch
import json
import os
import pathlib
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import types

ROOT = pathlib.Path(sys.argv[1]).resolve()
CMAKE = sys.argv[2]
PACKAGING = pathlib.Path("tools/packaging")
PORT = PACKAGING / "vcpkg/coweave"
RECIPE = PACKAGING / "conanfile.py"
# What CMake finds, and its name in each of the two. Only benchmarks need the package that is not here.
PACKAGES = {"GTest": ("gtest", "gtest"), "nlohmann_json": ("nlohmann-json", "nlohmann_json"),
            "CLI11": ("cli11", "cli11"), "valijson": ("valijson", "valijson")}
SYSTEM = {"Threads"}

PORT_FUNCTIONS = r"""
cmake_minimum_required(VERSION 3.22)
function(vcpkg_check_linkage)
endfunction()
function(vcpkg_check_features)
  cmake_parse_arguments(arg "" "OUT_FEATURE_OPTIONS" "FEATURES" ${ARGN})
  list(GET arg_FEATURES 1 option)
  set(${arg_OUT_FEATURE_OPTIONS} "-D${option}=ON" PARENT_SCOPE)
endfunction()
function(vcpkg_cmake_configure)
  cmake_parse_arguments(arg "" "SOURCE_PATH" "OPTIONS" ${ARGN})
  file(REAL_PATH "${arg_SOURCE_PATH}" source)
  message(STATUS "source ${source}")
  message(STATUS "options ${arg_OPTIONS}")
  set_property(GLOBAL PROPERTY configured ON)
endfunction()
function(vcpkg_cmake_install)
  get_property(configured GLOBAL PROPERTY configured)
  if(NOT configured)
    message(FATAL_ERROR "vcpkg_cmake_install before vcpkg_cmake_configure")
  endif()
endfunction()
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(arg "" "CONFIG_PATH" "" ${ARGN})
  message(STATUS "config ${arg_CONFIG_PATH}")
endfunction()
function(vcpkg_copy_tools)
  cmake_parse_arguments(arg "AUTO_CLEAN" "" "TOOL_NAMES" ${ARGN})
  message(STATUS "programs ${arg_TOOL_NAMES}")
endfunction()
function(vcpkg_install_copyright)
  cmake_parse_arguments(arg "" "" "FILE_LIST" ${ARGN})
  foreach(file IN LISTS arg_FILE_LIST)
    if(NOT EXISTS "${file}")
      message(FATAL_ERROR "there is no licence ${file}")
    endif()
  endforeach()
  message(STATUS "licence installed")
endfunction()
set(FEATURES core tools)
set(CURRENT_PACKAGES_DIR "${SCRATCH}/packages")
include("${PORTFILE}")
"""


def read(root, path):
    return (root / path).read_text(encoding="utf-8")


def options_of(root):
    return set(re.findall(r"^option\((COWEAVE_\w+)", read(root, "CMakeLists.txt"), re.MULTILINE))


def needed_packages(root):
    """Returns the names that CMake finds for the libraries and for the command."""
    text = read(root, "CMakeLists.txt") + read(root, "tools/CMakeLists.txt")
    return set(re.findall(r"^\s*find_package\((\w+)", text, re.MULTILINE)) - SYSTEM


def check_names(wanted, found, place):
    if wanted == found:
        return []
    return [f"{place}: expected {', '.join(sorted(wanted))}, found {', '.join(sorted(found))}"]


def check_port(root, version, scratch):
    manifest = json.loads(read(root, PORT / "vcpkg.json"))
    errors = []
    if manifest.get("version") != version:
        errors.append(f"vcpkg.json: expected the version {version}, found {manifest.get('version')}")
    if manifest.get("name") != "coweave" or manifest.get("license") != "MIT":
        errors.append("vcpkg.json: expected the name coweave and the licence MIT")
    dependencies = list(manifest["dependencies"])
    for feature in manifest["features"].values():
        dependencies += feature["dependencies"]
    names = {one for one in dependencies if isinstance(one, str)}
    needed = needed_packages(root)
    errors += [f"nothing is known of the package {name} that CMake finds" for name in needed - set(PACKAGES)]
    errors += check_names({PACKAGES[name][0] for name in needed & set(PACKAGES)}, names, "vcpkg.json, dependencies")
    if set(manifest["default-features"]) - set(manifest["features"]):
        errors.append("vcpkg.json: a default feature is not among the features")

    script = scratch / "port.cmake"
    script.write_text(PORT_FUNCTIONS, encoding="utf-8")
    done = subprocess.run([CMAKE, f"-DPORTFILE={root / PORT / 'portfile.cmake'}", f"-DSCRATCH={scratch}", "-P", script],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return errors + [f"portfile.cmake fails: {done.stderr.strip()}"]
    said = dict(line[3:].split(" ", 1) for line in done.stdout.splitlines() if line.startswith("-- "))
    if said.get("source") != str(root.resolve()):
        errors.append(f"portfile.cmake: expected the source {root.resolve()}, found {said.get('source')}")
    used = set(re.findall(r"-D(COWEAVE_\w+)=", said.get("options", "")))
    errors += [f"portfile.cmake: {name} is no option of CMakeLists.txt" for name in used - options_of(root)]
    if {"COWEAVE_BUILD_TESTS", "COWEAVE_BUILD_TOOLS"} - used:
        errors.append("portfile.cmake: expected it to say whether tests and tools are built")
    if said.get("config") != "lib/cmake/coweave" or said.get("programs") != "coweave" or "licence" not in said:
        errors.append("portfile.cmake: expected the package configuration, the command and the licence to be installed")
    return errors


def stand_ins(variables):
    """Returns modules in place of Conan's. What the recipe passes to CMake is added to `variables`."""
    class Recipe:
        pass

    class Toolchain:
        def __init__(self, _recipe):
            self.cache_variables = variables

        def generate(self):
            pass

    def copy(_recipe, pattern, src, dst):
        for folder, _, files in os.walk(src):
            for file in files:
                path = os.path.relpath(os.path.join(folder, file), src)
                if fnmatch.fnmatch(path, pattern):
                    target = os.path.join(dst, path)
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    shutil.copy(os.path.join(folder, file), target)

    def nothing(*_arguments, **_named):
        return types.SimpleNamespace(generate=lambda: None, configure=lambda: None, build=lambda: None,
                                     install=lambda: None)
    contents = {"conan": {"ConanFile": Recipe}, "conan.tools": {}, "conan.tools.build": {"check_min_cppstd": nothing},
                "conan.tools.cmake": {"CMake": nothing, "CMakeDeps": nothing, "CMakeToolchain": Toolchain,
                                      "cmake_layout": nothing},
                "conan.tools.files": {"copy": copy}}
    modules = {}
    for name, members in contents.items():
        modules[name] = types.ModuleType(name)
        modules[name].__dict__.update(members)
    return modules


def check_recipe(root, version, scratch, configure):
    """`configure`: whether CMake also configures what the recipe exports, which takes some seconds."""
    path = root / RECIPE
    try:
        py_compile.compile(str(path), cfile=str(scratch / "conanfile.pyc"), doraise=True)
    except py_compile.PyCompileError as error:
        return [f"conanfile.py does not compile: {error.msg.strip()}"]
    variables = {}
    modules = stand_ins(variables)
    sys.modules.update(modules)
    try:
        names = {}
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)  # pylint: disable=exec-used
    finally:
        for name in modules:
            del sys.modules[name]
    recipe = names["CoweaveConan"]()
    errors = []
    if recipe.version != version:
        errors.append(f"conanfile.py: expected the version {version}, found {recipe.version}")
    if recipe.name != "coweave" or recipe.license != "MIT":
        errors.append("conanfile.py: expected the name coweave and the licence MIT")

    required = []
    recipe.requires = lambda reference, **_named: required.append(reference.split("/")[0])
    recipe.options = types.SimpleNamespace(**recipe.default_options)
    recipe.folders = types.SimpleNamespace()
    recipe.recipe_folder = str(root / PACKAGING)
    recipe.export_sources_folder = recipe.source_folder = str(scratch / "exported")
    recipe.package_folder = str(scratch / "package")
    recipe.cpp_info = types.SimpleNamespace(set_property=lambda *_: None, builddirs=[])
    for step in ("layout", "export_sources", "requirements", "validate", "generate", "build", "package",
                 "package_info"):
        getattr(recipe, step)()
    if (root / PACKAGING / recipe.folders.root).resolve() != root.resolve():
        errors.append(f"conanfile.py: expected the folder of CMakeLists.txt as its root, found {recipe.folders.root}")
    errors += check_names({PACKAGES[name][1] for name in needed_packages(root) & set(PACKAGES)}, set(required),
                          "conanfile.py, requirements")
    errors += [f"conanfile.py: {name} is no option of CMakeLists.txt" for name in set(variables) - options_of(root)]
    exported = pathlib.Path(recipe.export_sources_folder)
    for wanted in ("CMakeLists.txt", "LICENSE", "framework/CMakeLists.txt", "primitives/CMakeLists.txt",
                   "tools/CMakeLists.txt", "tools/cmake/CoweaveInstall.cmake"):
        if not (exported / wanted).is_file():
            errors.append(f"conanfile.py: does not export {wanted}")
    if not (pathlib.Path(recipe.package_folder) / "licenses/LICENSE").is_file():
        errors.append("conanfile.py: does not package the licence")
    if configure and not errors:
        arguments = [f"-D{name}={'ON' if value else 'OFF'}" for name, value in variables.items()]
        done = subprocess.run([CMAKE, "-G", "Ninja", "-S", exported, "-B", scratch / "build", *arguments],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            errors.append(f"what conanfile.py exports is not configured: {done.stderr.strip()}")
    return errors


def check(root, configure=False):
    """Returns what is wrong with the recipes below `root`."""
    found = re.search(r"^project\(coweave VERSION ([0-9.]+)", read(root, "CMakeLists.txt"), re.MULTILINE)
    if not found:
        return ["CMakeLists.txt: expected project(coweave VERSION ...)"]
    version = found.group(1)
    errors = []
    listed = set(re.findall(r"^\| `([^`]+)` \|", read(root, PACKAGING / "README.md"), re.MULTILINE))
    files = {str(path.relative_to(root / PACKAGING)) for path in (root / PACKAGING).rglob("*")
             if path.is_file() and "__pycache__" not in path.parts} - {"README.md"}
    errors += check_names(files, listed, "tools/packaging/README.md, files")
    for path in files | {"README.md"}:
        if "://" in read(root, PACKAGING / path):
            errors.append(f"{path}: names a host")
    with tempfile.TemporaryDirectory() as scratch:
        folders = [pathlib.Path(scratch) / name for name in ("port", "recipe")]
        for folder in folders:
            folder.mkdir()
        try:
            errors += check_port(root, version, folders[0])
        except (ValueError, KeyError) as error:
            errors.append(f"vcpkg.json: {error!r}")
        errors += check_recipe(root, version, folders[1], configure)
    return errors


DOCTORED = (  # A file, what is replaced in it, by what, and a part of the error.
    (PORT / "vcpkg.json", '"version": "', '"version": "9.', "vcpkg.json: expected the version"),
    (PORT / "vcpkg.json", '"dependencies": [', '"dependencies": [,', "vcpkg.json: JSONDecodeError"),
    (PORT / "vcpkg.json", '"gtest",', "", "vcpkg.json, dependencies"),
    (PORT / "portfile.cmake", "COWEAVE_BUILD_EXAMPLES", "COWEAVE_BUILD_EXAMPELS", "is no option"),
    (PORT / "portfile.cmake", "/../../../..", "/../../..", "portfile.cmake fails"),
    (PORT / "portfile.cmake", "vcpkg_cmake_install()", "vcpkg_cmake_install(", "portfile.cmake fails"),
    (PORT / "portfile.cmake", "LICENSE", "LICENCE", "portfile.cmake fails"),
    (RECIPE, 'version = "', 'version = "9.', "conanfile.py: expected the version"),
    (RECIPE, "def layout(self):", "def layout(self)", "does not compile"),
    (RECIPE, '"primitives/*", ', "", "does not export primitives/CMakeLists.txt"),
    (RECIPE, "cli11/", "cli12/", "conanfile.py, requirements"),
    (RECIPE, "COWEAVE_BUILD_TESTS", "COWEAVE_BUILD_TEST", "is no option"),
    (RECIPE, 'root = "../.."', 'root = ".."', "as its root"),
    (PACKAGING / "README.md", "portfile.cmake` |", "port.cmake` |", "README.md, files"),
    (pathlib.Path("CMakeLists.txt"), "project(coweave VERSION ", "project(coweave VERSION 9.", "expected the version"),
    (pathlib.Path("tools/CMakeLists.txt"), "find_package(valijson", "find_package(json_schema", "nothing is known"),
)


def main():
    errors = check(ROOT, configure=True)
    if errors:
        sys.exit("\n".join(errors))
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch).resolve() / "coweave"
        for path in ("CMakeLists.txt", "LICENSE", "framework/CMakeLists.txt", "primitives/CMakeLists.txt",
                     "tools/CMakeLists.txt"):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, copy / path)
        for folder in (PACKAGING, pathlib.Path("tools/cmake")):
            shutil.copytree(ROOT / folder, copy / folder)
        if check(copy):
            sys.exit(f"expected an untouched copy to be fine, found {check(copy)}")
        for path, old, new, message in DOCTORED:
            text = read(copy, path)
            if old not in text:
                sys.exit(f"packaging_test.py: {path} has no {old!r} to doctor")
            (copy / path).write_text(text.replace(old, new), encoding="utf-8")
            found = check(copy)
            (copy / path).write_text(text, encoding="utf-8")
            if not any(message in error for error in found):
                sys.exit(f"{path} was doctored, expected an error with {message!r}, found {found}")
    print(f"the recipes are fine; {len(DOCTORED)} faults were found")


if __name__ == "__main__":
    main()
