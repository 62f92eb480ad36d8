//! Files of one's own: which of their columns are used, and what is known of each.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use super::benchmark::{ONSET, tags as protocol_tags, to_data};
use super::judge::{Exam, Group, Origin};
use crate::detect::TrainingData;
use crate::detect::evaluation::Truth;
use crate::domain::TagId;
use crate::ingest::RunFile;

/// An exam on files.
///
/// # Errors
/// When a file cannot be read, lacks a tag, or nobody says where its fault begins.
pub(super) fn exam(
    train: &[PathBuf],
    test: &[PathBuf],
    onset: Option<usize>,
    wanted: &[TagId],
) -> anyhow::Result<Exam> {
    anyhow::ensure!(!train.is_empty(), "--train: which files of normal operation?");
    anyhow::ensure!(!test.is_empty(), "--test: which files are to be judged?");
    let read = |file: &PathBuf| -> anyhow::Result<RunFile> { Ok(RunFile::read(file)?) };
    let normal = train.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let tags = chosen(wanted, &normal[0].tags)?;
    let mut data = TrainingData::new(tags.clone())?;
    for (path, file) in train.iter().zip(&normal) {
        anyhow::ensure!(
            file.fault.is_none(),
            "--train {}: its fault column says that it is not normal",
            path.display()
        );
        let run = selected(path, file, &tags)?;
        data.begin_run(path.display().to_string());
        (0..run.rows()).try_for_each(|at| data.push_row(run.row(at)))?;
    }
    let names: Vec<String> = train.iter().map(|path| path.display().to_string()).collect();
    let mut exam = Exam::new("files", &names.join(", "), data);
    for (n, path) in test.iter().enumerate() {
        let file = read(path)?;
        let truth = truth(path, &file, onset, n as u32 + 1)?;
        exam.add(Group::Main, truth, Origin::Loaded(selected(path, &file, &tags)?));
    }
    Ok(exam)
}

/// The tags that are used: those asked for, else those of the protocol, else all.
///
/// # Errors
/// When one that was asked for is not there.
pub(super) fn chosen(wanted: &[TagId], there: &[TagId]) -> anyhow::Result<Vec<TagId>> {
    let all = |tags: &[TagId]| tags.iter().all(|tag| there.contains(tag));
    if let [only] = wanted
        && only.as_str() == "all"
    {
        return Ok(there.to_vec());
    }
    match wanted.iter().find(|tag| !there.contains(tag)) {
        Some(missing) => Err(anyhow!("--tags {missing}: there is no such column")),
        None if !wanted.is_empty() => Ok(wanted.to_vec()),
        None if all(&protocol_tags()) => Ok(protocol_tags()),
        None => Ok(there.to_vec()),
    }
}

/// The columns by name, in whatever order the file has them.
fn selected(path: &Path, file: &RunFile, tags: &[TagId]) -> anyhow::Result<TrainingData> {
    let name = path.display().to_string();
    to_data(&name, file)?.select(tags).with_context(|| format!("{name} has other columns than the files of --train"))
}

fn truth(path: &Path, file: &RunFile, onset: Option<usize>, position: u32) -> anyhow::Result<Truth> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let published = published_number(&name);
    if file.labelled {
        return Ok(match &file.fault {
            None => Truth::NormalTest,
            Some((onset, label)) => Truth::Fault { idv: number_in(label).unwrap_or(position), onset: *onset },
        });
    }
    match (published, onset) {
        (Some(0), _) => Ok(Truth::NormalTest),
        (number, Some(onset)) => Ok(Truth::Fault { idv: number.unwrap_or(position), onset }),
        (Some(number), None) => Ok(Truth::Fault { idv: number, onset: ONSET }),
        (None, None) => Err(anyhow!(
            "--test {}: where does its fault begin? Say it with --onset ROWS, a column `fault`, or a name as d04_te",
            path.display()
        )),
    }
}

/// The number of a test file that is named as in the benchmark: `d04_te.csv.gz`.
fn published_number(name: &str) -> Option<u32> {
    let stem = name.split('.').next()?;
    let digits = stem.strip_prefix('d')?.strip_suffix("_te")?;
    (digits.len() == 2).then(|| digits.parse().ok()).flatten()
}

/// The number of the fault in a label of `tep simulate`: `IDV_4` is 4, a stuck valve 4 is 21, as in the benchmark.
fn number_in(label: &str) -> Option<u32> {
    if label.starts_with("XMV_4=") {
        return Some(21);
    }
    let digits = label.trim_start_matches("IDV").trim_start_matches(['_', ' ', '(']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(fault: Option<(usize, &str)>, labelled: bool) -> RunFile {
        let fault = fault.map(|(row, label)| (row, label.to_owned()));
        RunFile { tags: vec![TagId::from("A")], rows: vec![vec![1.0]], fault, labelled }
    }

    #[test]
    fn what_is_known_of_a_file_comes_from_its_label_its_name_or_the_caller() {
        let truth = |name: &str, file: &RunFile, onset| truth(Path::new(name), file, onset, 7).ok();
        let plain = file(None, false);
        let fault = |idv, onset| Some(Truth::Fault { idv, onset });
        assert_eq!(truth("x.csv", &file(Some((20, "IDV_13")), true), None), fault(13, 20));
        assert_eq!(truth("x.csv", &file(Some((20, "XMV_4=61.302")), true), None), fault(21, 20));
        assert_eq!(truth("x.csv", &file(Some((20, "pump worn")), true), None), fault(7, 20));
        assert_eq!(truth("x.csv", &file(None, true), Some(5)), Some(Truth::NormalTest));
        assert_eq!(truth("in/d04_te.csv.gz", &plain, None), fault(4, 160));
        assert_eq!(truth("d04_te.csv", &plain, Some(3)), fault(4, 3));
        assert_eq!(truth("d00_te.csv", &plain, None), Some(Truth::NormalTest));
        assert_eq!(truth("pump.csv", &plain, Some(3)), fault(7, 3));
        assert_eq!(truth("pump.csv", &plain, None), None);
    }

    #[test]
    fn tags_are_those_asked_for_or_the_protocols_or_all() {
        let there: Vec<TagId> = ["B", "A"].map(TagId::from).to_vec();
        let names = |wanted: &[&str], there: &[TagId]| {
            let wanted: Vec<TagId> = wanted.iter().map(|tag| TagId::from(*tag)).collect();
            chosen(&wanted, there).map_err(|error| error.to_string())
        };
        assert_eq!(names(&[], &there), Ok(there.clone()));
        assert_eq!(names(&["A"], &there), Ok(vec![TagId::from("A")]));
        assert_eq!(names(&["C"], &there), Err("--tags C: there is no such column".to_owned()));
        let columns = super::super::benchmark::columns();
        assert_eq!(names(&[], &columns).map(|tags| tags.len()), Ok(33));
        assert_eq!(names(&["all"], &columns).map(|tags| tags.len()), Ok(52));
    }
}
