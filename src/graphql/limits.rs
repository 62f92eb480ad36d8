//! How large a document may be. Each limit is refused by its name, before anything is executed.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ValidationResult};

use super::error::ApiError;
use crate::config::bounds;
use crate::security::Role;

/// Most objects in one list.
pub(super) const PAGE_MAX: i32 = 500;

/// Most verdicts of one detector.
const RECENT_MAX: i32 = 2_000;

/// Most points of a trend for one tag.
const POINTS_MAX: i32 = 2_000;

/// Most tags in one trend.
const TREND_TAGS_MAX: usize = 60;

/// Most characters of a document.
pub(super) const DOCUMENT_MAX: usize = bounds::DOCUMENT.most;

/// Most renamed fields; renaming is how one document asks the same expensive thing many times.
const ALIASES_MAX: usize = 50;

/// Most directives.
const DIRECTIVES_MAX: usize = 50;

/// Most fields after all fragments are unfolded; fragments that use one another grow without bound.
const FIELDS_MAX: usize = 2_000;

/// Deepest nesting: the page of the supervision tree needs eight, a schema query of the usual tools thirteen.
const DEPTH_MAX: usize = 16;

/// How much a role may ask for at once: a field counts one, a list as many times as it is long.
const fn complexity_max(role: Role) -> usize {
    match role {
        Role::Viewer | Role::Operator | Role::Maintenance => 60_000,
        Role::Engineer | Role::Administrator => 240_000,
    }
}

/// What a list costs; `otherwise` is its length when the client does not say.
pub(super) fn cost(first: Option<i32>, otherwise: i32, child: usize) -> usize {
    usize::try_from(first.unwrap_or(otherwise)).unwrap_or(0).saturating_mul(child).saturating_add(1)
}

/// The size of a page, when it is one.
pub(super) fn page_size(first: Option<i32>, otherwise: i32) -> Result<usize, ApiError> {
    size("LIST", "first", first.unwrap_or(otherwise), PAGE_MAX)
}

/// The number of verdicts, when it is one.
pub(super) fn recent_size(count: Option<i32>, otherwise: i32) -> Result<usize, ApiError> {
    size("LIST", "count", count.unwrap_or(otherwise), RECENT_MAX)
}

/// The number of points of a trend, when it is one.
pub(super) fn points(points: Option<i32>, otherwise: i32) -> Result<usize, ApiError> {
    size("POINTS", "points", points.unwrap_or(otherwise), POINTS_MAX)
}

fn size(limit: &'static str, name: &str, wanted: i32, most: i32) -> Result<usize, ApiError> {
    if wanted > most {
        return Err(ApiError::limit(limit, format!("`{name}` is {wanted}, and at most {most} are given at once")));
    }
    match usize::try_from(wanted) {
        Ok(size) if size > 0 => Ok(size),
        _ => Err(ApiError::invalid(format!("`{name}` is {wanted}, and must be at least 1"))),
    }
}

/// Refuses lists of arguments that are too long.
pub(super) fn list(name: &str, length: usize) -> Result<(), ApiError> {
    up_to("LIST", name, length, PAGE_MAX as usize)
}

/// Refuses trends of too many tags.
pub(super) fn trend_tags(length: usize) -> Result<(), ApiError> {
    up_to("LIST", "tags", length, TREND_TAGS_MAX)
}

fn up_to(limit: &'static str, what: &str, found: usize, most: usize) -> Result<(), ApiError> {
    if found <= most {
        return Ok(());
    }
    Err(ApiError::limit(limit, format!("{found} {what}, and at most {most} are allowed")))
}

/// Refuses a document by its text and its selections.
pub(super) fn document(text: &str, document: &ExecutableDocument) -> Result<(), ApiError> {
    up_to("DOCUMENT", "characters in the document", text.len(), DOCUMENT_MAX)?;
    let mut tally = Tally::default();
    for fragment in document.fragments.values() {
        tally.directives += fragment.node.directives.len();
        tally.count(&fragment.node.selection_set);
    }
    for (_, operation) in document.operations.iter() {
        tally.directives += operation.node.directives.len();
        tally.count(&operation.node.selection_set);
    }
    up_to("ALIASES", "aliases", tally.aliases, ALIASES_MAX)?;
    up_to("DIRECTIVES", "directives", tally.directives, DIRECTIVES_MAX)?;
    let mut unfolding = Unfolding { document, known: HashMap::new(), open: HashSet::new() };
    let fields = document
        .operations
        .iter()
        .map(|(_, operation)| unfolding.fields(&operation.node.selection_set))
        .fold(0_usize, usize::saturating_add);
    up_to("FIELDS", "fields", fields, FIELDS_MAX)
}

