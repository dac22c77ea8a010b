use std::io::Write as _;

use super::super::testing::Server;
use super::*;
use crate::api::Code;
use crate::domain::Statement;
use crate::domain::activity::{in_order, statements};

fn line(number: usize) -> String {
    format!(
        r#"{{"timestamp":"2026-11-22 10:21:39.123 UTC","user":"jit_0123456789ab","session_id":"69218d3c.1","line_num":{number},"session_start":"2025-11-22 10:15:24 UTC","error_severity":"LOG","message":"statement: SELECT {number}"}}"#
    ) + "\n"
}

struct Host {
    dir: tempfile::TempDir,
    server: Server,
}

impl Host {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("log")).unwrap();
        Self { dir, server: Server::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("log").join(name)
    }

    fn add(&self, name: &str, text: &str) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(self.path(name));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn logs(&self) -> Logs {
        Logs::open(&self.dir.path().join("log"), &self.dir.path().join("state")).unwrap()
    }

    async fn round(&self) -> Result<Round, CollectError> {
        self.logs().round(&self.server).await
    }

    /// How many statements were delivered, once each or not, and the numbers of them.
    fn kept(&self) -> (usize, Vec<u64>) {
        let kept = self.server.kept.lock().unwrap();
        let all: Vec<Statement> = kept.iter().flat_map(|(_, bytes)| statements(bytes).unwrap()).collect();
        let mut numbers: Vec<u64> = in_order(all.clone()).iter().map(|one| one.line).collect();
        numbers.sort_unstable();
        (all.len(), numbers)
    }
}

#[tokio::test]
async fn a_log_that_grows_and_is_rotated_is_delivered_to_the_last_line_and_each_once() {
    let host = Host::new();
    host.add("a.json", &line(1));
    assert_eq!(host.round().await.unwrap().statements, 1);
    assert_eq!(host.round().await.unwrap(), Round::default());
    let second = line(2);
    let (half, rest) = second.split_at(40);
    host.add("a.json", half);
    assert_eq!(host.round().await.unwrap().statements, 0, "half a line waits");
    host.add("a.json", &format!("{rest}{}", line(3)));
    // Renamed while something in it is not read yet; the name is another file's from now on.
    std::fs::rename(host.path("a.json"), host.path("a.json.1")).unwrap();
    host.add("a.json", &line(4));
    assert_eq!(host.round().await.unwrap().statements, 3);
    host.add("a.json.1", &line(5));
    for number in 6..60 {
        host.add("b.json", &line(number));
    }
    assert!(host.round().await.unwrap().pieces > 5);
    assert_eq!(host.kept(), (59, (1..60).collect()));
}

#[tokio::test]
async fn killed_anywhere_it_neither_loses_nor_doubles_a_statement() {
    for killed_at in 1..12 {
        let host = Host::new();
        for number in 0..40 {
            host.add("a.json", &line(number));
        }
        // The server goes away: what is not written down stays as it was, as after a kill -9.
        let mut says = vec![Code::Unreachable];
        for _ in 0..killed_at {
            let mut logs = host.logs();
            *host.server.says.lock().unwrap() = std::mem::take(&mut says);
            // More came before it was started again.
            let _ = logs.round(&host.server).await;
            says = vec![Code::Unreachable];
        }
        host.add("a.json", &line(40));
        host.server.says.lock().unwrap().clear();
        host.round().await.unwrap();
        assert_eq!(host.kept(), (41, (0..41).collect()), "{killed_at}");
    }
}

#[tokio::test]
async fn killed_between_the_delivery_and_the_writing_down_it_delivers_the_same_bytes_again() {
    let host = Host::new();
    host.add("a.json", &line(1));
    let mut logs = host.logs();
    let path = host.path("a.json");
    let mut log = Log::of(open(&path).unwrap(), "a.json".into(), path, Form::Json).unwrap();
    assert!(logs.next(&mut log, &mut Round::default()).unwrap());
    let before = std::fs::read(host.dir.path().join("state")).unwrap();
    logs.deliver(&mut log, &host.server, &mut Round::default()).await.unwrap();
    drop(logs);
    crate::files::write_private(&host.dir.path().join("state"), &before).unwrap();
    host.add("a.json", &line(2));
    host.round().await.unwrap();
    assert_eq!(host.kept(), (2, vec![1, 2]));
    assert_eq!(host.server.kept.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn without_its_state_everything_is_delivered_again_and_shown_once() {
    let host = Host::new();
    host.add("a.json", &(line(1) + &line(2)));
    host.round().await.unwrap();
    host.add("a.json", &line(3));
    crate::files::remove(&host.dir.path().join("state")).unwrap();
    host.round().await.unwrap();
    assert_eq!(host.kept().1, [1, 2, 3]);
}

#[tokio::test]
async fn a_log_that_was_emptied_and_filled_again_is_read_from_its_beginning() {
    let host = Host::new();
    host.add("a.json", &(line(1) + &line(2)));
    host.round().await.unwrap();
    std::fs::File::create(host.path("a.json")).unwrap();
    host.add("a.json", &(line(10) + &line(11) + &line(12)));
    let round = host.round().await.unwrap();
    assert_eq!((round.statements, round.trouble.len()), (3, 1));
    assert_eq!(host.kept().1, [1, 2, 10, 11, 12]);
}

#[tokio::test]
async fn a_line_longer_than_any_is_told_and_holds_up_nothing() {
    let host = Host::new();
    let long = line(2).replace("SELECT", &"x".repeat(2 * LONGEST as usize));
    host.add("a.json", &(line(1) + &long + &line(3)));
    let round = host.round().await.unwrap();
    assert!(round.trouble[0].contains("too long"), "{round:?}");
    assert_eq!(host.kept().1, [1, 3]);
    // While its end is not there, it waits.
    host.add("a.json", long.trim_end());
    assert_eq!(host.round().await.unwrap(), Round::default());
}

#[tokio::test]
async fn what_the_token_does_not_speak_for_is_told_once_and_holds_up_nothing() {
    let host = Host::new();
    let mut logs = host.logs();
    host.add("a.json", &line(1));
    *host.server.says.lock().unwrap() = vec![Code::Refused];
    assert_eq!(logs.round(&host.server).await.unwrap().trouble.len(), 1);
    host.add("a.json", &(line(2) + &line(3).replace("jit_0123456789ab", "jit_ba9876543210")));
    let round = logs.round(&host.server).await.unwrap();
    assert_eq!((round.statements, round.trouble.len()), (1, 0));
}
