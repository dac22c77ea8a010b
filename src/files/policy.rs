//! Files that others may read, but not everybody may change: policies, and the machine's settings.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use super::{FileError, FileId, MAX_TEXT, Opened, PRIVATE, Temp, not_a_file, sync_parent};

/// Reads a text that others may read, but not everybody may change.
///
/// # Errors
/// When everybody can change it, when it is no regular file, no UTF-8, or longer than [`MAX_TEXT`].
pub fn read_shared(path: &Path) -> Result<String, FileError> {
    // A link is followed: what mounts a ConfigMap makes links.
    let opened = Opened::new(path)?;
    not_writable(path, &opened.meta)?;
    let bytes = opened.read(MAX_TEXT)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(FileError::NotText { path: path.to_owned() }),
    }
}

/// Replaces a text that is there, in one step. Its mode and its owner stay, and so does a link to it.
///
/// # Errors
/// When there is no regular file, its owner cannot be kept, [`read_shared`] would refuse what is written
/// as too long, or on a failure to write.
pub fn write_shared(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_TEXT {
        return Err(FileError::Long { path: path.to_owned(), max: MAX_TEXT });
    }
    let path = &fs::canonicalize(path).map_err(FileError::io("find", path))?;
    let meta = fs::metadata(path).map_err(FileError::io("look at", path))?;
    if !meta.is_file() {
        return Err(not_a_file(path));
    }
    let mut temp = Temp::create(path, PRIVATE)?;
    let made = temp.file.metadata().map_err(FileError::io("look at", path))?;
    if (made.uid(), made.gid()) != (meta.uid(), meta.gid()) {
        fchown(&temp.file, Some(meta.uid()), Some(meta.gid()))
            .map_err(FileError::io("keep the owner of", path))?;
    }
    temp.file
        .set_permissions(Permissions::from_mode(meta.mode() & 0o777))
        .and_then(|()| temp.file.write_all(bytes))
        .and_then(|()| temp.file.sync_all())
        .map_err(FileError::io("write", path))?;
    fs::rename(&temp.path, path).map_err(FileError::io("replace", path))?;
    drop(temp); // It is `path` now, so nothing is removed.
    sync_parent(path)
}

fn not_writable(path: &Path, meta: &fs::Metadata) -> Result<(), FileError> {
    let mode = meta.mode() & 0o7777;
    if mode & 0o002 == 0 { Ok(()) } else { Err(FileError::Writable { path: path.to_owned(), mode }) }
}

/// The `*.toml` directly inside a folder, as (file name, text), in the order of their names. Names
/// that begin with a dot are an editor's or a mount's own, and are left out.
///
/// # Errors
/// The first file that does not count: one bad file means no policy, never a part of it.
pub fn read_policy_folder(dir: &Path) -> Result<Vec<(String, String)>, FileError> {
    let meta = fs::metadata(dir).map_err(FileError::io("read", dir))?;
    if !meta.is_dir() {
        return Err(FileError::Kind { path: dir.to_owned(), wanted: "a folder" });
    }
    not_writable(dir, &meta)?;
    let read = policy_files(dir)?.into_iter();
    read.map(|name| read_shared(&dir.join(&name)).map(|text| (name, text))).collect()
}

/// What [`read_policy_folder`] would read, without reading it: the folder and each of its files, and in which
/// state they are. One that is not there has none.
///
/// # Errors
/// When it cannot be told.
pub fn policy_folder_state(dir: &Path) -> Result<Vec<(PathBuf, Option<FileId>)>, FileError> {
    let Some(own) = FileId::of(dir)? else { return Ok(vec![(dir.to_owned(), None)]) };
    let mut all = vec![(dir.to_owned(), Some(own))];
    for name in policy_files(dir)? {
        let path = dir.join(name);
        let state = FileId::of(&path)?;
        all.push((path, state));
    }
    Ok(all)
}

/// The names, in their order.
fn policy_files(dir: &Path) -> Result<Vec<String>, FileError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(FileError::io("read", dir))? {
        let entry = entry.map_err(FileError::io("read", dir))?;
        let path = entry.path();
        let raw = entry.file_name();
        let bytes = raw.as_encoded_bytes();
        if bytes.starts_with(b".") || !bytes.ends_with(b".toml") {
            continue;
        }
        names.push(raw.into_string().map_err(|_| FileError::NotText { path })?);
    }
    names.sort_unstable();
    Ok(names)
}
