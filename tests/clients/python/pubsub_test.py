"""Pub/Sub as Google's Python library sees it: runs every scenario below `pubsub_scenarios`.

The library finds the service through PUBSUB_EMULATOR_HOST, as it does for users. With
LONGSHORE_PEER=google, the peer is Google's own emulator. Then the scenarios in
`pubsub_scenarios.differences` have to fail, and all others have to succeed.
"""

import os
import sys
import unittest

from pubsub_scenarios import admin, delivery, differences, exactly_once, iam, ordering, push, replay, schemas

MODULES = [admin, delivery, ordering, exactly_once, replay, push, schemas, iam]


def main():
    assert "PUBSUB_EMULATOR_HOST" in os.environ, "this script is for the local cloud and for emulators"
    if os.environ.get("LONGSHORE_PEER") == "google":
        differences.expect_failures(MODULES)
    loader = unittest.defaultTestLoader
    scenarios = unittest.TestSuite(loader.loadTestsFromModule(module) for module in MODULES)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(scenarios)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
