//! The policies as text: built in, or from a directory; parsed and held against the schema.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use thiserror::Error;

use super::role::Role;

/// What the code asks and of what; a contract with the code, so it is always the built-in one.
const SCHEMA: &str = include_str!("../../policies/schema.cedarschema");

/// The built-in policies by file.
const BUILT_IN: [(&str, &str); 8] = [
    ("account.cedar", include_str!("../../policies/account.cedar")),
    ("administrator.cedar", include_str!("../../policies/administrator.cedar")),
    ("egress.cedar", include_str!("../../policies/egress.cedar")),
    ("engineer.cedar", include_str!("../../policies/engineer.cedar")),
    ("maintenance.cedar", include_str!("../../policies/maintenance.cedar")),
    ("notifier.cedar", include_str!("../../policies/notifier.cedar")),
    ("operator.cedar", include_str!("../../policies/operator.cedar")),
    ("viewer.cedar", include_str!("../../policies/viewer.cedar")),
];

/// Why the policies cannot be used. With a doubtful policy nobody is let in at all.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// A file or the directory cannot be read.
    #[error("policies in {path} cannot be read")]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The directory holds no policies.
    #[error("there is no .cedar file in {0}, so nobody could do anything")]
    Empty(PathBuf),
    /// A file is not in the policy language.
    #[error("policy file {file}: {problem}")]
    Syntax {
        /// Which file.
        file: String,
        /// What is wrong, with its place.
        problem: String,
    },
    /// A policy speaks of something that does not exist, or compares what cannot be compared.
    #[error("the policies do not fit the schema: {0}")]
    Schema(String),
}

/// The schema of requests.
pub(super) fn schema() -> Result<Schema, PolicyError> {
    match Schema::from_cedarschema_str(SCHEMA) {
        Ok((schema, _warnings)) => Ok(schema),
        Err(e) => Err(PolicyError::Schema(e.to_string())),
    }
}

/// The built-in policies, or those of the directory.
pub(super) fn load(directory: Option<&Path>, schema: &Schema) -> Result<PolicySet, PolicyError> {
    let mut policies = PolicySet::new();
    match directory {
        None => BUILT_IN.iter().try_for_each(|(file, text)| add_file(&mut policies, file, text))?,
        Some(directory) => {
            for (file, text) in read_directory(directory)? {
                add_file(&mut policies, &file, &text)?;
            }
        }
    }
    validate(&policies, schema)?;
    Ok(policies)
}

fn read_directory(directory: &Path) -> Result<Vec<(String, String)>, PolicyError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| PolicyError::Unreadable { path, source }
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable(directory))? {
        paths.push(entry.map_err(unreadable(directory))?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "cedar"));
    paths.sort();
    if paths.is_empty() {
        return Err(PolicyError::Empty(directory.to_owned()));
    }
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}

/// Adds the policies of a file under ids that name it, so that an error leads there.
fn add_file(policies: &mut PolicySet, file: &str, text: &str) -> Result<(), PolicyError> {
    let syntax = |problem: String| PolicyError::Syntax { file: file.to_owned(), problem };
    let parsed = PolicySet::from_str(text).map_err(|e| syntax(e.to_string()))?;
    if parsed.templates().next().is_some() {
        return Err(syntax("templates (`?principal`, `?resource`) are not used here".into()));
    }
    for policy in parsed.policies() {
        unknown_role(policy).map_or(Ok(()), |name| Err(syntax(format!("there is no role `{name}`"))))?;
        let id = PolicyId::new(format!("{file}/{}", policy.id()));
        policies.add(policy.new_id(id)).map_err(|e| syntax(e.to_string()))?;
    }
    Ok(())
}

/// The schema cannot list the roles, since what stands above something else is no enumeration to it.
fn unknown_role(policy: &Policy) -> Option<String> {
    policy
        .entity_literals()
        .into_iter()
        .filter(|uid| uid.type_name().basename() == "Role")
        .map(|uid| uid.id().unescaped().to_owned())
        .find(|name| name.parse::<Role>().is_err())
}

fn validate(policies: &PolicySet, schema: &Schema) -> Result<(), PolicyError> {
    let result = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    let problems: Vec<String> = result
        .validation_errors()
        .map(|problem| format!("{}: {problem}", problem.policy_id()))
        .chain(result.validation_warnings().map(|problem| format!("{}: {problem}", problem.policy_id())))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(PolicyError::Schema(problems.join("; "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_with(files: &[(&str, &str)]) -> String {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        load(Some(directory.path()), &schema().unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn doubtful_policies_are_refused_with_file_and_reason() {
        let check = |text: &str, expected: &[&str]| {
            let problem = problem_with(&[("site.cedar", text)]);
            assert!(expected.iter().all(|part| problem.contains(part)), "{problem}");
        };
        check("permit(principal, action", &["site.cedar", "unexpected end"]);
        check("permit(principal == ?principal, action, resource);", &["site.cedar", "templates"]);
        check("permit(principal, action == Action::\"alarm:delete\", resource);", &["site.cedar", "alarm:delete"]);
        check("permit(principal, action, resource) when { resource.colour == \"red\" };", &["site.cedar", "colour"]);
        check("permit(principal in Role::\"operater\", action, resource);", &["site.cedar", "no role `operater`"]);
        check("permit(principal, action, resource) when { principal.name == 7 };", &["site.cedar"]);
    }

    #[test]
    fn a_directory_without_policies_is_refused() {
        let problem = problem_with(&[("notes.txt", "permit(principal, action, resource);")]);
        assert!(problem.contains("no .cedar file"), "{problem}");
    }

    #[test]
    fn a_missing_directory_is_named() {
        let problem = load(Some(Path::new("no/such/place")), &schema().unwrap()).unwrap_err().to_string();
        assert!(problem.contains("no/such/place"), "{problem}");
    }

    #[test]
    fn every_policy_file_is_built_in() {
        let mut files: Vec<String> = fs::read_dir("policies")
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".cedar"))
            .collect();
        files.sort();
        assert_eq!(files, BUILT_IN.map(|(file, _)| file.to_owned()));
    }
}
