//! A change that is refused, a disk that fails, a process that is killed.

use std::io::{BufRead as _, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc as std_mpsc;

use super::*;

/// Lets the writer do that in a transaction of its own or of the group it falls into.
async fn run(store: &SqliteStore, run: impl FnMut(&Connection) + Send + 'static) -> Result<(), StoreError> {
    store.write(Task::Run(Box::new(run))).await
}

#[tokio::test]
async fn a_full_disk_refuses_and_leaves_no_half_state_and_later_it_works_again() {
    let (store, _dir) = open();
    let store = Arc::new(store);
    store.commit(filed(0)).await.unwrap();
    let limit = |pages: u32| {
        move |db: &Connection| {
            // The lowest that is possible is what there is already.
            db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        }
    };
    run(&store, limit(1)).await.unwrap();
    let mut full = 0;
    for n in 1..200 {
        match store.commit(filed(n)).await {
            Ok(()) => assert_eq!(full, 0),
            Err(StoreError::Io { doing: "written", .. }) => full = full.max(n),
            Err(other) => panic!("{other}"),
        }
    }
    assert!(full > 0);
    let (failed, why) = store.failed_writes();
    assert!(failed > 0 && !why.is_empty());
    let as_dyn: Arc<dyn Store> = Arc::clone(&store) as _;
    let written = verified(&as_dyn).await.events;
    assert!(written < 199);
    run(&store, limit(1 << 30)).await.unwrap();
    store.commit(filed(1000)).await.unwrap();
    assert_eq!(verified(&as_dyn).await.events, written + 1);
    let filter = RequestFilter { scope: Scope::All, states: vec![], before: None, limit: 1000 };
    assert_eq!(store.requests(&filter).await.unwrap().len() as u64, written + 1);
}

/// Holds the writer until all of them wait, so that they are one group. What became of each.
async fn in_one_group<const N: usize>(
    store: &Arc<SqliteStore>,
    group: [Task; N],
) -> Vec<Result<(), StoreError>> {
    let (release, hold) = std_mpsc::channel::<()>();
    let (held, is_held) = std_mpsc::channel::<()>();
    let spawn = |task: Task| {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.write(task).await })
    };
    let holder = spawn(Task::Run(Box::new(move |_| {
        held.send(()).unwrap();
        hold.recv().unwrap();
    })));
    tokio::task::block_in_place(|| is_held.recv().unwrap());
    let waiting: Vec<_> = group.into_iter().map(spawn).collect();
    while store.jobs.as_ref().unwrap().capacity() != QUEUE - N {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    holder.await.unwrap().unwrap();
    let mut results = Vec::new();
    for task in waiting {
        results.push(task.await.unwrap());
    }
    results
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_fails_refuses_its_whole_group_and_the_chain_goes_back() {
    let (store, _dir) = open();
    let store = Arc::new(store);
    store.commit(filed(0)).await.unwrap();
    let group = [
        Task::Change(filed(1)),
        Task::Run(Box::new(|db| {
            // A foreign key that is looked at only by COMMIT, and is wrong then.
            db.execute_batch(
                "PRAGMA defer_foreign_keys = ON;
                 INSERT INTO idempotency VALUES ('s', 'i', 'k', x'00', 'nothing')",
            )
            .unwrap();
        })),
        Task::Change(filed(2)),
    ];
    for result in in_one_group(&store, group).await {
        assert!(matches!(result, Err(StoreError::Io { doing: "written", .. })), "{result:?}");
    }
    let store: Arc<dyn Store> = store;
    assert_eq!(verified(&store).await.events, 1);
    for n in 1..3 {
        store.commit(filed(n)).await.unwrap();
    }
    assert_eq!(verified(&store).await.events, 3);
}

#[tokio::test]
async fn an_event_that_cannot_be_sealed_refuses_its_own_change_only() {
    let (store, _dir) = open();
    let mut change = filed(1);
    let long = "x".repeat(crate::audit::chain::LONGEST_EVENT);
    change.events.push(told(&request(1, "carol", "web"), EventKind::VoteCast).data("long", long));
    let result = store.commit(change).await;
    assert!(matches!(result, Err(StoreError::Io { doing: "written", .. })), "{result:?}");
    store.commit(filed(1)).await.unwrap();
    assert_eq!(store.log_head().await.unwrap().size, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_refused_after_its_first_write_is_undone_and_its_group_is_kept() {
    let (store, _dir) = open();
    let store = Arc::new(store);
    let mut half = filed(2);
    half.writes.push(Write::TakeEnrolment { id: "not there".to_owned() });
    let mut refused = 0;
    for result in in_one_group(&store, [filed(1), half, filed(3)].map(Task::Change)).await {
        match result {
            Ok(()) => {}
            Err(StoreError::Conflict) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    let as_dyn: Arc<dyn Store> = Arc::clone(&store) as _;
    assert_eq!((refused, verified(&as_dyn).await.events), (1, 2));
    let filter = RequestFilter { scope: Scope::All, states: vec![], before: None, limit: 10 };
    assert_eq!(store.requests(&filter).await.unwrap().len(), 2);
}

const CHILD: &str = "store::sqlite::tests::faults::child_that_is_killed";

/// Commits for ever, and tells of each number whether it was acknowledged.
#[tokio::test]
#[ignore = "is started, and killed, by the tests below"]
async fn child_that_is_killed() {
    let mut path = String::new();
    std::io::stdin().read_to_string(&mut path).unwrap();
    let store = SqliteStore::open(Path::new(&path)).unwrap();
    let mut n = store.log_head().await.unwrap().size;
    println!("\nprocess {}", std::process::id());
    loop {
        match store.commit(filed(n)).await {
            Ok(()) => {
                println!("\nacknowledged {n}");
                n += 1;
            }
            Err(error) => println!("\nrefused {n} {error:?}"),
        }
    }
}

/// Runs the child, under `strace` if arguments for it are given, until it has acknowledged `until`.
/// Then kills it. Returns how often it was refused; `None` if there is no `strace`.
fn run_child(folder: &Path, strace: &[&str], until: u64) -> Option<usize> {
    let me = std::env::current_exe().unwrap();
    let mut command = if strace.is_empty() { Command::new(&me) } else { Command::new("strace") };
    if !strace.is_empty() {
        command.args(strace).arg("--").arg(&me);
    }
    command.args(["--ignored", "--exact", "--nocapture", CHILD]);
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = match started {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        started => started.unwrap(),
    };
    write!(child.stdin.take().unwrap(), "{}", folder.display()).unwrap();
    let (mut refused, mut last, mut process) = (0, None, None);
    for line in std::io::BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        refused += usize::from(line.starts_with("refused "));
        if let Some(id) = line.strip_prefix("process ") {
            process = rustix::process::Pid::from_raw(id.parse().unwrap());
        }
        if let Some(n) = line.strip_prefix("acknowledged ") {
            last = n.parse().ok();
        }
        if last >= Some(until) || refused >= 1000 {
            // The process itself and not strace, which would only let go of it.
            let _ = rustix::process::kill_process(process.unwrap(), rustix::process::Signal::KILL);
        }
    }
    child.wait().unwrap();
    assert!(last >= Some(until), "{last:?} was acknowledged, {refused} were refused");
    Some(refused)
}

/// What was acknowledged up to there is in the store, each with its one event.
async fn whole(folder: &Path, acknowledged: u64) {
    let store = SqliteStore::open(folder).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let events = verified(&store).await.events;
    assert!(events > acknowledged, "{events} events, {acknowledged} was acknowledged");
    let id = |n| RequestId::from_number(n).unwrap();
    assert!(store.request(id(events - 1)).await.unwrap().is_some());
    assert!(store.request(id(events)).await.unwrap().is_none());
}

#[tokio::test]
async fn no_acknowledged_change_is_lost_to_kill_9_and_no_change_without_its_event() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=5 {
        run_child(&folder(&dir), &[], round * 40).unwrap();
        whole(&folder(&dir), round * 40).await;
    }
}

#[tokio::test]
async fn a_disk_that_fails_for_a_while_refuses_loses_nothing_and_then_works_again() {
    for inject in [
        "inject=fdatasync,fsync:error=EIO:when=40..45",
        "inject=pwrite64:error=ENOSPC:when=200..240",
        "inject=pwrite64:error=EIO:when=203..204",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let Some(refused) = run_child(&folder(&dir), &["-qqq", "-f", "-e", inject], 200) else {
            println!("not tested: strace is not installed");
            return;
        };
        assert!(refused > 0, "{inject}");
        whole(&folder(&dir), 200).await;
    }
}
