//! What the ssh provider costs: `cargo bench --bench ssh`. Plain loops: the figures are tens of
//! microseconds and more, and a harness would add a dependency to say the same.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints, may panic, and reads the clock"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use jit_access::domain::{CredentialId, Gives, RequestId, Resource, Span, SshGives, Target, Time};
use jit_access::provider::ssh::SshProvider;
use jit_access::provider::ssh::agent::EphemeralKey;
use jit_access::provider::{CredentialAsk, Handle, Intent, Material, Presence, Provider};

fn now() -> Time {
    SystemTime::now().into()
}

fn credential() -> CredentialId {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    CredentialId::from_random(bytes)
}

fn resource() -> Resource {
    Resource { name: "web-1".parse().unwrap(), address: None, labels: BTreeMap::new(), target: Target::Ssh }
}

fn gives() -> Gives {
    Gives::Ssh(SshGives {
        principals: BTreeSet::from(["deploy".to_owned()]),
        extensions: BTreeSet::from(["permit-pty".to_owned()]),
        force_command: None,
        source_addresses: BTreeSet::new(),
    })
}

fn handle(end: Time) -> Handle {
    Handle {
        credential: credential(),
        request: RequestId::from_random([1; 8]),
        resource: resource(),
        gives: gives(),
        end,
    }
}

async fn signatures(provider: &SshProvider) {
    let public_key = EphemeralKey::generate().unwrap().public_line().unwrap();
    let intent = Intent {
        credential: credential(),
        request: RequestId::from_random([1; 8]),
        resource: resource(),
        gives: gives(),
        start: now(),
        end: now().plus(Span::clamped(3600)),
        ask: CredentialAsk::Ssh { public_key },
    };
    let (start, cpu, mut count) = (Instant::now(), cpu_time(), 0u32);
    while start.elapsed() < Duration::from_secs(2) {
        provider.grant(&intent).await.unwrap();
        count += 1;
    }
    let per = |time: Duration| f64::from(count) / time.as_secs_f64();
    println!("grant: {:.0} /s, {:.0} per CPU second", per(start.elapsed()), per(cpu_time() - cpu));

    // What `grant` does not do once more, as sshd does it at each login.
    let Material::Ssh { certificate } = provider.grant(&intent).await.unwrap() else { unreachable!() };
    let made = ssh_key::Certificate::from_openssh(&certificate).unwrap();
    let ca = made.signature_key().fingerprint(ssh_key::HashAlg::Sha256);
    let cpu = cpu_time();
    for _ in 0..2000 {
        made.validate_at(intent.start.unix_secs(), [&ca]).unwrap();
    }
    println!("verifying its signature: {:?} of CPU", (cpu_time() - cpu) / 2000);
}

/// This thread's time on a core: the honest figure where other programs run beside.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

/// Revocations by many tasks at once until there are `total`, then one alone.
async fn revocations(provider: &SshProvider, total: usize) {
    let end = now().plus(Span::clamped(3600));
    let start = Instant::now();
    let tasks: Vec<_> = (1..total)
        .map(|_| {
            let provider = provider.clone();
            tokio::spawn(async move { provider.revoke(&handle(end), now()).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let rate = total as f64 / start.elapsed().as_secs_f64();

    let last = handle(end);
    let start = Instant::now();
    provider.revoke(&last, now()).await.unwrap();
    let one = start.elapsed();
    let start = Instant::now();
    assert_eq!(provider.verify_absent(&last, now()).await.unwrap(), Presence::Absent);
    let read = start.elapsed();
    let start = Instant::now();
    assert_eq!(provider.verify_absent(&last, now()).await.unwrap(), Presence::Absent);
    let again = start.elapsed();
    let size = provider.krl_bytes().len();
    println!(
        "KRL of {total}: {size} bytes; {rate:.0} revocations/s at once; the next one alone, durable: {one:?}; \
         read back: {read:?}, unchanged: {again:?}"
    );

    let path = std::env::temp_dir().join(format!("jit-bench-{}.pub", std::process::id()));
    std::fs::write(&path, provider.ca_public_line()).unwrap();
    let start = Instant::now();
    let asked = std::process::Command::new("ssh-keygen")
        .args(["-Q", "-f"])
        .args([&provider.krl_path(), &path])
        .output();
    if asked.is_ok() {
        println!("  ssh-keygen -Q on it, as sshd does at a login: {:?}", start.elapsed());
    }
    std::fs::remove_file(&path).unwrap();
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        signatures(&SshProvider::open(&dir.path().join("ssh"), now()).unwrap()).await;
        for total in [10, 10_000, 100_000] {
            let dir = tempfile::tempdir().unwrap();
            let provider = SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
            revocations(&provider, total).await;
            drop(provider);
            let start = Instant::now();
            SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
            println!("  opened again: {:?}", start.elapsed());
        }
    });
}
