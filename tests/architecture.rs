//! Holds the sources to the floors of `ARCHITECTURE.md`, and to what is deliberately absent.
//!
//! What a module uses is read from its syntax: `use` trees, paths, and the tokens inside macros and attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// Lines of a file before its tests; past this, a noun wants its own home.
const FILE_LINES_MAX: usize = 600;

/// Crates that only some modules may name, and why.
const CRATES: &[(&[&str], &[&str], &str)] = &[
    (&["sea_orm", "sea_orm_migration", "migrations"], &["storage"], "rows are translated at the door of storage"),
    (&["async_graphql", "async_graphql_axum"], &["graphql", "app", "cli"], "only the entrance speaks GraphQL"),
    (&["ractor", "ractor_cluster"], &["actors", "cluster", "app"], "who remembers something lives on the third floor"),
];

/// What the quiet floors must not name: clocks, logs, tasks and sockets. The caller brings the time and tells the story.
const LOUD: &[&str] =
    &["tokio", "tracing", "log", "metrics", "futures_util", "std::time::Instant", "std::time::SystemTime"];
const QUIET: &[&str] = &["domain", "detect", "alarms", "explain", "knowledge", "diagnosis"];

/// The floors as `ARCHITECTURE.md` tells them: for every module, the modules that it may use.
struct Floors(BTreeMap<String, BTreeSet<String>>);

impl Floors {
    fn read(document: &str) -> Self {
        let rows: Vec<Vec<&str>> = document
            .lines()
            .skip_while(|line| !line.starts_with("| floor |"))
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        let modules = |cell: &str| -> BTreeSet<String> {
            cell.split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect()
        };
        let everybody: BTreeSet<String> = rows.iter().flat_map(|row| modules(row[1])).collect();
        let allowed = |cell: &str| -> BTreeSet<String> {
            match cell {
                "everybody" => everybody.clone(),
                "nobody" => BTreeSet::new(),
                floors => floors
                    .split(',')
                    .map(str::trim)
                    .flat_map(|floor| {
                        let row = rows.iter().find(|row| row[0] == floor);
                        modules(row.unwrap_or_else(|| panic!("ARCHITECTURE.md names no floor `{floor}`"))[1])
                    })
                    .collect(),
            }
        };
        Self(rows.iter().flat_map(|row| modules(row[1]).into_iter().map(|m| (m, allowed(row[2])))).collect())
    }

    fn may_use(&self, from: &str, to: &str) -> bool {
        from == to || self.0.get(from).is_some_and(|allowed| allowed.contains(to))
    }

    fn knows(&self, module: &str) -> bool {
        self.0.contains_key(module)
    }
}

/// Every path that one file names, from the crate's root, and whether it waits.
#[derive(Default)]
struct Names {
    /// Where the visitor is: the file's module, then inline modules.
    here: Vec<String>,
    paths: BTreeSet<Vec<String>>,
    waits: bool,
}

impl Names {
    fn of(module: &[String], source: &syn::File) -> Self {
        let mut names = Self { here: module.to_vec(), ..Self::default() };
        names.visit_file(source);
        names
    }

    /// Keeps a path, with `crate`, `self` and `super` resolved to `crate::…` from the root.
    fn keep(&mut self, segments: &[String]) {
        let up = segments.iter().take_while(|s| *s == "super").count();
        let absolute = match segments.first().map(String::as_str) {
            Some("self") => [&["crate".to_owned()], &self.here[..], &segments[1..]].concat(),
            Some("super") => {
                let stay = &self.here[..self.here.len().saturating_sub(up)];
                [&["crate".to_owned()], stay, &segments[up..]].concat()
            }
            _ => segments.to_vec(),
        };
        self.paths.insert(absolute);
    }

