//! The exit code of an error.

use super::CliError;
use crate::exit;

impl CliError {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoCloud(_) | Self::Connect(_) => exit::NO_CLOUD,
            Self::Settings(_)
            | Self::Manifest { .. }
            | Self::LimitsFile { .. }
            | Self::NotAnId(_)
            | Self::NotABatchId(_)
            | Self::NotATrace { .. }
            | Self::NoFunctionHere(_)
            | Self::NoDirectory(_)
            | Self::NotADirectory(_)
            | Self::NoEntryPoint { .. }
            | Self::NotAFunction { .. }
            | Self::NoName(_)
            | Self::OtherManifest(_)
            | Self::Invalid(_)
            | Self::OneNameForMany(_)
            | Self::SameName(_)
            | Self::NoProtectedBucket(_)
            | Self::NotConfirmed
            | Self::DetachNotConfirmed
            | Self::Event(_)
            | Self::Goal(_)
            | Self::ServiceFlags(_)
            | Self::Triggered(_)
            | Self::EmptySecret
            | Self::NoDataDir
            | Self::StateInSource { .. }
            | Self::DataDirVersion { .. } => exit::USAGE,
            Self::Parked(_) => exit::NOT_DEPLOYED,
            Self::DataDirInUse(_)
            | Self::DataDir { .. }
            | Self::Read { .. }
            | Self::Delete(_)
            | Self::Triggers(_)
            | Self::NotOurs(_)
            | Self::NotGone(_)
            | Self::DeletionSuperseded(_)
            | Self::NotParked(_)
            | Self::NothingEarlier(_)
            | Self::NeedsRebuild(_)
            | Self::NotReplayable { .. }
            | Self::WriteFile { .. }
            | Self::Pack(_)
            | Self::Stage(_)
            | Self::Protection(_)
            | Self::LedgerKey { .. }
            | Self::Publish(_)
            | Self::Provision { .. }
            | Self::Check { .. }
            | Self::Fleet(_)
            | Self::Ledger(_)
            | Self::Unreadable(_)
            | Self::ReadService(_)
            | Self::Estate(_)
            | Self::Logs(_)
            | Self::NoDeployment(_)
            | Self::NoTrace(_)
            | Self::Traces(_)
            | Self::NoBatch(_)
            | Self::BatchRuns(_)
            | Self::NoFunction(_)
            | Self::NoLog(_)
            | Self::Call(_)
            | Self::Identity(_)
            | Self::Secret(_)
            | Self::NoSecret(_)
            | Self::Start { .. }
            | Self::Console(_)
            | Self::Died { .. }
            | Self::CloudEnded { .. }
            | Self::Testing(_)
            | Self::TestingRefused(_)
            | Self::Cloud(_)
            | Self::Terminal(_)
            | Self::Write(_) => exit::FAILED,
        }
    }
}
