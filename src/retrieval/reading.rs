//! Files become text. Markdown and plain text are read here; a PDF is taken apart by a program of its own, since what a
//! stranger has made may run for ever, take all memory, or bring down the process that reads it.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::config::bounds;
use crate::domain::DocumentMedia;

/// What the program is told on its command line.
pub const READ_PDF: &str = "read-pdf";
/// What it may take: seconds of computing, and bytes of memory.
pub const PDF_CPU_SECONDS: u64 = 20;
/// See [`PDF_CPU_SECONDS`].
pub const PDF_MEMORY_BYTES: u64 = 1 << 30;
/// The line before its answer; a library may have said something of its own.
const MARK: &str = "tep-pages:";

/// Why a file cannot be read. A person sees it, so it says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadingError {
    /// It has too many bytes.
    #[error("the file has {0} bytes, at most {max} are taken", max = bounds::DOCUMENT_FILE.most)]
    TooLarge(usize),
    /// It is not what its name says.
    #[error("the file is no {0}")]
    Other(&'static str),
    /// It is encrypted, damaged, or made to harm.
    #[error("the PDF cannot be read: {0}")]
    Pdf(String),
    /// There is no text in it.
    #[error("there is no text in it; a scanned PDF must be sent through text recognition first")]
    NoText,
    /// There is too much text in it.
    #[error("it has {0} characters of text, at most {max} are taken; divide it", max = bounds::DOCUMENT_TEXT.most)]
    TooLong(usize),
}

/// What the program that reads a PDF answers.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Pages(Vec<String>),
    Problem(String),
}

/// Reads files.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The program that takes a PDF apart: TEP itself.
    program: PathBuf,
}

impl Reader {
    /// With TEP itself as the program. The link stays right when the file behind it is replaced by a newer one.
    pub fn of_this_program() -> Self {
        Self { program: PathBuf::from("/proc/self/exe") }
    }

    /// With another build of it.
    pub fn with_program(program: PathBuf) -> Self {
        Self { program }
    }

    /// The text of a file: of a PDF a page each, else all of it. Blocks until it is there; of a PDF for half a minute at most.
    ///
    /// # Errors
    /// When there is no text in it, or too much, or it cannot be read.
    pub fn read(&self, media: DocumentMedia, content: &[u8]) -> Result<Vec<String>, ReadingError> {
        if content.len() > bounds::DOCUMENT_FILE.most {
            return Err(ReadingError::TooLarge(content.len()));
        }
        let pages = match media {
            DocumentMedia::Markdown | DocumentMedia::Text => {
                let text = std::str::from_utf8(content).map_err(|_| ReadingError::Other("text in UTF-8"))?;
                vec![clean(text)]
            }
            DocumentMedia::Pdf => self.pdf(content)?.iter().map(|page| clean(page)).collect(),
        };
        let length: usize = pages.iter().map(|page| page.chars().count()).sum();
        if pages.iter().all(|page| page.trim().is_empty()) {
            return Err(ReadingError::NoText);
        }
        if length > bounds::DOCUMENT_TEXT.most {
            return Err(ReadingError::TooLong(length));
        }
        Ok(pages)
    }

    fn pdf(&self, content: &[u8]) -> Result<Vec<String>, ReadingError> {
        // Readers allow something before the mark.
        if !content[..content.len().min(1_024)].windows(5).any(|five| five == b"%PDF-") {
            return Err(ReadingError::Other("PDF"));
        }
        let failed = |what: &str| ReadingError::Pdf(what.to_owned());
        let mut child = Command::new(&self.program)
            .arg(READ_PDF)
            .env_clear()
            // The allocator sets a whole gigabyte of addresses aside otherwise, which is all that is allowed.
            .env("MIMALLOC_ARENA_RESERVE", "64MiB")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| ReadingError::Pdf(format!("the program that reads it cannot be started: {e}")))?;
        // It takes in everything before it says anything, so nobody waits for the other.
        let sent = child.stdin.take().map(|mut input| input.write_all(content));
        let mut said = Vec::new();
        let most = bounds::DOCUMENT_TEXT.most as u64 * 8;
        let heard = child.stdout.take().map(|output| output.take(most).read_to_end(&mut said));
        let status = child.wait().map_err(|_| failed("the program that reads it is lost"))?;
        drop((sent, heard));
        if !status.success() {
            return Err(failed("it takes too long, needs too much memory, or is damaged"));
        }
        let said = String::from_utf8_lossy(&said);
        let answer = said.lines().rev().find_map(|line| line.strip_prefix(MARK));
        match answer.and_then(|json| serde_json::from_str(json).ok()) {
            Some(Answer::Pages(pages)) => Ok(pages),
            Some(Answer::Problem(problem)) => Err(ReadingError::Pdf(problem)),
            None => Err(failed("it has too much text, or is damaged")),
        }
    }
}

/// Text without the signs that mean nothing in a text and that no database takes.
fn clean(text: &str) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.replace("\r\n", "\n").chars().filter(kept).collect()
}

/// The other side: takes a PDF apart, reads it from `input` and says its pages to `output`. The caller has limited what the
/// process may take.
///
/// # Errors
/// When there is nobody to read from or to say it to.
pub fn take_apart(mut input: impl Read, mut output: impl Write) -> std::io::Result<()> {
    let mut content = Vec::new();
    input.read_to_end(&mut content)?;
    let answer = match pdf_extract::extract_text_from_mem_by_pages(&content) {
        Ok(pages) => Answer::Pages(pages),
        Err(e) => Answer::Problem(e.to_string().chars().take(200).collect()),
    };
    let json = serde_json::to_string(&answer).map_err(std::io::Error::other)?;
    writeln!(output, "\n{MARK}{json}")?;
    output.flush()
}
