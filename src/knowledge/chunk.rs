//! A document of a site becomes passages: by its headings, its pages or its paragraphs, none of them too long to be read at
//! once. No word is lost.

use super::anchor::Anchors;
use super::article::{ArticleError, FrontMatter, split};
use crate::domain::{DocumentId, DocumentKind, DocumentOrigin, Passage, PlantId};

/// A passage has at most so many words.
pub const PASSAGE_WORDS_MAX: usize = 250;
/// When a text is divided, parts get about so many.
const PART_WORDS: usize = 180;

/// A document as text.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Markdown, with or without front matter.
    Markdown(&'a str),
    /// Plain text.
    Text(&'a str),
    /// The pages of a PDF.
    Pages(&'a [String]),
}

/// A document that has been read, and has no id yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// What it says of itself.
    pub front: FrontMatter,
    /// Its title, if it says one.
    pub title: Option<String>,
    parts: Vec<Part>,
}

/// One passage in the making.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    anchor: String,
    heading: String,
    text: String,
}

impl Draft {
    /// How many passages it has.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there is no text in it.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Its passages under an id. `title` is taken when it says none itself.
    pub fn passages(
        &self,
        id: &DocumentId,
        origin: DocumentOrigin,
        plant: Option<&PlantId>,
        title: &str,
    ) -> Vec<Passage> {
        let title = self.title.as_deref().unwrap_or(title);
        let passage = |(place, part): (usize, &Part)| Passage {
            anchor: format!("{id}#{}", part.anchor).into(),
            document: id.clone(),
            place,
            origin,
            plant: plant.cloned(),
            kind: self.front.kind.unwrap_or(DocumentKind::Document),
            title: title.to_owned(),
            also: self.front.also.clone(),
            heading: if part.heading.is_empty() { title.to_owned() } else { part.heading.clone() },
            text: part.text.clone(),
            unit: self.front.unit.as_deref().map(Into::into),
            tags: self.front.tags.iter().map(|tag| tag.as_str().into()).collect(),
            alarms: self.front.alarms.iter().map(|alarm| alarm.as_str().into()).collect(),
        };
        self.parts.iter().enumerate().map(passage).collect()
    }
}

/// Divides a document.
///
/// # Errors
/// When it has front matter that cannot be read.
pub fn chunk(source: Source<'_>) -> Result<Draft, ArticleError> {
    let mut draft = Draft::default();
    let sections = match source {
        Source::Markdown(text) => {
            let (front, body) = split(text)?;
            draft.front = front.unwrap_or_default();
            draft.title.clone_from(&draft.front.title);
            let (title, sections) = sections(body);
            draft.title = draft.title.or(title);
            sections
        }
        Source::Text(text) => vec![(String::new(), text.to_owned())],
        Source::Pages(pages) => {
            pages.iter().enumerate().map(|(at, text)| (format!("Page {}", at + 1), text.clone())).collect()
        }
    };
    let mut anchors = Anchors::default();
    for (heading, text) in sections {
        for text in parts(&text) {
            let anchor = anchors.next(if heading.is_empty() { "text" } else { &heading });
            draft.parts.push(Part { anchor, heading: heading.clone(), text });
        }
    }
    Ok(draft)
}

/// Where a block of code begins or ends.
fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The heading that a line is, with its level.
fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let text = line.get(level..)?;
    ((1..=6).contains(&level) && text.starts_with([' ', '\t']))
        .then(|| (level, text.trim().trim_end_matches('#').trim()))
}

