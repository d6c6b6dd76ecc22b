//! Landlock: what can be opened, made and removed.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope,
};

use crate::Access;

/// The newest version whose rules are asked for. Kernels with older ones get those that they know.
const NEWEST: ABI = ABI::V6;

/// Bounds this thread, and those that it starts.
pub(super) fn bound(reachable: &[(OwnedFd, Access)]) -> Result<(), String> {
    let status = ruled(reachable).map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced, _) => Ok(()),
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("the kernel has been started without it".into())
        }
        (RulesetStatus::NotEnforced, _) => Err("the kernel does not have it".into()),
    }
}

fn ruled(reachable: &[(OwnedFd, Access)]) -> Result<RestrictionStatus, RulesetError> {
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?;
    let mut ruleset = ruleset.create()?;
    // What fills random bytes reads it each time.
    if let Ok(random) = File::open("/dev/urandom") {
        ruleset = ruleset.add_rule(PathBeneath::new(random, AccessFs::ReadFile))?;
    }
    for (descriptor, access) in reachable {
        let rights = rights(*access);
        ruleset = ruleset.add_rule(PathBeneath::new(descriptor.as_fd(), rights))?;
    }
    ruleset.restrict_self()
}

/// Renaming and linking special files takes the right to make them; making them takes system calls that are not there.
fn rights(access: Access) -> BitFlags<AccessFs> {
    match access {
        Access::Read => AccessFs::from_read(NEWEST) & !AccessFs::Execute,
        Access::Write => AccessFs::from_all(NEWEST) & !AccessFs::Execute,
    }
}
