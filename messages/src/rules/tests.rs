//! Each rule, with values at its borders.
use super::*;
