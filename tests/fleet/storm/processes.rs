//! The processes of a storm, and what happens to them.

use super::plan::{Blow, What};
use crate::support::{Cloud, WORKERS, Worker};

/// A cloud and several processes of each worker.
pub(super) struct Processes {
    /// By worker and replica.
    workers: Vec<Vec<Worker>>,
    cloud: Cloud,
}

impl Processes {
    pub(super) fn start(cloud: Cloud, replicas: usize) -> Self {
        let start = |name: &str| (0..replicas).map(|_| cloud.worker(name)).collect();
        let workers = WORKERS.iter().map(|(name, _)| start(name)).collect();
        Self { workers, cloud }
    }

    pub(super) fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Each killed process is started again at once, as an orchestrator would.
    pub(super) async fn suffer(&mut self, blow: &Blow) {
        match blow.what {
            What::KillWorker { worker, replica } => {
                self.workers[worker].remove(replica).kill();
                let successor = self.cloud.worker(WORKERS[worker].0);
                self.workers[worker].insert(replica, successor);
            }
            What::FreezeWorker { worker, replica } => self.workers[worker][replica].freeze(),
            // It may have been killed and started again in the meantime, which a thaw does not
            // disturb.
            What::ThawWorker { worker, replica } => self.workers[worker][replica].thaw(),
            What::KillCloud { down } => {
                self.cloud.kill();
                tokio::time::sleep(down).await;
                self.cloud.restart();
            }
            What::FreezeCloud { frozen } => {
                self.cloud.freeze();
                tokio::time::sleep(frozen).await;
                self.cloud.thaw();
            }
        }
    }
}
