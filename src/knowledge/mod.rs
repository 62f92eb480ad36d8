//! What is known beforehand, as text, and the rules of finding it again. Pure.
//!
//! [`Article`] and [`chunk`] turn documents into passages, [`built_in`] are those that TEP comes with, [`terms`] says which
//! words count, [`bm25`] and [`fuse`] how passages are ranked, and [`recall`] how good that is.

mod anchor;
mod article;
mod bm25;
mod built_in;
mod chunk;
mod fusion;
mod names;
mod recall;
mod terms;

pub use anchor::{anchor, slug};
pub use article::{Acts, Article, ArticleError, FrontMatter, Section};
pub use bm25::{Bm25, FIELD_WEIGHTS, Fields, term_number};
pub use built_in::{BuiltIn, built_in, of_plant, questions};
pub use chunk::{Draft, PASSAGE_WORDS_MAX, Source, chunk};
pub use fusion::{RANK_CONSTANT, fuse};
pub use names::{TagNames, without_links};
pub use recall::{Question, Recall, recall};
pub use terms::terms;
