//! Streams objects into files.

use std::path::Path;

use google_cloud_storage::builder::storage::ReadObject;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::call::Call;
use crate::{CloudError, Kind};

/// Writes the object into a new file. Fails with `InvalidArgument` if the file exists, or the
/// object has more than `limit_bytes`. After an `Err` the file that it created is removed.
pub(crate) async fn download(
    call: Call<'_>,
    request: ReadObject,
    path: &Path,
    limit_bytes: u64,
) -> Result<(), CloudError> {
    let mut file =
        File::create_new(path).await.map_err(|error| call.caused(Kind::InvalidArgument, error))?;
    let guard = Unfinished(Some(path));
    copy(call, request, &mut file, limit_bytes).await?;
    guard.finish();
    Ok(())
}

async fn copy(
    call: Call<'_>,
    request: ReadObject,
    file: &mut File,
    limit_bytes: u64,
) -> Result<(), CloudError> {
    let local = |error: std::io::Error| call.caused(Kind::Internal, error);
    let mut response = request.send().await.map_err(|error| call.failed(error))?;
    let mut received_bytes = 0_u64;
    while let Some(chunk) = response.next().await {
        let chunk = chunk.map_err(|error| call.failed(error))?;
        received_bytes += chunk.len() as u64;
        if received_bytes > limit_bytes {
            return Err(call.caused(
                Kind::InvalidArgument,
                format!("the object is larger than {limit_bytes} bytes"),
            ));
        }
        file.write_all(&chunk).await.map_err(local)?;
    }
    file.flush().await.map_err(local)
}

/// Removes an unfinished file, even if the download is dropped at its time limit.
struct Unfinished<'a>(Option<&'a Path>);

impl Unfinished<'_> {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.0
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::warn!(%error, path = %path.display(), "cannot remove an unfinished download");
        }
    }
}
