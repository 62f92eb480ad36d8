//! The articles that TEP comes with, in the binary, so that they are there without a network and without a file.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rust_embed::RustEmbed;

use super::article::Article;
use super::recall::{Question, Sheet};
use crate::domain::{DocumentOrigin, Passage, PassageFilter, Plant, TagId};

#[derive(RustEmbed)]
#[folder = "knowledge"]
struct Files;

/// What TEP comes with.
#[derive(Debug)]
pub struct BuiltIn {
    /// The articles, in the order of their ids.
    pub articles: Vec<Article>,
    /// Their passages.
    pub passages: Vec<Passage>,
}

/// The articles that TEP comes with. A test reads all of them, so they can be read.
pub fn built_in() -> &'static BuiltIn {
    static READ: OnceLock<BuiltIn> = OnceLock::new();
    READ.get_or_init(|| {
        let mut names: Vec<String> = names().map(std::borrow::Cow::into_owned).collect();
        names.sort_unstable();
        let articles: Vec<Article> = names.iter().filter_map(|name| Article::parse(&text(name)?).ok()).collect();
        let passages = articles.iter().filter_map(|article| article.passages().ok()).flatten().collect();
        BuiltIn { articles, passages }
    })
}

/// What is known of a plant: what people have added to it, and the articles that TEP comes with if it has every tag that they
/// name. They are about the Tennessee Eastman plant, whatever it is called where it runs.
pub fn of_plant(plant: &Plant) -> PassageFilter {
    let named: BTreeSet<&TagId> = built_in().passages.iter().flat_map(|passage| &passage.tags).collect();
    let mut origins = vec![DocumentOrigin::Folder, DocumentOrigin::Uploaded];
    if named.into_iter().all(|tag| plant.tag_index(tag).is_some()) {
        origins.push(DocumentOrigin::BuiltIn);
    }
    PassageFilter { plant: Some(plant.id.clone()), origins, ..PassageFilter::default() }
}

/// The questions by which a search of these articles is measured.
pub fn questions() -> Vec<Question> {
    let sheet = text("evaluation/questions.toml").and_then(|text| toml::from_str::<Sheet>(&text).ok());
    sheet.map(|sheet| sheet.questions).unwrap_or_default()
}

/// The files of the articles; the one beside their folders tells about them.
fn names() -> impl Iterator<Item = std::borrow::Cow<'static, str>> {
    Files::iter().filter(|name| name.contains('/') && name.ends_with(".md"))
}

fn text(name: &str) -> Option<String> {
    String::from_utf8(Files::get(name)?.data.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_an_article_with_passages() {
        for name in names() {
            let text = text(&name).unwrap_or_else(|| panic!("{name} is no UTF-8"));
            let article = Article::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let id = article.front.id.clone().unwrap_or_default();
            assert_eq!(format!("{id}.md"), name);
            assert!(!article.passages().unwrap_or_else(|e| panic!("{name}: {e}")).is_empty(), "{name}");
        }
        let known = built_in();
        assert!(known.articles.len() > 100 && known.passages.len() > 300, "{}", known.articles.len());
        assert!(questions().len() >= 60);
    }
}