/// The title, if the text begins with one, and each heading with what stands below it.
fn sections(body: &str) -> (Option<String>, Vec<(String, String)>) {
    let (mut title, mut sections) = (None, Vec::new());
    let mut current = (String::new(), String::new());
    let mut fenced = false;
    for line in body.lines() {
        fenced ^= is_fence(line);
        match heading(line).filter(|_| !fenced) {
            Some((1, text)) if title.is_none() && sections.is_empty() && current.1.trim().is_empty() => {
                title = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
            Some((_, text)) => sections.push(std::mem::replace(&mut current, (text.to_owned(), String::new()))),
            None => {
                current.1.push_str(line);
                current.1.push('\n');
            }
        }
    }
    sections.push(current);
    (title, sections)
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// A text in parts that are short enough, divided between paragraphs if possible.
fn parts(text: &str) -> Vec<String> {
    let text = text.trim();
    match words(text) {
        0 => return Vec::new(),
        few if few <= PASSAGE_WORDS_MAX => return vec![text.to_owned()],
        _ => {}
    }
    let mut parts: Vec<String> = Vec::new();
    let mut room = 0;
    for paragraph in paragraphs(text).into_iter().flat_map(|paragraph| lengths(&paragraph)) {
        let length = words(&paragraph);
        match parts.last_mut() {
            Some(part) if length <= room => {
                part.push_str("\n\n");
                part.push_str(&paragraph);
                room -= length;
            }
            _ => {
                room = PART_WORDS.saturating_sub(length);
                parts.push(paragraph);
            }
        }
    }
    parts
}

/// What stands between empty lines. A block of code is one paragraph.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= is_fence(line);
        let current = paragraphs.last_mut().expect("there is one from the beginning");
        if line.trim().is_empty() && !fenced {
            if !current.is_empty() {
                paragraphs.push(String::new());
            }
        } else {
            if !current.is_empty() {
                current.push('\n');
            }
            current.push_str(line);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.trim().is_empty());
    paragraphs
}

/// A paragraph that is too long, divided after sentences, or else anywhere between words.
fn lengths(paragraph: &str) -> Vec<String> {
    if words(paragraph) <= PASSAGE_WORDS_MAX {
        return vec![paragraph.to_owned()];
    }
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    for word in paragraph.split_whitespace() {
        let part = parts.last_mut().expect("there is one from the beginning");
        part.push(word);
        let ends = word.ends_with(['.', '!', '?', ';', ':']);
        if part.len() >= PASSAGE_WORDS_MAX || ends && part.len() >= PART_WORDS {
            parts.push(Vec::new());
        }
    }
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(source: Source<'_>) -> Vec<(String, String, String)> {
        let draft = chunk(source).unwrap();
        let passages = draft.passages(&"documents/a".into(), DocumentOrigin::Uploaded, None, "A");
        passages.into_iter().map(|p| (p.anchor.to_string(), p.heading, p.text)).collect()
    }

    fn row(anchor: &str, heading: &str, text: &str) -> (String, String, String) {
        (format!("documents/a#{anchor}"), heading.into(), text.into())
    }

    #[test]
    fn markdown_is_divided_at_its_headings() {
        let text = "+++\nunit = \"reactor\"\ntags = [\"XMEAS_7\"]\n+++\n# Pumps\n\nFirst.\n\n## Start\nOne.\n\n### Before\nTwo.\n\n\
                    ## Start\n```\n# no heading\n```\n## Empty\n";
        let expected = [
            row("text", "Pumps", "First."),
            row("start", "Start", "One."),
            row("before", "Before", "Two."),
            row("start-2", "Start", "```\n# no heading\n```"),
        ];
        assert_eq!(told(Source::Markdown(text)), expected);
        let draft = chunk(Source::Markdown(text)).unwrap();
        assert_eq!((draft.title.as_deref(), draft.front.unit.as_deref()), (Some("Pumps"), Some("reactor")));
        assert!(chunk(Source::Markdown("+++\nunit = 5\n+++\nText")).is_err());
    }

    #[test]
    fn pages_and_plain_text_are_divided_too() {
        let pages = ["One.".to_owned(), "  ".to_owned(), "Three.".to_owned()];
        assert_eq!(told(Source::Pages(&pages)), [row("page-1", "Page 1", "One."), row("page-3", "Page 3", "Three.")]);
        assert_eq!(told(Source::Text("# no heading")), [row("text", "A", "# no heading")]);
        let long = format!("{}\n\n{}", "word ".repeat(200), "other ".repeat(100));
        let told = told(Source::Text(&long));
        assert_eq!(
            told.iter().map(|(anchor, ..)| anchor.as_str()).collect::<Vec<_>>(),
            ["documents/a#text", "documents/a#text-2"]
        );
        assert_eq!(words(&told[0].2), 200);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_passage_is_too_long(
            pieces in prop::collection::vec("[a-z#`~.+]{1,8}( |\n|\n\n)", 0..900),
            markdown in any::<bool>(),
        ) {
            let text: String = pieces.concat();
            let source = if markdown { Source::Markdown(&text) } else { Source::Text(&text) };
            let Ok(draft) = chunk(source) else { return Ok(()) };
            let passages = draft.passages(&"a".into(), DocumentOrigin::Folder, None, "");
            let mut anchors: Vec<&str> = passages.iter().map(|p| p.anchor.as_str()).collect();
            anchors.sort_unstable();
            anchors.dedup();
            prop_assert_eq!(anchors.len(), passages.len());
            for passage in &passages {
                prop_assert!((1..=PASSAGE_WORDS_MAX).contains(&words(&passage.text)), "{}", passage.text);
            }
            if !markdown {
                let kept: Vec<&str> = passages.iter().flat_map(|p| p.text.split_whitespace()).collect();
                prop_assert_eq!(kept, text.split_whitespace().collect::<Vec<_>>());
            }
        }

        #[test]
        fn any_text_can_be_divided(text in "\\PC{0,400}(\n\\PC{0,80}){0,20}") {
            for source in [Source::Markdown(&text), Source::Text(&text), Source::Pages(std::slice::from_ref(&text))] {
                let _ = chunk(source);
            }
        }
    }
}
