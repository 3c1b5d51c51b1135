import glob
import importlib.metadata
import importlib.util
import json
import os
import sys

# What Google's runtime has besides the standard library.
packages = []
for module in ["pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel"]:
    found = importlib.util.find_spec(module)
    if found and found.submodule_search_locations:
        packages.append(os.path.abspath(list(found.submodule_search_locations)[0]))
for name in ["pip", "setuptools", "wheel"]:
    try:
        metadata = getattr(importlib.metadata.distribution(name), "_path", None)
    except importlib.metadata.PackageNotFoundError:
        continue
    if metadata:
        packages.append(os.path.abspath(str(metadata)))
packages += [
    os.path.join(os.path.dirname(path), "distutils-precedence.pth")
    for path in packages
    if os.path.basename(path) == "setuptools"
]

# On what the answer depends, besides the interpreter: where packages are found, and what adds to that.
searched = [path for path in sys.path if os.path.isabs(path)]
searched += [path for directory in searched for path in glob.glob(os.path.join(directory, "*.pth"))]
searched.append(os.path.join(sys.prefix, "pyvenv.cfg"))

print(json.dumps({
    "version": ".".join(map(str, sys.version_info[:3])),
    "executable": sys.executable,
    "base": getattr(sys, "_base_executable", None) or sys.executable,
    "tag": sys.implementation.cache_tag,
    "packages": [path for path in packages if os.path.exists(path)],
    "searched": searched,
}))
