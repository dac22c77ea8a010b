//! Evidence from a real server and from an export, verified by somebody who has neither, and its page in a
//! real browser.
#![expect(
    clippy::disallowed_methods,
    reason = "tests know the day, and write files that are nobody's secret"
)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use jit_access::audit::{Chain, export};
use serde_json::Value;

use crate::history::{self, Shape};
use crate::world::{POLICY, Person, Server, needs};

pub fn file(pack: &Path, name: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(pack).unwrap()).unwrap();
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn facts(pack: &Path, figure: &str) -> Value {
    let figure: Value = serde_json::from_slice(&file(pack, &format!("figures/{figure}.json"))).unwrap();
    figure["facts"].clone()
}

fn today() -> String {
    chrono::Utc::now().format("%Y-%m-%d").to_string()
}

/// All events of a kind, as the log has them.
fn count(admin: &Person, kind: &str) -> u64 {
    let events = admin.json(&["audit", "log", "--kind", kind]);
    events["events"].as_array().unwrap().len() as u64
}

#[test]
fn a_pack_of_a_real_server_is_signed_and_verifies_where_there_is_no_server() {
    let server = Server::start(POLICY);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let id = carol.request(&["shell", "--for", "10m", "--reason", "<script>alert(1)</script>"]);
    carol.credential(&id).ok();
    carol.jit(&["revoke", &id]).ok();
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "=1+1"]);
    carol.jit(&["approve", &id]).expect(5);
    bob.jit(&["approve", &id]).ok();
    let id = carol.request(&["deploy", "--on", "web-2", "--for", "10m", "--reason", "again"]);
    bob.jit(&["deny", &id, "--comment", "not now"]).ok();

    let (admin, pack) = (server.admin(), server.admin().path("evidence.zip"));
    let (from, to, out) = (today(), today(), pack.to_str().unwrap());
    let args = ["evidence", "--from", &from, "--to", &to, "--out", out];
    // Nobody but an administrator, and nothing is left of the try.
    let theirs = carol.path("evidence.zip");
    carol.jit(&["evidence", "--from", &from, "--to", &to, "--out", theirs.to_str().unwrap()]).expect(5);
    assert!(!theirs.exists());
    let policy = server.policy();
    // Who could is told by the server, and by a folder only where one is named.
    let by_folder = ["--policy", policy.to_str().unwrap(), "--out", "folder.zip"];
    let folder = admin.json(&[&["evidence", "--from", &from, "--to", &to][..], &by_folder].concat());
    assert_eq!(folder["signed"], true);
    assert!(facts(&admin.path("folder.zip"), "access")["pairs_could"].as_u64().unwrap() > 3);
    let made = admin.json(&args);
    assert_eq!((made["signed"].as_bool(), made["uncovered"].as_u64()), (Some(true), Some(0)), "{made}");
    assert_eq!(count(admin, "evidence.signed"), 2);
    // It never writes over what is there.
    admin.jit(&args).expect(1);

    let decisions = facts(&pack, "decisions");
    assert_eq!(decisions["filed"], count(admin, "request.filed"));
    assert_eq!(decisions["denied"], count(admin, "request.denied"));
    assert_eq!(
        (decisions["approved_by_people"].as_u64(), decisions["approved_by_policy"].as_u64()),
        (Some(1), Some(1))
    );
    assert_eq!(facts(&pack, "ends")["revoked"], 1);
    assert_eq!(facts(&pack, "duties")["own_refused"], 1);
    let could = facts(&pack, "access");
    assert!(could["pairs_could"].as_u64().unwrap() > 0, "{could}");
    let inputs: Value = serde_json::from_slice(&file(&pack, "inputs.json")).unwrap();
    let deploy = inputs["may_hold"].as_array().unwrap().iter().find(|one| one["role"] == "deploy").unwrap();
    assert_eq!(deploy["people"], serde_json::json!(["carol"]), "of those in the directory: {inputs}");
    assert!(String::from_utf8(file(&pack, "figures/decisions.csv")).unwrap().contains(",'=1+1\r\n"));

    let auditor = Person::alone();
    let key = made["key"].as_str().unwrap();
    let said = auditor.json(&["evidence", "verify", out, "--key", key]);
    assert_eq!(
        (said["ok"].as_bool(), said["signed"].as_bool(), said["key_from"].as_str()),
        (Some(true), Some(true), Some("given"))
    );
    assert_eq!(said["figures"], 18);
    let other = history::log_key().verify_key().to_string();
    let refused = auditor.jit(&["evidence", "verify", out, "--key", &other]).expect(1);
    assert!(refused.stderr.contains("signature"), "{refused}");
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = auditor.path("changed.zip");
    std::fs::write(&changed, bytes).unwrap();
    auditor.jit(&["evidence", "verify", changed.to_str().unwrap(), "--key", key]).expect(1);

    // The same from an export: the same figures, and nobody's signature.
    let export = admin.path("export");
    admin.jit(&["audit", "export", "--out", export.to_str().unwrap()]).ok();
    std::fs::copy(&export, auditor.path("export")).unwrap();
    let args =
        ["evidence", "--from", &from, "--to", &to, "--export", "export", "--key", key, "--out", "own.zip"];
    assert_eq!(auditor.json(&args)["signed"], false);
    auditor.jit(&["evidence", "verify", "own.zip", "--key", key]).expect(1);
    assert_eq!(auditor.json(&["evidence", "verify", "own.zip", "--key", key, "--unsigned"])["signed"], false);
    assert_eq!(facts(&auditor.path("own.zip"), "decisions"), decisions);
    assert!(
        String::from_utf8(file(&auditor.path("own.zip"), "evidence.html")).unwrap().contains("Not signed")
    );
    // Beside the pack nothing is left.
    let left: Vec<_> = std::fs::read_dir(auditor.home()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".jit-evidence")), "{left:?}");
}

