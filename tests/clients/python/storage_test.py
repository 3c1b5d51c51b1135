"""Cloud Storage as Google's Python library sees it: runs every scenario below `storage_scenarios`.

The library finds the services through STORAGE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST, as it does for
users. SERVICE_ACCOUNTS is the local cloud's folder of accounts whose signatures it accepts
(`storage/service-accounts` in its data directory).
"""

import os
import sys
import unittest

assert "STORAGE_EMULATOR_HOST" in os.environ, "this script is for the local cloud"

from storage_scenarios import (  # noqa: E402 (the library reads the variable when it is imported)
    batches, buckets, copies, grpc, lists, notifications, preconditions, reads, signatures, uploads, versions,
)

MODULES = [
    buckets, uploads, reads, preconditions, copies, lists, versions, batches, signatures, notifications, grpc,
]


def main():
    loader = unittest.defaultTestLoader
    scenarios = unittest.TestSuite(loader.loadTestsFromModule(module) for module in MODULES)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(scenarios)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
