//! What every secret store does, whatever is behind it.

use super::{Secret, SecretStore};

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// Runs against a store that works; leaves nothing behind.
pub fn suite(store: &dyn SecretStore) {
    let load = |account: &str| store.load(account).unwrap().map(|s| s.expose().to_owned());

    // What is absent is absent, and deleting it is no error.
    assert_eq!(load("https://none.example"), None);
    assert!(!store.delete("https://none.example").unwrap());

    // Accounts are apart: in case, in a slash, as a prefix, in any script.
    let accounts = [
        "https://a.example",
        "https://A.example",
        "https://a.example/",
        "https://a.example/team",
        "größe-✓-名",
        " ",
    ];
    for account in accounts {
        store.save(account, &secret(&format!("one of {account}"))).unwrap();
    }
    for account in accounts {
        assert_eq!(load(account), Some(format!("one of {account}")));
    }

    // The last value holds, and there is one only.
    store.save("https://a.example", &secret("two")).unwrap();
    assert_eq!(load("https://a.example").as_deref(), Some("two"));
    assert!(store.delete("https://a.example").unwrap());
    assert_eq!(load("https://a.example"), None);
    assert!(!store.delete("https://a.example").unwrap());
    assert_eq!(load("https://A.example").as_deref(), Some("one of https://A.example"));

    // A long value, and one with everything that needs quoting.
    for value in ["x".repeat(8 * 1024), "\"\\\n\r\t\u{1b}'%s✓".to_owned()] {
        store.save("https://b.example", &secret(&value)).unwrap();
        assert_eq!(load("https://b.example"), Some(value));
    }

    for account in accounts.into_iter().chain(["https://b.example"]) {
        assert_eq!(store.delete(account).unwrap(), account != "https://a.example", "{account}");
    }
    store.probe().unwrap();
    assert!(!store.name().is_empty());
}
