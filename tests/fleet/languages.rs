//! Functions of each language on the whole road: deployed, changed, broken.

mod nodejs;
