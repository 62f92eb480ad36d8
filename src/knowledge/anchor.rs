//! The ends of links.

use std::collections::BTreeSet;

/// A heading in lower case, with hyphens for spaces and without anything else, as Markdown viewers make it. A heading
/// without a letter or digit has an empty one.
pub fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A name as part of an id: letters and digits of ASCII in lower case, single hyphens between them, at most 80 characters;
/// `document` when nothing is left of it.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 80 {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "document".to_owned() } else { slug.to_owned() }
}

/// Anchors of one document: none comes twice.
#[derive(Debug, Default)]
pub(super) struct Anchors(BTreeSet<String>);

impl Anchors {
    /// The anchor of the next heading: its own, or with the first number from 2 that is free.
    pub(super) fn next(&mut self, heading: &str) -> String {
        let own = anchor(heading);
        let own = if own.is_empty() { "part".to_owned() } else { own };
        let mut candidates = std::iter::once(own.clone()).chain((2_u64..).map(|n| format!("{own}-{n}")));
        let free = candidates.find(|one| !self.0.contains(one)).expect("numbers do not end");
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_become_anchors_and_names_become_slugs() {
        for (heading, expected) in
            [("Trip risk", "trip-risk"), ("  What now? ", "what-now"), ("T² and SPE", "t²-and-spe"), ("!?", "")]
        {
            assert_eq!(anchor(heading), expected, "{heading}");
        }
        for (name, expected) in [
            ("Start-up of P-101 (rev. 3)", "start-up-of-p-101-rev-3"),
            ("../../etc", "etc"),
            ("Ärger", "rger"),
            ("…", "document"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    #[test]
    fn no_anchor_comes_twice() {
        let mut anchors = Anchors::default();
        let given: Vec<String> = ["A", "A-2", "A", "a", "?", "!"].iter().map(|h| anchors.next(h)).collect();
        assert_eq!(given, ["a", "a-2", "a-3", "a-4", "part", "part-2"]);
    }
}
