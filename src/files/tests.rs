use std::os::unix::fs::symlink;

use super::*;

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn home() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jit");
    (dir, path)
}

/// Run by the test below in a process of its own, as the umask belongs to the process.
#[test]
#[ignore = "a child of the test below"]
fn child_writes_private_files() {
    #[expect(clippy::disallowed_methods, reason = "the parent's argument")]
    let dir = std::env::var_os("JIT_TEST_DIR");
    let Some(dir) = dir.map(PathBuf::from) else { return };
    private_dir(&dir.join("a/b")).unwrap();
    write_private(&dir.join("a/b/one"), b"1").unwrap();
    write_private(&dir.join("a/b/one"), b"2").unwrap();
    write_new_private(&dir.join("a/b/two"), b"3").unwrap();
    let _lock = lock(&dir.join("a/b/one"), Duration::ZERO).unwrap();
    replace(&dir.join("a/b/shared"), b"4", 0o644).unwrap();
}

#[test]
fn files_are_0600_and_folders_0700_under_any_umask() {
    for umask in ["000", "022", "077", "177", "277"] {
        let home = tempfile::tempdir().unwrap();
        let status = std::process::Command::new("sh")
            .args(["-c", "umask $0; exec \"$@\"", umask])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "files::tests::child_writes_private_files", "--ignored"])
            .env("JIT_TEST_DIR", home.path())
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "umask {umask}");
        assert_eq!(fs::read(home.path().join("a/b/one")).unwrap(), b"2", "umask {umask}");
        for file in ["a/b/one", "a/b/two", "a/b/.one.lock"] {
            assert_eq!(mode(&home.path().join(file)), 0o600, "{file} under {umask}");
        }
        assert_eq!(mode(&home.path().join("a/b/shared")), 0o644, "under {umask}");
        for dir in ["a", "a/b"] {
            assert_eq!(mode(&home.path().join(dir)), 0o700, "{dir} under {umask}");
        }
        let left = fs::read_dir(home.path().join("a/b")).unwrap().count();
        assert_eq!(left, 4, "nothing temporary is left");
    }
}

#[test]
fn a_looser_folder_is_refused_with_the_cure() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    private_dir(&dir).unwrap();
    for loose in [0o755, 0o710, 0o777, 0o1777, 0o701] {
        chmod(&dir, loose);
        let err = private_dir(&dir).unwrap_err();
        assert!(matches!(err, FileError::Loose { .. }), "{err}");
        assert_eq!(err.hint().unwrap(), format!("chmod 700 {}", dir.display()));
        assert_eq!(mode(&dir), loose, "it is not mended silently");
    }
    let file = dir.join("file");
    fs::File::create(&file).unwrap();
    assert!(matches!(private_dir(&file), Err(FileError::Kind { .. })));
    symlink(dir.join("nowhere"), dir.join("dangling")).unwrap();
    chmod(&dir, 0o700);
    for path in ["dangling", "dangling/below", "file/below"] {
        assert!(private_dir(&dir.join(path)).is_err(), "{path}");
    }
    assert!(!dir.join("nowhere").exists());
}

#[test]
fn a_looser_file_is_refused_with_the_cure_and_its_contents_are_not_shown() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    let file = dir.join("it's here");
    write_private(&file, b"canary").unwrap();
    assert_eq!(read_private(&file, 6).unwrap().as_slice(), b"canary");
    for loose in [0o640, 0o604, 0o644, 0o666, 0o620] {
        chmod(&file, loose);
        for err in [
            read_private(&file, 100).unwrap_err(),
            read_at_most(&file, 0o600, 100).unwrap_err(),
            check_private(&file).unwrap_err(),
            open_private(&file).unwrap_err(),
            lock_file(&file, Duration::ZERO).unwrap_err(),
        ] {
            assert_eq!(err.hint().unwrap(), format!("chmod 600 '{}/it'\\''s here'", dir.display()));
            assert!(!format!("{err} {err:?}").contains("canary"));
        }
        assert_eq!(mode(&file), loose, "it is not mended silently");
    }
    chmod(&file, 0o400);
    assert!(read_private(&file, 100).is_ok(), "tighter is fine");
    let err = read_private(&file, 5).unwrap_err();
    assert!(matches!(err, FileError::Long { max: 5, .. }), "{err}");
}

