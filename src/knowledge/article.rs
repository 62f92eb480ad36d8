//! An article: front matter in TOML, a title, and passages under headings of the second level.

use serde::Deserialize;
use thiserror::Error;

use super::anchor::anchor;
use crate::domain::{DocumentKind, DocumentOrigin, Passage};

/// What an article says of itself, between the two lines `+++`. Which keys an article of which kind must have is told in
/// `knowledge/README.md`; a document of a site may leave out all of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FrontMatter {
    /// Path below the folder of the articles, without the ending.
    pub id: Option<String>,
    /// The same as the heading of the whole.
    pub title: Option<String>,
    /// What it is about.
    pub kind: Option<DocumentKind>,
    /// What people at the panel call it.
    pub also: Vec<String>,
    /// The unit that it belongs to.
    pub unit: Option<String>,
    /// Tags that it is about, the most important first.
    pub tags: Vec<String>,
    /// Of a unit, tag or loop: the id that the article describes.
    pub subject: Option<String>,
    /// Of a disturbance: its number.
    pub idv: Option<u8>,
    /// Of a disturbance: how it acts.
    #[serde(rename = "type")]
    pub acts: Option<Acts>,
    /// Of a disturbance: the model that first had it, 1993 or 2015.
    pub revision: Option<u16>,
    /// Of a held valve: the valve.
    pub held: Option<String>,
    /// Of a disturbance that tripped the plant: first and last time from the onset, hours.
    pub trip_hours: Option<[f64; 2]>,
    /// Alarms that a response answers, or that every run of a disturbance raised.
    pub alarms: Vec<String>,
    /// Articles of disturbances that look alike.
    pub confusable: Vec<String>,
    /// Where it comes from, in words.
    pub sources: Vec<String>,
}

/// How a disturbance acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acts {
    /// At once, and stays.
    Step,
    /// At random.
    Random,
    /// Slowly away.
    Drift,
    /// A valve that sticks.
    Sticking,
    /// Now and then.
    Pulses,
    /// A valve that is held.
    Held,
}

/// Why a text is no article.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArticleError {
    /// It does not begin with the line `+++`.
    #[error("it has no front matter: the first line must be +++")]
    NoFrontMatter,
    /// The second line `+++` is missing.
    #[error("its front matter does not end: a second line +++ is missing")]
    EndlessFrontMatter,
    /// The front matter cannot be read.
    #[error("its front matter cannot be read: {0}")]
    FrontMatter(String),
    /// It has no heading of the first level.
    #[error("it has no heading: the text must begin with # and the title")]
    NoHeading,
    /// A key is missing.
    #[error("its front matter has no `{0}`")]
    Missing(&'static str),
}

/// One heading of the second level with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// The text, in Markdown.
    pub text: String,
}

impl Section {
    /// The heading as the end of a link.
    pub fn anchor(&self) -> String {
        anchor(&self.heading)
    }
}

/// An article as it lies in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// What it says of itself.
    pub front: FrontMatter,
    /// The heading of the whole.
    pub heading: String,
    /// What it consists of.
    pub sections: Vec<Section>,
}

/// Front matter and the text after it; a text without a first line `+++` has none.
///
/// # Errors
/// When the front matter does not end, is no TOML, or has an unknown key.
pub(super) fn split(text: &str) -> Result<(Option<FrontMatter>, &str), ArticleError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.split_inclusive('\n');
    if lines.next().map(str::trim_end) != Some("+++") {
        return Ok((None, text));
    }
    let first = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut at = first;
    for line in lines {
        if line.trim_end() == "+++" {
            let front = toml::from_str(&text[first..at]).map_err(|e| ArticleError::FrontMatter(e.to_string()))?;
            return Ok((Some(front), &text[at + line.len()..]));
        }
        at += line.len();
    }
    Err(ArticleError::EndlessFrontMatter)
}

impl Article {
    /// Reads an article of ours.
    ///
    /// # Errors
    /// When it has not the form that `knowledge/README.md` tells.
    pub fn parse(text: &str) -> Result<Self, ArticleError> {
        let (front, body) = split(text)?;
        let front = front.ok_or(ArticleError::NoFrontMatter)?;
        let body = format!("\n{body}");
        let mut parts = body.split("\n## ");
        let head = parts.next().unwrap_or_default().trim();
        let heading = head.strip_prefix("# ").ok_or(ArticleError::NoHeading)?.trim().to_owned();
        let section = |part: &str| {
            let (heading, text) = part.split_once('\n').unwrap_or((part, ""));
            Section { heading: heading.trim().to_owned(), text: text.trim().to_owned() }
        };
        Ok(Self { front, heading, sections: parts.map(section).collect() })
    }

    /// Its passages.
    ///
    /// # Errors
    /// When the front matter names neither id nor kind.
    pub fn passages(&self) -> Result<Vec<Passage>, ArticleError> {
        let id = self.front.id.as_deref().ok_or(ArticleError::Missing("id"))?;
        let kind = self.front.kind.ok_or(ArticleError::Missing("kind"))?;
        let passage = |(place, section): (usize, &Section)| Passage {
            anchor: format!("{id}#{}", section.anchor()).into(),
            document: id.into(),
            place,
            origin: DocumentOrigin::BuiltIn,
            plant: None,
            kind,
            title: self.heading.clone(),
            also: self.front.also.clone(),
            heading: section.heading.clone(),
            text: section.text.clone(),
            unit: self.front.unit.as_deref().map(Into::into),
            tags: self.front.tags.iter().map(|tag| tag.as_str().into()).collect(),
            alarms: self.front.alarms.iter().map(|alarm| alarm.as_str().into()).collect(),
        };
        Ok(self.sections.iter().enumerate().map(passage).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRONT: &str = "+++\nid = \"units/a\"\nkind = \"unit\"\n+++\n\n";

    #[test]
    fn an_article_is_front_matter_a_title_and_passages() {
        let text = format!("{FRONT}# A\n\n## What it does\n\nThis.\n\n## Why\n\nBecause.\n");
        let article = Article::parse(&text).unwrap();
        let passages = article.passages().unwrap();
        let told: Vec<_> = passages.iter().map(|p| (p.anchor.as_str(), p.text.as_str())).collect();
        assert_eq!(told, [("units/a#what-it-does", "This."), ("units/a#why", "Because.")]);
        assert!(passages.iter().all(|p| p.title == "A" && p.kind == DocumentKind::Unit));
        // The same with the line ends of another system.
        assert_eq!(Article::parse(&text.replace('\n', "\r\n")).unwrap().passages().unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_article_is_told_why() {
        for (text, expected) in [
            ("# A\n", ArticleError::NoFrontMatter),
            ("+++\nid = \"a\"\n", ArticleError::EndlessFrontMatter),
            (&format!("{FRONT}No heading"), ArticleError::NoHeading),
        ] {
            assert_eq!(Article::parse(text), Err(expected), "{text}");
        }
        let unknown = Article::parse("+++\ncolour = \"red\"\n+++\n# A\n").unwrap_err().to_string();
        assert!(unknown.contains("colour"), "{unknown}");
        let nameless = Article::parse("+++\ntitle = \"A\"\n+++\n# A\n").unwrap();
        assert_eq!(nameless.passages(), Err(ArticleError::Missing("id")));
    }
}
