//! Empty: a package needs a target of its own, and all there is to this one is its test.
