//! What only this store has: files, locks, migrations, a disk that fails.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::audit::EventKind;
use crate::domain::State;
use crate::store::conformance::{self, insert, name, principal, request, told, verified};
use crate::store::{Scope, Write};

async fn make() -> (Arc<dyn Store>, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Arc::new(SqliteStore::open(&dir.path().join("data")).unwrap()), dir)
}

mod conforms {
    super::conformance::suite!(super::make);
}
