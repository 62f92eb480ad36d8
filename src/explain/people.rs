//! Names of persons: what of a name is hidden, and which names a text gives away by itself.
//!
//! Nobody can know every name. What the system knows (accounts, contacts, who has done and added what), what an administrator
//! has listed, and what a text marks as a person is hidden; a name that stands in a document without any mark is not.

use std::collections::BTreeSet;

/// Shorter parts of a name are too many other words.
const PART_LETTERS_MIN: usize = 3;
/// Names behind one mark at most.
const BEHIND_A_MARK_MOST: usize = 8;
/// Words that accounts and contacts are called by and that are nobody's name.
const NOBODY: [&str; 34] = [
    "admin",
    "administrator",
    "alarm",
    "call",
    "control",
    "day",
    "desk",
    "duty",
    "engineer",
    "engineering",
    "lead",
    "leader",
    "mail",
    "maintenance",
    "manager",
    "mobile",
    "night",
    "office",
    "operations",
    "operator",
    "panel",
    "phone",
    "plant",
    "process",
    "room",
    "service",
    "shift",
    "supervisor",
    "system",
    "team",
    "tep",
    "the",
    "user",
    "viewer",
];
/// What stands before a name.
const TITLES: [&str; 11] = ["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "herrn", "frau", "sir", "madam"];
/// What stands with a colon before names.
const LABELS: [&str; 15] = [
    "author",
    "authors",
    "autor",
    "autorin",
    "autoren",
    "verfasser",
    "contact",
    "contacts",
    "owner",
    "responsible",
    "signed",
    "editor",
    "editors",
    "ansprechpartner",
    "attendees",
];
/// What stands with "by" before names.
const DEEDS: [&str; 15] = [
    "written",
    "prepared",
    "reviewed",
    "approved",
    "checked",
    "issued",
    "signed",
    "drafted",
    "compiled",
    "authored",
    "reported",
    "erstellt",
    "geprüft",
    "freigegeben",
    "verfasst",
];

/// A name as it may stand in a text: all of it, and each part that is long enough. Nothing for what is nobody's name.
pub fn spellings(name: &str) -> Vec<String> {
    let name = name.trim();
    let own = name.split('@').next().unwrap_or(name);
    let parts = own.split(|letter: char| !letter.is_alphanumeric() && letter != '\'');
    let mut all: BTreeSet<&str> = parts.filter(|part| is_a_name(part)).collect();
    if all.is_empty() && !name.contains('@') {
        return Vec::new();
    }
    all.extend([name, own].into_iter().filter(|whole| !whole.is_empty()));
    all.into_iter().map(str::to_owned).collect()
}

fn is_a_name(part: &str) -> bool {
    let long = part.chars().count() >= PART_LETTERS_MIN && part.chars().all(|letter| !letter.is_numeric());
    long && !NOBODY.contains(&part.to_lowercase().as_str())
}

/// The names that a text marks as such: behind a title (*Dr. Novák*), a label (*Author: Kim Lee*) or a deed (*approved by Kim
/// Lee*), and addresses of mail.
pub fn people_in(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = BTreeSet::new();
    for at in 0..words.len() {
        found.extend(mail_address(words[at]).into_iter().flat_map(spellings));
        if let Some((skipped, most)) = mark(&words[at..]) {
            found.extend(names(&words[at + skipped..], most));
        }
    }
    found.into_iter().collect()
}

/// Whether names follow: how many words the mark has, and how many may follow.
fn mark(words: &[&str]) -> Option<(usize, usize)> {
    let first = bare(words[0]);
    let plain = first.to_lowercase();
    if TITLES.contains(&plain.as_str()) && first.starts_with(char::is_uppercase) {
        return Some((1, 2));
    }
    if LABELS.contains(&plain.as_str()) && words[0].ends_with(':') {
        return Some((1, BEHIND_A_MARK_MOST));
    }
    let by = words.get(1).is_some_and(|next| matches!(bare(next).to_lowercase().as_str(), "by" | "von"));
    (DEEDS.contains(&plain.as_str()) && by).then_some((2, BEHIND_A_MARK_MOST))
}

/// The names with which a text goes on, word by word.
fn names(words: &[&str], most: usize) -> Vec<String> {
    let mut found = Vec::new();
    for word in words.iter().take(most) {
        let plain = bare(word);
        if matches!(plain, "and" | "und" | "" | "von" | "van" | "de") {
            continue;
        }
        let name = plain.starts_with(char::is_uppercase) && !plain.contains(['_', ':']) && !word.ends_with(':');
        if !name {
            break;
        }
        let initial = plain.chars().count() < PART_LETTERS_MIN;
        if is_a_name(plain) {
            found.push(plain.to_owned());
        }
        if word.ends_with(['.', '!', '?', ';']) && !initial {
            break;
        }
    }
    found
}

fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
}

fn mail_address(word: &str) -> Option<&str> {
    let word = bare(word.strip_prefix("mailto:").unwrap_or(word));
    let (own, host) = word.split_once('@')?;
    let plain = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || "._-+".contains(letter));
    (!own.is_empty() && host.contains('.') && plain(own) && plain(host)).then_some(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_hidden_whole_and_in_parts_and_a_role_is_nobodys_name() {
        let check = |name: &str, expected: &[&str]| assert_eq!(spellings(name), expected, "{name}");
        check("Olga Oberländer", &["Oberländer", "Olga", "Olga Oberländer"]);
        check("olga", &["olga"]);
        check("m.dvorak@plant.example", &["dvorak", "m.dvorak", "m.dvorak@plant.example"]);
        check("night-shift@plant.example", &["night-shift", "night-shift@plant.example"]);
        check("olga-mobile", &["olga", "olga-mobile"]);
        for nobody in ["operator", "shift-lead", "engineer 2", "", " "] {
            check(nobody, &[]);
        }
    }

    #[test]
    fn what_a_text_marks_as_a_person_is_found() {
        let check = |text: &str, expected: &[&str]| assert_eq!(people_in(text), expected, "{text}");
        check("Author: Kim Lee Approved by: Jo von Doe. Open XMV_6.", &["Approved", "Doe", "Kim", "Lee"]);
        check("Call Dr. Novák or Herr Dvořák at once.", &["Dvořák", "Novák"]);
        check("Ask (jana.novak@plant.example).", &["jana", "jana.novak", "jana.novak@plant.example", "novak"]);
        check("prepared by K. Oberlin and P. Quist, reviewed by the shift leader", &["Oberlin", "Quist"]);
        check("The author of this opened XMV_6 by hand. Contact a doctor. Mr", &[]);
        check("Responsible: Operator; then XMEAS_7", &[]);
    }

    proptest! {
        /// Whatever a text is, what is found in it stands in it.
        #[test]
        fn nothing_is_found_that_is_not_there(text in "(Dr\\. |Author: |by |written |[A-Za-zé@._:, ]){0,30}") {
            for name in people_in(&text) {
                prop_assert!(text.contains(&name), "{name} in {text}");
            }
        }
    }
}
