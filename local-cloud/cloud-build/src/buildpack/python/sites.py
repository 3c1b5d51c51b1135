import os
import site
import sys

# The layers of packages, relative to this environment. The first one comes first on `sys.path`.
for layer in [
    "../../google.python.pip/project",
    "../../google.python.pip/pip",
    "../../google.python.functions-framework/functions-framework",
    "packages",
]:
    directory = os.path.abspath(os.path.join(sys.prefix, layer))
    if os.path.isdir(directory):
        site.addsitedir(directory)