/// Refuses a document by what the library has counted in it.
pub(super) fn validated(role: Option<Role>, result: &ValidationResult) -> Result<(), ApiError> {
    up_to("DEPTH", "levels of nesting", result.depth, DEPTH_MAX)?;
    let most = role.map_or(0, complexity_max);
    up_to("COMPLEXITY", "fields to be resolved", result.complexity, most)
}

#[derive(Default)]
struct Tally {
    aliases: usize,
    directives: usize,
}

impl Tally {
    fn count(&mut self, selections: &Positioned<SelectionSet>) {
        for selection in &selections.node.items {
            self.directives += selection.node.directives().len();
            if let Selection::Field(field) = &selection.node
                && field.node.alias.is_some()
            {
                self.aliases += 1;
            }
            if let Some(inner) = inner(&selection.node) {
                self.count(inner);
            }
        }
    }
}

fn inner(selection: &Selection) -> Option<&Positioned<SelectionSet>> {
    match selection {
        Selection::Field(field) => Some(&field.node.selection_set),
        Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set),
        Selection::FragmentSpread(_) => None,
    }
}

/// Counts the fields of a document as if its fragments were written out, without writing them out.
struct Unfolding<'a> {
    document: &'a ExecutableDocument,
    known: HashMap<&'a Name, usize>,
    /// Fragments that are being counted; one that uses itself is refused later, by its name.
    open: HashSet<&'a Name>,
}

impl<'a> Unfolding<'a> {
    fn fields(&mut self, selections: &'a Positioned<SelectionSet>) -> usize {
        let mut total = 0_usize;
        for selection in &selections.node.items {
            let count = match &selection.node {
                Selection::Field(field) => self.fields(&field.node.selection_set).saturating_add(1),
                Selection::InlineFragment(fragment) => self.fields(&fragment.node.selection_set),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            };
            total = total.saturating_add(count);
        }
        total
    }

    fn fragment(&mut self, name: &'a Name) -> usize {
        if let Some(count) = self.known.get(name) {
            return *count;
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 0 };
        if !self.open.insert(name) {
            return 0;
        }
        let count = self.fields(&fragment.node.selection_set);
        self.open.remove(name);
        self.known.insert(name, count);
        count
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn refused(text: &str) -> Option<&'static str> {
        document(text, &parse_query(text).unwrap()).err().and_then(|e| e.limit)
    }

    #[test]
    fn each_limit_is_refused_by_its_name() {
        let aliases: String = (0..=ALIASES_MAX).map(|n| format!("a{n}: plant {{ id }} ")).collect();
        let directives: String = "plant @skip(if: false) { id } ".repeat(DIRECTIVES_MAX + 1);
        let fields = "id ".repeat(FIELDS_MAX + 1);
        let comment = format!("# {}\n{{ plant {{ id }} }}", "x".repeat(DOCUMENT_MAX));
        for (text, limit) in [
            (format!("{{ {aliases} }}"), Some("ALIASES")),
            (format!("{{ {directives} }}"), Some("DIRECTIVES")),
            (format!("{{ {fields} }}"), Some("FIELDS")),
            (comment, Some("DOCUMENT")),
            ("{ plant { id tags { key } } }".into(), None),
        ] {
            assert_eq!(refused(&text), limit);
        }
    }

    #[test]
    fn fragments_that_double_one_another_are_refused_without_being_written_out() {
        let mut text = "{ plant { ...f0 } } ".to_owned();
        for n in 0..60 {
            text += &format!("fragment f{n} on Plant {{ ...f{next} ...f{next} }} ", next = n + 1);
        }
        text += "fragment f60 on Plant { id }";
        assert_eq!(refused(&text), Some("FIELDS"));
    }

    #[test]
    fn a_fragment_that_uses_itself_is_counted_once() {
        assert_eq!(refused("{ plant { ...f } } fragment f on Plant { id ...f }"), None);
    }

    #[test]
    fn pages_are_between_one_and_five_hundred() {
        for (first, expected) in [(0, None), (-1, None), (1, Some(1)), (500, Some(500)), (501, None)] {
            assert_eq!(page_size(Some(first), 100).ok(), expected, "{first}");
        }
    }

    #[test]
    fn an_engineer_may_ask_for_more_than_a_viewer() {
        assert!(complexity_max(Role::Engineer) > complexity_max(Role::Viewer));
    }
}