    fn keep_tree(&mut self, prefix: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.keep_tree(prefix, &path.tree);
                prefix.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.keep_tree(prefix, item)),
            syn::UseTree::Name(name) => self.keep(&[&prefix[..], &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(name) => self.keep(&[&prefix[..], &[name.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.keep(&prefix.clone()),
        }
    }

    /// Paths inside a macro or an attribute, of which only the tokens are known.
    fn keep_tokens(&mut self, tokens: &str) {
        let mut path: Vec<String> = Vec::new();
        let mut joined = false;
        for token in tokens.replace("::", " :: ").split_whitespace() {
            let is_name =
                token.chars().all(|c| c.is_alphanumeric() || c == '_') && !token.starts_with(char::is_numeric);
            if token == "::" {
                joined = true;
            } else {
                if !joined && path.len() > 1 {
                    self.keep(&path);
                }
                if !joined || !is_name {
                    path.clear();
                }
                if is_name {
                    path.push(token.to_owned());
                }
                self.waits |= token == "async" || token == "await";
                joined = false;
            }
        }
        if path.len() > 1 {
            self.keep(&path);
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.here.push(module.ident.to_string());
        syn::visit::visit_item_mod(self, module);
        self.here.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.keep_tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.keep(&segments);
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, makro: &'ast syn::Macro) {
        self.keep_tokens(&makro.tokens.to_string());
        syn::visit::visit_macro(self, makro);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.keep_tokens(&list.tokens.to_string());
        syn::visit::visit_meta_list(self, list);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.waits |= signature.asyncness.is_some();
        syn::visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.waits = true;
        syn::visit::visit_expr_async(self, block);
    }

    fn visit_expr_await(&mut self, wait: &'ast syn::ExprAwait) {
        self.waits = true;
        syn::visit::visit_expr_await(self, wait);
    }
}

/// Whether a path begins as `what` says, for example `std::time::Instant`.
fn begins(path: &[String], what: &str) -> bool {
    let mut want = what.split("::");
    let mut have = path.iter();
    want.all(|w| have.next().is_some_and(|h| h == w))
}

/// Whether a path asks a clock for the time now.
fn asks_the_time(path: &[String]) -> bool {
    path.ends_with(&["Utc".into(), "now".into()]) || path.ends_with(&["Local".into(), "now".into()])
}

/// What is wrong with one file, each in a sentence that names the file and the module.
fn complaints(floors: &Floors, file: &str, module: &[String], text: &str) -> Vec<String> {
    let source = syn::parse_file(text).unwrap_or_else(|e| panic!("{file}: {e}"));
    let names = Names::of(module, &source);
    let own = module.first().map_or("", String::as_str);
    let mut found = Vec::new();
    if !floors.knows(own) {
        found.push(format!("{file}: module `{own}` stands on no floor of ARCHITECTURE.md"));
    }
    for path in &names.paths {
        let said = path.join("::");
        if path.len() > 1 && path[0] == "crate" && floors.knows(&path[1]) && !floors.may_use(own, &path[1]) {
            found.push(format!("{file}: `{own}` may not use `{}` (`{said}`)", path[1]));
        }
        for (crates, homes, why) in CRATES {
            if crates.contains(&path[0].as_str()) && path.len() > 1 && !homes.contains(&own) {
                found.push(format!("{file}: `{own}` may not name `{said}`: {why}"));
            }
        }
        if QUIET.contains(&own) && (asks_the_time(path) || path.len() > 1 && LOUD.iter().any(|l| begins(path, l))) {
            found.push(format!("{file}: `{own}` is a quiet floor and may not name `{said}`"));
        }
        if path.iter().any(|s| matches!(s.as_str(), "unbounded_channel" | "unbounded" | "UnboundedSender")) {
            found.push(format!("{file}: `{said}`: every queue has a bound"));
        }
    }
    if QUIET.contains(&own) && names.waits {
        found.push(format!("{file}: `{own}` is a quiet floor and may not wait (async)"));
    }
    for line in text.lines().filter(|line| line.contains("#[error(") && line.contains(":?}")) {
        found.push(format!("{file}: a person reads `{}`: give what is in it words", line.trim()));
    }
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    if lines > FILE_LINES_MAX {
        found.push(format!("{file}: {lines} lines are more than {FILE_LINES_MAX}; split it by noun"));
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a folder that can be listed").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// `src/actors/unit/mod.rs` is the module `actors::unit`.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        file.with_extension("").components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    if module.len() > 1 && module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn floors() -> Floors {
    Floors::read(&fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md"))
}

#[test]
fn every_module_keeps_to_its_floor() {
    let (floors, src) = (floors(), root().join("src"));
    let files = rust_files(&src);
    assert!(files.len() > 10, "only {} files found under src", files.len());
    let found: Vec<String> = files
        .iter()
        .flat_map(|path| {
            let inside = path.strip_prefix(&src).expect("a file under src");
            let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            // The two files at the root declare the modules; their own paths begin there.
            let file = format!("src/{}", inside.display());
            complaints(&floors, &file, &module_of(inside), &text)
        })
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_simulated_plant_has_no_clock_no_log_and_no_tasks() {
    let src = root().join("crates/tennessee-eastman/src");
    for path in rust_files(&src) {
        let text = fs::read_to_string(&path).expect("a source file");
        let names = Names::of(&[], &syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
        assert!(!names.waits, "{}: the simulated plant is pure and may not wait", path.display());
        for said in &names.paths {
            let loud = asks_the_time(said) || said.len() > 1 && LOUD.iter().any(|l| begins(said, l));
            assert!(!loud, "{}: the simulated plant is pure and may not name `{}`", path.display(), said.join("::"));
        }
    }
}

#[test]
fn a_breach_is_told_with_file_and_module() {
    let floors = floors();
    let check = |module: &str, text: &str, want: &[&str]| {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        let found = complaints(&floors, "src/some.rs", &module, text);
        assert_eq!(found.len(), want.len(), "{text}: {found:?}");
        for (said, want) in found.iter().zip(want) {
            assert!(said.starts_with("src/some.rs: ") && said.contains(want), "{text}: {said}");
        }
    };
    check("domain", "use crate::domain::Plant;", &[]);
    check("domain::alarm", "use super::ids::TagId;", &[]);
    check("domain", "use crate::storage::Store;", &["`domain` may not use `storage`"]);
    check("domain::alarm", "use super::super::feed::Feed;", &["`domain` may not use `feed`"]);
    check("feed", "mod tests { use super::super::ingest::Source; }", &["`feed` may not use `ingest`"]);
    check("detect", "use crate::{domain::Scan, alarms::Lifecycle};", &["`detect` may not use `alarms`"]);
    check("detect", "fn f() { assert!(crate::config::Config::default().is_good()); }", &["may not use `config`"]);
    check("actors", "#[derive(sea_orm::FromQueryResult)] struct Row;", &["may not name `sea_orm::FromQueryResult`"]);
    check("storage", "use sea_orm::Database;", &[]);
    check("alarms", "async fn wait() {}", &["may not wait"]);
    check("alarms", "fn now() { chrono::Utc::now(); }", &["`chrono::Utc::now`"]);
    check("alarms", "use tracing::info;", &["`tracing::info`"]);
    check("ingest", "fn f() { let (a, b) = tokio::sync::mpsc::unbounded_channel(); }", &["every queue has a bound"]);
    check("cupboard", "", &["`cupboard` stands on no floor"]);
    check("actors", &"\n".repeat(FILE_LINES_MAX + 1), &["split it by noun"]);
    check("actors", "#[error(\"it is {0:?}\")] struct Odd(State);", &["give what is in it words"]);
}
