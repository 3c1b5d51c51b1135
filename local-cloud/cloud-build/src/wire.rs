//! The wire shells: `builds:submit` of the Cloud Run Admin API, and the Cloud Build API.

mod api;
mod create;
mod render;
mod submit;

pub(super) use api::BuildApi;
pub(super) use render::{Names, build_json};
pub(super) use submit::SubmitApi;
