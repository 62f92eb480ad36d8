//! Names of accounts: short, printable, the same in upper and lower case.

use thiserror::Error;

/// Most characters of a name.
const NAME_MAX: usize = 64;

/// Why a name cannot be an account's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NameProblem {
    /// Nothing was given.
    #[error("a name is needed")]
    Empty,
    /// It is longer than any name needs to be.
    #[error("a name has at most {NAME_MAX} characters")]
    TooLong,
    /// It has a character that looks different in logs, shells and journals.
    #[error("a name consists of the letters a to z, digits, and . _ - @, not `{0}`")]
    Character(char),
}

/// The name as accounts keep it: trimmed, in lower case.
pub(super) fn new_name(typed: &str) -> Result<String, NameProblem> {
    let name = typed.trim().to_ascii_lowercase();
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if name.chars().count() > NAME_MAX {
        return Err(NameProblem::TooLong);
    }
    match name.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-@".contains(*c)) {
        Some(odd) => Err(NameProblem::Character(odd)),
        None => Ok(name),
    }
}

/// The name as somebody typed it when signing in. What cannot be a name is looked up all the same and not found, so that
/// nobody learns from the answer which names could exist; it is cut, so that nobody can fill our memory with it.
pub(super) fn typed_name(typed: &str) -> String {
    typed.trim().to_ascii_lowercase().chars().take(NAME_MAX + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_odd_ones_refused() {
        let check = |typed: &str, expected: Result<&str, NameProblem>| {
            assert_eq!(new_name(typed), expected.map(str::to_owned), "{typed:?}");
        };
        check(" Olga ", Ok("olga"));
        check("o.berg@plant-3", Ok("o.berg@plant-3"));
        check("  ", Err(NameProblem::Empty));
        check("olga\nadmin", Err(NameProblem::Character('\n')));
        check("оlga", Err(NameProblem::Character('о')));
        check(&"x".repeat(65), Err(NameProblem::TooLong));
    }

    #[test]
    fn an_endless_name_is_cut_and_fits_no_account() {
        assert_eq!(typed_name(&"x".repeat(10_000)).len(), NAME_MAX + 1);
    }
}
