//! Which words count when something is looked for.

/// Words that say little about what is asked, before they are shortened.
const SILENT: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "did", "do", "does", "down", "for", "from", "get", "gets", "go", "goes", "going", "got", "had", "happen",
    "happened", "has", "have", "he", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "keep",
    "keeps", "like", "make", "me", "more", "most", "my", "no", "not", "now", "of", "off", "on", "one", "only", "or",
    "our", "out", "over", "own", "same", "she", "should", "so", "some", "such", "than", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "those", "though", "through", "to", "too", "up", "us", "was", "we",
    "were", "what", "when", "where", "which", "while", "who", "whom", "why", "will", "with", "would", "you", "your",
];
/// Endings that are taken off, with what is put in their place; the first that fits.
const ENDINGS: [(&str, &str); 9] = [
    ("ies", "y"),
    ("sses", "ss"),
    ("ings", ""),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("ly", ""),
    ("es", ""),
    ("s", ""),
];
/// Letters that a word keeps of what is left.
const STEM_MIN: usize = 3;
/// A word longer than this is cut: it is none.
const TERM_LENGTH_MAX: usize = 40;

/// The words of a text that count, in their order: lower case, shortened to what "close", "closed" and "closing" have in
/// common, tags and disturbances as one word (`xmeas_7`, `idv_6`). Of ASCII a term has only letters, digits and `_`.
pub fn terms(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c| !is_part(c)).map(|word| word.trim_matches('.')).filter(|word| !word.is_empty()) {
        // "IDV 6", "IDV(6)" and "IDV_6" are the same.
        if word.bytes().all(|b| b.is_ascii_digit())
            && let Some(last) = found.last_mut()
            && last == "idv"
        {
            *last = numbered("idv", word);
            continue;
        }
        if !SILENT.contains(&word) {
            found.push(term(word));
        }
    }
    found
}

fn term(word: &str) -> String {
    if let Some((name, number)) = word.split_once('_')
        && matches!(name, "xmeas" | "xmv" | "idv")
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
    {
        return numbered(name, number);
    }
    let word: String = word.chars().take(TERM_LENGTH_MAX).map(|c| if c == '.' { '_' } else { c }).collect();
    if word.len() <= STEM_MIN || word.contains(|c: char| c.is_ascii_digit()) { word } else { stem(&word) }
}

/// `XMEAS_07` is `XMEAS_7`.
fn numbered(name: &str, number: &str) -> String {
    let digits = number.trim_start_matches('0');
    let digits: String = digits.chars().take(TERM_LENGTH_MAX).collect();
    format!("{name}_{}", if digits.is_empty() { "0" } else { &digits })
}

fn stem(word: &str) -> String {
    let shorter = ENDINGS.iter().find_map(|(ending, instead)| {
        let stem = word.strip_suffix(ending)?;
        let kept = match *ending {
            "s" => stem.len() >= STEM_MIN && !stem.ends_with('s'),
            // "slowly", but neither "early" nor "supply".
            "ly" => stem.len() > STEM_MIN && !stem.ends_with('p'),
            _ => stem.len() >= STEM_MIN,
        };
        kept.then(|| format!("{stem}{instead}"))
    });
    let mut stem = shorter.unwrap_or_else(|| word.to_owned());
    if stem.len() > STEM_MIN && stem.ends_with('e') {
        stem.pop();
    }
    let mut last = stem.chars().rev();
    if let (Some(a), Some(b)) = (last.next(), last.next())
        && stem.len() > STEM_MIN
        && a == b
        && !matches!(a, 'l' | 's' | 'z')
    {
        stem.pop();
    }
    if stem.len() > STEM_MIN && stem.ends_with('y') {
        stem.pop();
        stem.push('i');
    }
    stem
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(terms(text), expected, "{text}");
    }

    #[test]
    fn words_are_shortened_to_what_they_have_in_common() {
        check("close closed closes closing", &["clos"; 4]);
        check("trip, tripped; trips", &["trip"; 3]);
        check("supply supplies", &["suppli"; 2]);
        check("What is the pressure?", &["pressur"]);
        check("level falls", &["level", "fall"]);
        check("gas", &["gas"]);
        check("", &[]);
    }

    #[test]
    fn tags_and_disturbances_are_one_word() {
        check("XMEAS_07 and XMEAS_7", &["xmeas_7"; 2]);
        check("IDV 6, IDV(6), IDV_06", &["idv_6"; 3]);
        check("at 2.5 h", &["2_5", "h"]);
        check("XMEAS_7/HIGH", &["xmeas_7", "high"]);
    }

    proptest! {
        #[test]
        fn a_term_is_one_word_of_the_index(text in "\\PC{0,200}") {
            for term in terms(&text) {
                prop_assert!(!term.is_empty());
                prop_assert!(term.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '_'), "{term}");
                prop_assert!(!term.contains(|c: char| c.is_ascii_uppercase()), "{term}");
            }
        }
    }
}
