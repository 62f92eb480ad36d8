//! What tags are called: a model of language knows what "reactor pressure" means, and nothing of `XMEAS_7`.

use std::collections::BTreeMap;

use crate::domain::{DocumentKind, Passage};

/// Names of tags by their ids, from the titles of their articles (`XMEAS_7: reactor pressure`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagNames(BTreeMap<String, String>);

impl TagNames {
    /// From everything that is known.
    pub fn of<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> Self {
        let about_tags = passages
            .into_iter()
            .filter(|passage| matches!(passage.kind, DocumentKind::Measurement | DocumentKind::Valve));
        let names = about_tags.filter_map(|passage| passage.title.split_once(": "));
        Self(names.map(|(tag, name)| (tag.to_lowercase(), name.to_owned())).collect())
    }

    /// A text in which each tag is followed by its name, in brackets.
    pub fn spelled(&self, text: &str) -> String {
        let mut spelled = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word.max(rest.chars().next().map_or(1, char::len_utf8)));
            spelled.push_str(word);
            if let Some(name) = self.0.get(&word.to_lowercase()) {
                spelled.push_str(&format!(" ({name})"));
            }
            rest = after;
        }
        spelled
    }
}

/// Markdown in which links are only what they say.
pub fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        let (before, link) = rest.split_at(at + 1);
        plain.push_str(before);
        rest = link.find(')').map_or("", |end| &link[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::built_in;

    #[test]
    fn a_tag_is_followed_by_its_name() {
        let names = TagNames::of(&built_in().passages);
        assert_eq!(names.spelled("Why is xmeas_7 high?"), "Why is xmeas_7 (reactor pressure) high?");
        assert_eq!(names.spelled("XMEAS_70, ü: XMV_1"), "XMEAS_70, ü: XMV_1 (D feed valve)");
        assert_eq!(names.spelled(""), "");
    }

    #[test]
    fn links_are_what_they_say() {
        for (text, plain) in [("see [IDV 6](../IDV_06.md).", "see [IDV 6]."), ("a](b", "a]"), ("none", "none")] {
            assert_eq!(without_links(text), plain);
        }
    }
}
