//! The identity of a build that is about to be created.

/// What substitutions and the specification take from the request's path, and the new id.
pub(in crate::wire) struct NewBuild<'a> {
    /// As in the path: id or number.
    pub(in crate::wire) project: &'a str,
    pub(in crate::wire) project_number: u64,
    pub(in crate::wire) region: &'a str,
    pub(in crate::wire) id: &'a str,
}
