//! Why the provider's folder cannot be used.

use std::path::PathBuf;

use crate::files::FileError;

/// Why a file or folder of the provider's cannot be used. Each names the cure.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    // Not also its source: its sentence is here whole, with the cure, which logs would not ask it for.
    #[error("{}", with_cure(.0))]
    File(FileError),
    #[error("{} cannot be trusted: {what}; try: {cure}", path.display())]
    Damaged { path: PathBuf, what: String, cure: String },
    #[error("the operating system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

fn with_cure(error: &FileError) -> String {
    match error.hint() {
        Some(cure) => format!("{error}; try: {cure}"),
        None => error.to_string(),
    }
}