#[test]
fn a_link_a_pipe_and_a_folder_are_not_private_files() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    let (real, link, pipe) = (dir.join("real"), dir.join("link"), dir.join("pipe"));
    write_private(&real, b"x").unwrap();
    symlink(&real, &link).unwrap();
    let made = std::process::Command::new("mkfifo").arg("-m600").arg(&pipe).status().unwrap();
    assert!(made.success());
    for path in [&link, &pipe, &dir] {
        assert!(matches!(read_private(path, 9), Err(FileError::Kind { .. })), "read {}", path.display());
        assert!(matches!(write_private(path, b"y"), Err(FileError::Kind { .. })), "write {}", path.display());
        assert!(matches!(open_private(path), Err(FileError::Kind { .. })), "open {}", path.display());
        assert!(matches!(check_private(path), Err(FileError::Kind { .. })), "check {}", path.display());
    }
    assert!(lock(&dir.join("x"), Duration::ZERO).is_ok());
    symlink(&real, dir.join(".y.lock")).unwrap();
    assert!(lock(&dir.join("y"), Duration::ZERO).is_err());
    assert_eq!(fs::read(&real).unwrap(), b"x");
    assert!(read_private(&dir.join("none"), 9).unwrap_err().is_not_found());
}

#[test]
fn another_users_file_is_refused() {
    // Root's files, for everybody else; somebody's files, for root.
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    let file = dir.join("f");
    write_private(&file, b"x").unwrap();
    if std::os::unix::fs::chown(&file, Some(12345), None).is_err() {
        return; // Only root can give a file away; CI runs both.
    }
    assert!(matches!(read_private(&file, 9), Err(FileError::Foreign { owner: 12345, .. })));
    assert!(matches!(write_private(&file, b"y"), Err(FileError::Foreign { .. })));
    assert!(matches!(read_at_most(&file, 0o644, 9), Err(FileError::Foreign { .. })));
    assert!(matches!(open_private(&file), Err(FileError::Foreign { .. })));
    assert!(matches!(check_private(&file), Err(FileError::Foreign { .. })));
    std::os::unix::fs::chown(&dir, Some(12345), None).unwrap();
    assert!(matches!(private_dir(&dir), Err(FileError::Foreign { .. })));
}

#[test]
fn a_file_for_others_to_read_is_refused_where_they_can_change_it() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    let (file, link) = (dir.join("krl"), dir.join("link"));
    replace(&file, b"one", 0o644).unwrap();
    symlink(&file, &link).unwrap();
    for path in [&file, &link] {
        assert_eq!(read_at_most(path, 0o644, 9).unwrap().as_slice(), b"one");
    }
    chmod(&file, 0o664);
    let err = read_at_most(&file, 0o644, 9).unwrap_err();
    assert_eq!(err.hint().unwrap(), format!("chmod 644 {}", file.display()));
    let opened = Opened::new(&link).unwrap();
    assert_eq!(Some(opened.id()), FileId::of(&file).unwrap());
    // The link goes, and what it led to stays.
    replace(&link, b"two", 0o600).unwrap();
    assert_eq!((mode(&link), fs::read(&file).unwrap()), (0o600, b"one".to_vec()));
    assert_eq!(opened.read(9).unwrap().as_slice(), b"one");
    assert_eq!(FileId::of(&dir.join("none")).unwrap(), None);
}

#[test]
fn what_a_crash_left_is_removed_and_nothing_else() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    write_private(&dir.join("a.tmp"), b"x").unwrap();
    write_private(&dir.join(".hidden"), b"x").unwrap();
    std::mem::forget(Temp::write(&dir.join("key"), b"secret", PRIVATE).unwrap());
    probe(&dir, 1 << 16).unwrap();
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
    remove_leftovers(&dir);
    assert!(dir.join("a.tmp").exists() && dir.join(".hidden").exists());
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
    remove(&dir.join("a.tmp")).unwrap();
    remove(&dir.join("a.tmp")).unwrap();
}

#[test]
fn a_new_file_never_replaces_an_old_one() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    let file = dir.join("key");
    write_new_private(&file, b"one").unwrap();
    assert!(matches!(write_new_private(&file, b"two"), Err(FileError::Exists { .. })));
    assert_eq!(fs::read(&file).unwrap(), b"one");
    symlink(dir.join("nowhere"), dir.join("dangling")).unwrap();
    assert!(matches!(write_new_private(&dir.join("dangling"), b"x"), Err(FileError::Exists { .. })));
    assert!(!dir.join("nowhere").exists());
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
}

