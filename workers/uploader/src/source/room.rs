//! Room on this machine for the sources that are being fetched, packed and uploaded.
//!
//! Their files are on the disk of the worker, which is memory on Cloud Run. So sources take room
//! before they are fetched, by bytes and not by number: sixteen small ones need little, and two
//! large ones may need everything.

use std::sync::Arc;

use longshore_runner::Delivery;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const MIB: u64 = 1024 * 1024;

/// The room of one worker. Sources get it in the order in which they ask.
pub(crate) struct Room {
    /// One permit for each MiB.
    free_mib: Arc<Semaphore>,
    total_mib: u32,
}

/// Room that is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    /// `None` only if the semaphore was closed, which never happens.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(crate) fn of_mib(total_mib: u32) -> Self {
        Self { free_mib: Arc::new(Semaphore::new(total_mib as usize)), total_mib }
    }

    /// Takes room for this many bytes, or all of it if it is smaller: then the source is the only
    /// one. Waits without a handling slot until there is enough.
    pub(crate) async fn take(&self, bytes: u64, delivery: &Delivery) -> Taken {
        let mib = self.mib(bytes);
        if let Ok(permit) = Arc::clone(&self.free_mib).try_acquire_many_owned(mib) {
            return Taken { _permit: Some(permit) };
        }
        delivery.wait("room for its source on this worker", self.acquire(mib)).await
    }

    async fn acquire(&self, mib: u32) -> Taken {
        Taken { _permit: Arc::clone(&self.free_mib).acquire_many_owned(mib).await.ok() }
    }

    fn mib(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(MIB)).unwrap_or(u32::MAX).min(self.total_mib)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn room_is_counted_in_bytes_and_given_in_order() {
        let room = Room::of_mib(100);
        let most = room.acquire(room.mib(90 * MIB)).await;
        let small = room.acquire(room.mib(10 * MIB)).await;
        let mut large = Box::pin(room.acquire(room.mib(500 * MIB)));
        assert!((&mut large).now_or_never().is_none());
        drop(most);
        // It waits for all of it, and what comes later waits behind it.
        assert!((&mut large).now_or_never().is_none());
        assert!(room.acquire(room.mib(1)).now_or_never().is_none());
        drop(small);
        let all = (&mut large).now_or_never().unwrap();
        assert!(room.acquire(room.mib(1)).now_or_never().is_none());
        drop(all);
        assert!(room.acquire(room.mib(1)).now_or_never().is_some());
    }
}
