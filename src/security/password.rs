//! Passwords: which are good enough, and how they are kept.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Fewest characters of a password.
const LENGTH_MIN: usize = 10;

/// Most bytes of a password; a page of text is no password but work for us.
const BYTES_MAX: usize = 512;

/// Fewest different characters of a password.
const DIFFERENT_MIN: usize = 5;

/// Memory of one hash, KiB: the smallest of the equivalent settings of the OWASP password storage cheat sheet.
const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over that memory.
const PASSES: u32 = 2;

/// Lanes.
const LANES: u32 = 1;

/// Hashes computed at the same time: they take memory and whole cores, and the plant needs both.
const AT_ONCE: usize = 2;

/// What people choose when a password must be long, without the digits and signs they put at its end.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password is not good enough.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PasswordProblem {
    /// It is too short.
    #[error("a password needs at least {LENGTH_MIN} characters")]
    TooShort,
    /// It is too long to be hashed.
    #[error("a password has at most {BYTES_MAX} bytes")]
    TooLong,
    /// It repeats few characters.
    #[error("a password needs at least {DIFFERENT_MIN} different characters")]
    TooMonotonous,
    /// It is the name, at most with digits and signs around it.
    #[error("a password must not be the name")]
    IsTheName,
    /// It is among those that are tried first.
    #[error("this password is among those that are tried first; choose another, for example four unrelated words")]
    Common,
}

/// Refuses passwords that would be guessed.
pub(super) fn check(name: &str, password: &str) -> Result<(), PasswordProblem> {
    let mut different: Vec<char> = password.chars().collect();
    let length = different.len();
    different.sort_unstable();
    different.dedup();
    let folded = password.to_lowercase();
    let core = folded.trim_matches(|c: char| !c.is_alphabetic());
    if length < LENGTH_MIN {
        Err(PasswordProblem::TooShort)
    } else if password.len() > BYTES_MAX {
        Err(PasswordProblem::TooLong)
    } else if different.len() < DIFFERENT_MIN {
        Err(PasswordProblem::TooMonotonous)
    } else if folded == name || (!core.is_empty() && core == name.trim_matches(|c: char| !c.is_alphabetic())) {
        Err(PasswordProblem::IsTheName)
    } else if COMMON.lines().any(|common| common == folded || common == core) {
        Err(PasswordProblem::Common)
    } else {
        Ok(())
    }
}

/// The hash did not come about: the machine is out of memory or randomness.
#[derive(Debug, Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

/// Computes and compares argon2id hashes, a few at a time, beside the workers of the runtime.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    /// A fresh one.
    pub fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash of a new password, with a fresh salt, as a PHC string.
    pub async fn hash(&self, password: &str) -> Result<String, HashError> {
        let password = password.to_owned();
        self.in_turn(move || {
            argon2()
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|e| HashError(e.to_string()))
        })
        .await?
    }

    /// Whether the password is the one that was hashed. Without a hash it does the same work and says no, so that the
    /// time of the answer does not tell which names exist.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, HashError> {
        let password = password.to_owned();
        let nobody = hash.is_none();
        let hash = hash.map_or_else(nobodys_hash, str::to_owned);
        self.in_turn(move || {
            let parsed = PasswordHash::new(&hash).map_err(|e| HashError(e.to_string()))?;
            Ok(argon2().verify_password(password.as_bytes(), &parsed).is_ok() && !nobody)
        })
        .await?
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let _turn = self.turns.acquire().await.map_err(|e| HashError(e.to_string()))?;
        spawn_blocking(work).await.map_err(|e| HashError(e.to_string()))
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the constants above are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A hash of no known password, as costly to compare with as a real one.
fn nobodys_hash() -> String {
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$bm9ib2R5J3Mgc2FsdCEhIQ${}", "A".repeat(43))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_passwords_are_refused_with_what_is_wrong_with_them() {
        let rule = |password: &str, expected: Result<(), PasswordProblem>| {
            assert_eq!(check("olga.berg", password), expected, "{password:?}");
        };
        rule("copper ladder 7 rain", Ok(()));
        rule("kühlwasserpumpe", Ok(()));
        rule("short", Err(PasswordProblem::TooShort));
        rule("überkurz!", Err(PasswordProblem::TooShort));
        rule(&"correct horse ".repeat(60), Err(PasswordProblem::TooLong));
        rule("aaaaaaaaaabbbb", Err(PasswordProblem::TooMonotonous));
        rule("Olga.Berg1984", Err(PasswordProblem::IsTheName));
        rule("Password2026!", Err(PasswordProblem::Common));
        rule("1234567890", Err(PasswordProblem::Common));
        rule("qwertyuiop", Err(PasswordProblem::Common));
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("copper ladder 7 rain").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("copper ladder 7 rain", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("copper ladder 8 rain", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let passwords = Passwords::new();
        let one = passwords.hash("copper ladder 7 rain").await.unwrap();
        assert_ne!(one, passwords.hash("copper ladder 7 rain").await.unwrap());
    }

    #[tokio::test]
    async fn an_unreadable_hash_is_an_error_and_not_a_wrong_password() {
        assert!(Passwords::new().verify("copper ladder 7 rain", Some("plain text")).await.is_err());
    }

    #[tokio::test]
    async fn an_unknown_name_costs_as_much_as_a_wrong_password() {
        let passwords = Passwords::new();
        assert!(!passwords.verify("not the password", None).await.unwrap());
        let (real, nobodys) = (passwords.hash("copper ladder 7 rain").await.unwrap(), nobodys_hash());
        // What a comparison costs is in the hash: algorithm, memory, passes, lanes, and the lengths of salt and output.
        let cost = |hash: &str| {
            let parsed = PasswordHash::new(hash).unwrap();
            let salt = parsed.salt.unwrap().len();
            (parsed.algorithm.to_string(), parsed.version, parsed.params.to_string(), salt, parsed.hash.unwrap().len())
        };
        assert_eq!(cost(&nobodys), cost(&real));
    }
}
