//! OCI images: layers, configuration and manifest. They are written such that the same content has
//! the same digest, and pushed.

mod cache;
mod layer;
mod push;
mod reference;
mod write;

pub(crate) use crate::digest::hex_digest;
pub(crate) use cache::{CachedLayer, LayerCache, Reserved, unpack_layer};
pub(crate) use layer::{Layer, check_depth, digest_of, pack};
pub(crate) use push::{PushError, Registry};
pub(crate) use reference::Reference;
pub(crate) use write::{Contents, write};
