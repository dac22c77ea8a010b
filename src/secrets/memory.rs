//! A store that lasts as long as the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Secret, SecretError, SecretStore, StoreKind};

/// Forgets everything when the process ends; used only when it is asked for by name.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, Secret>>);

impl Memory {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Secret>) -> T) -> T {
        // No code runs under the lock that could leave the map half changed.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SecretStore for Memory {
    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }

    fn name(&self) -> String {
        "memory, which forgets everything when this command ends".to_owned()
    }

    fn load(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self.with(|map| map.get(account).cloned()))
    }

    fn save(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        self.with(|map| map.insert(account.to_owned(), secret.clone()));
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<bool, SecretError> {
        Ok(self.with(|map| map.remove(account).is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_conforms_and_says_that_it_forgets() {
        let store = Memory::default();
        super::super::conformance::suite(&store);
        assert!(store.name().contains("forgets"));
        store.save("a", &Secret::new("canary".to_owned())).unwrap();
        assert!(!format!("{store:?}").contains("canary"));
    }
}
