use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::domain::{Name, Time};

const POLICY: &str = r#"
[person]
alice = {}
carol = {}
[resource.web-1]
provider = "ssh"

[role.shell]
resources = ["web-1"]
requesters = ["carol"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
ssh = { principals = ["deploy"] }

[role.root]
resources = ["web-1"]
requesters = ["carol"]
approvers = ["alice"]
approvals = 1
max-duration = "10m"
ssh = { principals = ["root"] }
"#;

const CASE: &str = "[[case]]\nname = \"an hour\"\nrequester = \"carol\"\nrole = \"shell\"\nfor = \"1h\"\n\
                    reason = \"x\"\nexpect = \"allow\"\n";

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Time {
        Time::from_millis(1_800_000_000_000)
    }
}

struct World {
    dir: tempfile::TempDir,
    watch: Watch,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("p.toml"), POLICY).unwrap();
        std::fs::create_dir(dir.path().join("tests")).unwrap();
        std::fs::write(dir.path().join("tests/c.toml"), CASE).unwrap();
        let folder = Folder::read(dir.path()).unwrap();
        let policy = folder.policy().unwrap();
        assert_eq!(folder.test(&policy, Fixed.now()).unwrap(), 1);
        Self { watch: Watch::new(folder, Some(policy), Arc::new(Fixed)), dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn edit(&self, from: &str, to: &str) {
        assert!(POLICY.contains(from));
        self.put("p.toml", &POLICY.replacen(from, to, 1));
    }

    /// As many looks as it takes to see what rests.
    fn looks(&mut self) -> Option<News> {
        (0..3).find_map(|_| self.watch.look())
    }

    #[track_caller]
    fn held(&mut self) -> Held {
        match self.looks() {
            Some(News::Broken { held, .. }) => held,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn taken(&mut self) -> Loaded {
        match self.looks() {
            Some(News::Whole(loaded)) => loaded,
            other => panic!("{other:?}"),
        }
    }
}

fn roles(names: &[&str]) -> Held {
    Held::Roles(names.iter().map(|name| name.parse::<Name>().unwrap()).collect())
}

#[test]
fn a_folder_that_stays_as_it_was_or_says_the_same_is_no_news() {
    let mut world = World::new();
    assert!(world.looks().is_none());
    world.put("p.toml", POLICY);
    world.put("notes.txt", "x");
    world.put(".p.toml.swp", "[");
    assert!(world.looks().is_none());
}

#[test]
fn what_changes_from_look_to_look_is_not_judged() {
    let mut world = World::new();
    assert!(world.looks().is_none());
    for end in [20, 60, 100, 140] {
        world.put("p.toml", &POLICY[..end]);
        assert!(world.watch.look().is_none(), "half of it");
    }
    world.edit("10m", "20m");
    assert!(world.watch.look().is_none(), "it has not rested yet");
    assert_eq!(world.taken().policy.roles["root"].max_duration, "20m".parse().unwrap());
    assert!(world.looks().is_none(), "once");
}

#[test]
fn who_asks_is_answered_at_once_and_each_time() {
    let mut world = World::new();
    world.edit("10m", "20m");
    for _ in 0..2 {
        world.watch.asked = true;
        assert!(matches!(world.watch.look(), Some(News::Whole(_))));
    }
    // Within one tick of the clock the same size may be other text.
    world.edit("10m", "30m");
    assert!(world.looks().is_some());
}

#[test]
fn what_is_broken_is_told_once_and_held_by_what_has_changed_since_the_last_good_one() {
    let mut world = World::new();
    world.edit("max-duration = \"10m\"", "max-duration = \"10\"");
    assert_eq!(world.held(), roles(&["root"]));
    world.put("notes.txt", "the folder itself has changed");
    assert!(world.looks().is_none());
    world.edit("[role.shell]", "[role.shell");
    assert_eq!(world.held(), Held::Everything);
    world.edit("max-duration = \"1h\"", "max-duration = \"1\"");
    assert_eq!(world.held(), roles(&["shell"]), "root is again as it is in force");
    world.put("p.toml", POLICY);
    assert_eq!(world.taken().tests, Some(1), "mended, with the digest that was in force all the time");
}

#[test]
fn a_policy_that_fails_its_tests_is_not_taken() {
    let mut world = World::new();
    world.edit("max-duration = \"1h\"", "max-duration = \"30m\"");
    assert_eq!(world.held(), roles(&["shell"]));
    // Another rule is meant, and the tests say so.
    world.put("tests/c.toml", &CASE.replace("1h", "30m"));
    assert_eq!(world.taken().tests, Some(1));
    // The policy is as it was: nothing of it is held.
    world.put("tests/c.toml", "[[case]]\nname = 1\n");
    let Some(News::Broken { why, held }) = world.looks() else { panic!("cases that are wrong") };
    assert_eq!(held, roles(&[]));
    assert!(why.trouble().details.iter().any(|line| line.starts_with("tests/c.toml:2:8")), "{why:?}");
    world.put("tests/c.toml", CASE);
    let Some(News::Broken { why, .. }) = world.looks() else { panic!("a case that fails") };
    assert_eq!(why.trouble().what, "1 of the policy's 1 test case failed");
    std::fs::remove_file(world.path().join("tests/c.toml")).unwrap();
    assert_eq!(world.taken().tests, Some(0), "no tests are none that fail");
    std::fs::remove_dir(world.path().join("tests")).unwrap();
    assert!(world.looks().is_none());
}

#[test]
fn a_folder_that_is_gone_or_open_to_everybody_holds_everything() {
    let mut world = World::new();
    let mode = |world: &World, name: &str, mode| {
        std::fs::set_permissions(world.path().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for name in ["", "tests", "p.toml", "tests/c.toml"] {
        let before = std::fs::metadata(world.path().join(name)).unwrap().permissions().mode() & 0o777;
        mode(&world, name, before | 0o002);
        assert_eq!(world.held(), Held::Everything, "{name}");
        mode(&world, name, before);
        let _ = world.taken();
    }
    let (here, there) = (world.path().to_owned(), world.path().with_extension("away"));
    std::fs::rename(&here, &there).unwrap();
    assert_eq!(world.held(), Held::Everything);
    assert!(world.looks().is_none());
    std::fs::rename(&there, &here).unwrap();
    let _ = world.taken();
}

#[test]
fn nothing_is_taken_for_good_that_could_not_be_taken_into_force() {
    let mut world = World::new();
    world.edit("10m", "20m");
    let _ = world.taken();
    world.watch.not_taken();
    world.edit("10m", "10");
    assert_eq!(world.held(), Held::Everything, "it is not known what is in force");
    world.edit("10m", "20m");
    let _ = world.taken();
    world.watch.not_taken();
    let _ = world.taken();
}