#[test]
fn what_is_asked_wrongly_is_said_before_anything_is_made() {
    let auditor = Person::alone();
    let wrong = |args: &[&str]| {
        let out = auditor.jit(&[&["evidence", "--out", "x.zip"], args].concat()).expect(2);
        assert!(!auditor.path("x.zip").exists(), "{out}");
    };
    wrong(&["--from", "2026-01-01"]);
    wrong(&["--from", "2026-02-01", "--to", "2026-01-01"]);
    wrong(&["--from", "yesterday", "--to", "2026-01-01"]);
    wrong(&["--from", "2026-01-01", "--to", "2026-01-31", "--control", "A.9.99"]);
    wrong(&["--from", "2026-01-01", "--to", "2026-01-31", "--export", "export"]);
    auditor.jit(&["evidence", "verify", "missing.zip"]).expect(1);
}

/// An export of a history with hostile names and reasons, and the pack of a quarter of it.
fn hostile_pack(auditor: &Person) -> PathBuf {
    let (key, mut chain, mut text) = (history::log_key(), Chain::new(), Vec::new());
    history::history(Shape { hostile: true, ..Shape::small() }, |draft| {
        export::write_event(&mut text, &chain.seal(draft).unwrap().bytes).unwrap();
        if chain.size().is_multiple_of(500) {
            export::write_checkpoint(&mut text, &key.sign(chain.size(), chain.root())).unwrap();
        }
    });
    export::write_checkpoint(&mut text, &key.sign(chain.size(), chain.root())).unwrap();
    std::fs::write(auditor.path("export"), text).unwrap();
    let key = key.verify_key().to_string();
    let args =
        ["evidence", "--from", "2026-01-01", "--to", "2026-03-31", "--export", "export", "--key", &key];
    auditor.jit(&[&args[..], &["--out", "evidence.zip"]].concat()).ok();
    auditor.jit(&["evidence", "verify", "evidence.zip", "--key", &key, "--unsigned"]).ok();
    auditor.path("evidence.zip")
}

/// What the page says of itself after it was laid out so wide: its title, and what sticks out.
fn laid_out(dir: &Path, page: &str, width: u32) -> (String, String) {
    // The page itself forbids scripts: the copy that is measured does without that, and has one.
    let measured = page.replacen("http-equiv=\"Content-Security-Policy\"", "name=\"was-csp\"", 1);
    assert_ne!(measured, page);
    let script = "<script>addEventListener('load',()=>{const w=document.documentElement.clientWidth;\
        const out=[...document.querySelectorAll('body *')].filter(e=>e.getBoundingClientRect().right>w+1)\
        .map(e=>e.tagName+':'+(e.textContent||'').slice(0,40));\
        const r=document.createElement('pre');r.id='measured';\
        r.textContent='['+document.documentElement.scrollWidth+' of '+w+'] '+out.slice(0,5).join(' | ');\
        document.body.append(r);});</script></body>";
    let measured = measured.replacen("</body>", script, 1);
    let path = dir.join("measured.html");
    std::fs::write(&path, measured).unwrap();
    let dom = chromium(dir, &[&format!("--window-size={width},900"), "--dump-dom", &url(&path)]);
    let title = dom.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned();
    let said =
        dom.split("id=\"measured\">").nth(1).expect("nothing was measured").split("</pre>").next().unwrap();
    (title, said.to_owned())
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn chromium(dir: &Path, args: &[&str]) -> String {
    let profile = dir.join("profile");
    let mut command = Command::new("timeout");
    command.args(["120", "chromium", "--headless", "--no-sandbox", "--disable-gpu"]);
    command.args([
        "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--virtual-time-budget=5000",
    ]);
    command.arg(format!("--user-data-dir={}", profile.display())).args(args);
    let out = command.env("HOME", dir).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn the_page_fits_a_screen_and_paper_in_a_real_browser_whatever_people_wrote() {
    if !needs("chromium", "chromium") {
        return;
    }
    let auditor = Person::alone();
    let pack = hostile_pack(&auditor);
    let page = String::from_utf8(file(&pack, "evidence.html")).unwrap();
    assert!(page.contains("&lt;script&gt;"));
    let dir = tempfile::tempdir().unwrap();
    // A screen; A4 at 96 dots an inch less its margins; a narrow window.
    for width in [1280, 673, 500] {
        let (title, said) = laid_out(dir.path(), &page, width);
        assert!(title.starts_with("Evidence on access"), "{title}");
        let (scroll, rest) = said.trim_start_matches('[').split_once(" of ").unwrap();
        let (client, out) = rest.split_once(']').unwrap();
        let wide = |text: &str| text.parse::<u32>().unwrap();
        assert!(wide(scroll) <= wide(client), "{width}: {said}");
        assert_eq!(out.trim(), "", "{width} sticks out: {said}");
    }
    // As it is, it prints.
    let path = dir.path().join("evidence.html");
    std::fs::write(&path, &page).unwrap();
    let pdf = dir.path().join("evidence.pdf");
    chromium(
        dir.path(),
        &[&format!("--print-to-pdf={}", pdf.display()), "--no-pdf-header-footer", &url(&path)],
    );
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
}
