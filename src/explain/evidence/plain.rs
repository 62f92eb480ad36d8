//! A passage as it is read aloud: the words of its Markdown without the marks.

/// Characters between two marks of emphasis at most: what is farther apart does not belong together.
const EMPHASIS_MOST: usize = 400;

/// Links are their words, emphasis and headings have no marks, points of a list begin with a dot, and lines are gone.
pub(super) fn unmarked(text: &str) -> String {
    let lines: Vec<String> = text.lines().filter(|line| !is_rule(line)).map(without_beginning).collect();
    let plain = without_links(&lines.join("\n")).replace("**", "").replace('`', "");
    let plain = without_emphasis(&without_emphasis(&plain, '*'), '_');
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line that is only drawn: below the head of a table, or between two parts.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' ' | '='))
}

/// A line without what says that it is a heading, a quotation or a point of a list.
fn without_beginning(line: &str) -> String {
    let line = line.trim();
    let heading = line.trim_start_matches('#');
    if heading.len() < line.len() && heading.starts_with(' ') {
        return heading.trim().to_owned();
    }
    if let Some(quoted) = line.strip_prefix("> ") {
        return without_beginning(quoted);
    }
    let point = ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark));
    point.map_or_else(|| line.to_owned(), |point| format!("• {}", point.trim()))
}

fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once("](").and_then(|(words, target)| Some((words, target.split_once(')')?.1)));
        plain.push_str(before);
        match link.filter(|(words, _)| !words.contains(['[', '\n'])) {
            Some((words, behind)) => {
                plain.push_str(words);
                rest = behind;
            }
            None => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Pairs of a mark that stand around words; one within a word, or alone, is a letter like any other.
fn without_emphasis(text: &str, mark: char) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = |place: usize| letters.get(place).copied();
    let opens = |place: usize| {
        let before = place.checked_sub(1).and_then(at);
        letters[place] == mark
            && before.is_none_or(|letter| !letter.is_alphanumeric() && letter != mark)
            && at(place + 1).is_some_and(|letter| !letter.is_whitespace() && letter != mark)
    };
    let closes = |place: usize| {
        letters[place] == mark
            && !letters[place - 1].is_whitespace()
            && at(place + 1).is_none_or(|letter| !letter.is_alphanumeric() && letter != mark)
    };
    let mut plain = String::with_capacity(text.len());
    let mut place = 0;
    while place < letters.len() {
        let end = (place + EMPHASIS_MOST).min(letters.len());
        match opens(place).then(|| (place + 2..end).find(|close| closes(*close))).flatten() {
            Some(close) => {
                plain.extend(&letters[place + 1..close]);
                place = close + 1;
            }
            None => {
                plain.push(letters[place]);
                place += 1;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_passage_is_read_without_its_marks() {
        for (marked, plain) in [
            (
                "Look at [feed A](../units/feed.md) and\n**XMV_3** [1]; see [b\n](x) or [c.",
                "Look at feed A and XMV_3 [1]; see [b ](x) or [c.",
            ),
            ("The *first* tag, *not* the _last_ one.", "The first tag, not the last one."),
            ("(*see below*), **both *at* once**", "(see below), both at once"),
            ("2 * 3 * 4, a*b*c, XMEAS_1 and XMEAS_2, _", "2 * 3 * 4, a*b*c, XMEAS_1 and XMEAS_2, _"),
            ("an open *mark\n\n* and none", "an open *mark • and none"),
            ("#### Then\n- open `XMV_3`\n- wait\n> said he", "Then • open XMV_3 • wait said he"),
            ("| tag | is |\n|---|:-:|\n| A | 1 |", "| tag | is | | A | 1 |"),
            ("a\n---\n-5 °C", "a -5 °C"),
        ] {
            assert_eq!(unmarked(marked), plain);
        }
    }

    proptest! {
        /// Whatever stands there, letters and digits stay in their order.
        #[test]
        fn no_word_is_lost(text in "[a-c1 _*`#>\\-\n•]{0,60}") {
            let words = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(words(&unmarked(&text)), words(&text));
        }

        #[test]
        fn what_has_no_marks_stays_as_it_is(text in "[a-zA-Z0-9°,.;()%]{1,8}( [a-zA-Z0-9°,.;()%]{1,8}){0,6}") {
            prop_assert_eq!(unmarked(&text), text);
        }
    }
}
