"""Cloud Storage as Google's Python library sees it. Run as `python tests/clients/python/storage`, with STORAGE_EMULATOR_HOST,
PUBSUB_EMULATOR_HOST, PROJECT and SERVICE_ACCOUNTS (the folder of the local cloud with the accounts whose signatures it knows)."""

import os
import unittest

from batches import *
from buckets import *
from copies import *
from lists import *
from notifications import *
from preconditions import *
from reads import *
from signatures import *
from uploads import *
from versions import *

if __name__ == "__main__":
    assert "STORAGE_EMULATOR_HOST" in os.environ, "this script is for the local cloud"
    unittest.main(verbosity=2)
