//! One delivery, start to end: decode, handle, record, publish, acknowledge
