//! What the documents say is still so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use tep::cli::Arguments;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files with one of these endings below a folder.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a folder that can be listed").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found
}

/// The name that a metric macro is given: the first literal after `counter!(` and its like.
fn metrics_of(text: &str) -> impl Iterator<Item = String> {
    ["counter!(", "gauge!(", "histogram!("]
        .into_iter()
        .flat_map(move |makro| text.split(makro).skip(1).filter_map(|rest| rest.split('"').nth(1)).map(str::to_owned))
}

#[test]
fn every_metric_is_in_the_operations_manual_and_no_other() {
    let in_code: BTreeSet<String> = files(&root().join("src"), "rs")
        .iter()
        .map(|path| read(path))
        .flat_map(|text| metrics_of(&text).collect::<Vec<_>>())
        .filter(|name| name.starts_with("tep_"))
        .collect();
    let manual = read(&root().join("docs/operations.md"));
    let told: BTreeSet<String> = manual
        .lines()
        .filter_map(|line| line.strip_prefix("| `tep_")?.split_once('`'))
        .map(|(name, _)| format!("tep_{name}"))
        .collect();
    assert!(!in_code.is_empty());
    assert_eq!(told, in_code);
}

#[test]
fn the_table_of_bounds_is_what_the_code_holds() {
    let document = read(&root().join("docs/bounds.md"));
    let rows = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| door "));
    let told: Vec<Vec<String>> =
        rows.map(|row| row.split('|').map(|cell| cell.trim().to_owned()).skip(1).take(3).collect()).collect();
    let held: Vec<Vec<String>> = tep::config::bounds::ALL
        .iter()
        .map(|bound| vec![bound.door.into(), format!("{} {}", bound.most, bound.of), bound.when_full.to_string()])
        .collect();
    assert_eq!(told, held);
}

#[test]
fn every_bound_of_the_table_is_used() {
    let bounds = read(&root().join("src/config/bounds.rs"));
    let names: BTreeSet<&str> = bounds
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split_once(": Bound "))
        .map(|(name, _)| name)
        .collect();
    let code: String = files(&root().join("src"), "rs").iter().map(|path| read(path)).collect();
    assert_eq!(names.len(), tep::config::bounds::ALL.len(), "every bound stands in ALL");
    for name in names {
        assert!(code.contains(&format!("bounds::{name}")), "nobody holds to {name}");
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = read(&root().join("README.md"));
    for command in Arguments::command().get_subcommands() {
        let said = format!("`tep {}", command.get_name());
        assert!(readme.contains(&said), "README.md does not tell of {said}`");
    }
}

#[test]
fn every_dependency_is_in_its_decision_record() {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("a manifest");
    let record = read(&root().join("docs/adr/0003-crates-chosen.md"));
    for section in ["dependencies", "dev-dependencies"] {
        for (name, how) in manifest[section].as_table().expect("a table") {
            let ours = how.get("path").is_some();
            assert!(ours || record.contains(&format!("`{name}`")), "docs/adr/0003 does not say why `{name}`");
        }
    }
}

#[test]
fn links_within_the_documents_lead_somewhere() {
    let mut documents: Vec<PathBuf> = files(&root().join("docs"), "md");
    documents.extend(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root().join(name)));
    let mut links = 0;
    for document in &documents {
        let folder = document.parent().expect("a document in a folder");
        for target in read(document).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            links += 1;
            assert!(folder.join(file).exists(), "{}: `{target}` leads nowhere", document.display());
        }
    }
    assert!(links > 5, "only {links} links were found");
}
