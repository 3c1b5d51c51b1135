//! The identity of a build that is about to be created.

/// The values that come from the path of the request, and the new id.
pub(in crate::wire) struct NewBuild<'a> {
    /// Project id or number, as in the path.
    pub(in crate::wire) project: &'a str,
    pub(in crate::wire) project_number: u64,
    pub(in crate::wire) region: &'a str,
    pub(in crate::wire) id: &'a str,
}