#[test]
fn a_lock_keeps_a_second_writer_out_until_it_is_dropped() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    let file = dir.join("f");
    let held = lock(&file, Duration::ZERO).unwrap();
    assert!(matches!(lock(&file, Duration::from_millis(30)), Err(FileError::Busy { .. })));
    drop(held);
    assert!(lock(&file, Duration::ZERO).is_ok());
}

#[test]
fn a_policy_folder_is_read_whole_and_in_order_or_not_at_all() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    chmod(&dir, 0o755);
    let put = |name: &str, bytes: &[u8], mode: u32| {
        write_private(&dir.join(name), bytes).unwrap();
        chmod(&dir.join(name), mode);
    };
    put("20-b.toml", b"b", 0o644);
    put("10-a.toml", b"a", 0o664);
    put("notes.md", b"\xff", 0o666);
    put(".#x.toml", b"\xff", 0o666);
    let names: Vec<_> = read_policy_folder(&dir).unwrap();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(names, [pair("10-a.toml", "a"), pair("20-b.toml", "b")]);

    put("30-c.toml", b"c", 0o646);
    let err = read_policy_folder(&dir).unwrap_err();
    assert_eq!(err.hint().unwrap(), format!("chmod o-w {}", dir.join("30-c.toml").display()));
    put("30-c.toml", b"\xff\xfe", 0o644);
    assert!(matches!(read_policy_folder(&dir), Err(FileError::NotText { .. })));
    put("30-c.toml", &vec![b'#'; 1024 * 1024 + 1], 0o644);
    assert!(matches!(read_policy_folder(&dir), Err(FileError::Long { .. })));
    fs::remove_file(dir.join("30-c.toml")).unwrap();
    fs::create_dir(dir.join("40.toml")).unwrap();
    assert!(matches!(read_policy_folder(&dir), Err(FileError::Kind { .. })));
    fs::remove_dir(dir.join("40.toml")).unwrap();

    chmod(&dir, 0o757);
    assert!(matches!(read_policy_folder(&dir), Err(FileError::Writable { .. })));
    assert!(read_policy_folder(&dir.join("none")).unwrap_err().is_not_found());
    assert!(matches!(read_policy_folder(&dir.join("10-a.toml")), Err(FileError::Kind { .. })));
}

#[test]
fn a_shared_file_is_replaced_in_its_mode_and_through_a_link() {
    let (_keep, dir) = home();
    private_dir(&dir).unwrap();
    let (file, link) = (dir.join("real.toml"), dir.join("link.toml"));
    write_private(&file, b"old").unwrap();
    std::os::unix::fs::symlink("real.toml", &link).unwrap();
    let before = fs::metadata(&file).unwrap();
    for mode in [0o644, 0o640, 0o664, 0o400] {
        chmod(&file, mode);
        write_shared(&link, format!("{mode}").as_bytes()).unwrap();
        let after = fs::metadata(&file).unwrap();
        assert_eq!(after.permissions().mode() & 0o7777, mode);
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{mode}"));
    }
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 2, "nothing is left behind");
    assert!(write_shared(&dir.join("none"), b"").unwrap_err().is_not_found());
    assert!(matches!(write_shared(&dir, b""), Err(FileError::Kind { .. })));
    let long = vec![b'#'; 1024 * 1024 + 1];
    assert!(matches!(write_shared(&file, &long), Err(FileError::Long { .. })), "it could not be read again");
    // Only root can give a file to somebody else, and finds one.
    if uid() == 0 {
        std::os::unix::fs::chown(&file, Some(12), Some(34)).unwrap();
        write_shared(&file, b"new").unwrap();
        let after = fs::metadata(&file).unwrap();
        assert_eq!((after.uid(), after.gid()), (12, 34));
    }
}

#[test]
fn what_a_later_write_would_fail_of_is_found_beforehand_and_nothing_is_changed() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("token");
    can_write_private(&file).unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    write_private(&file, b"old").unwrap();
    can_write_private(&file).unwrap();
    assert_eq!(read_private(&file, 9).unwrap().as_slice(), b"old");
    assert!(can_write_private(&home.path().join("missing/token")).is_err());
    assert!(matches!(can_write_private(home.path()), Err(FileError::Kind { .. })));
}
