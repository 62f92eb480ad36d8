//! What can be wrong with a plant file, and where.

use std::ops::Range;
use std::path::PathBuf;

use thiserror::Error;
use toml::Spanned;

/// Why a plant file cannot be used.
#[derive(Debug, Error)]
pub enum PlantFileError {
    /// It cannot be read.
    #[error("the plant file {} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not TOML, has an unknown or missing key, or a value of the wrong kind.
    #[error("the plant file {file} cannot be used: {}", .source.to_string().trim_end())]
    Toml {
        /// The file.
        file: String,
        /// What and where.
        source: Box<toml::de::Error>,
    },
    /// A value is of the right kind but makes no sense.
    #[error("plant file {file}, line {line}, key `{key}`: {problem}")]
    Value {
        /// The file.
        file: String,
        /// The line of the value, from 1.
        line: usize,
        /// The key, with the ids of what it belongs to, for example `tags.XMEAS_7.limits.high.value`.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// What is wrong with a value, before anybody knows the file's name.
#[derive(Debug)]
pub(super) struct Problem {
    span: Range<usize>,
    key: String,
    problem: String,
}

impl Problem {
    pub(super) fn in_file(self, text: &str, file: &str) -> PlantFileError {
        let before = text.as_bytes().get(..self.span.start).unwrap_or_default();
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        PlantFileError::Value { file: file.into(), line, key: self.key, problem: self.problem }
    }
}

/// Refuses what stands at `span`, known to people as `key`.
pub(super) fn refuse_at<R>(span: std::ops::Range<usize>, key: String, problem: String) -> Result<R, Problem> {
    Err(Problem { span, key, problem })
}

/// Refuses the value at `at`, known to people as `key`.
pub(super) fn refuse<T, R>(at: &Spanned<T>, key: impl Into<String>, problem: impl Into<String>) -> Result<R, Problem> {
    Err(Problem { span: at.span(), key: key.into(), problem: problem.into() })
}
