//! What of an answer can be shown while it is being written: its texts so far, unchecked.

/// The keys whose values are texts for a person.
const TEXTS: [&str; 2] = ["\"text\"", "\"statement\""];

/// The texts that a JSON document, perhaps cut off anywhere, holds so far, each in a line of its own.
pub fn draft(json: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = json;
    while let Some(at) = TEXTS.iter().filter_map(|key| rest.find(key).map(|at| at + key.len())).min() {
        rest = rest[at..].trim_start();
        let Some(value) = rest.strip_prefix(':').map(str::trim_start).and_then(|value| value.strip_prefix('"')) else {
            continue;
        };
        let (text, length) = read(value);
        lines.push(text);
        rest = &value[length..];
    }
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

/// A JSON text up to its end or to where it is cut off, and how many bytes of the document it is.
fn read(value: &str) -> (String, usize) {
    let mut text = String::new();
    let mut letters = value.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, at + 1),
            '\\' => match letters.next().map(|(_, escaped)| escaped) {
                Some('n' | 'r' | 't') => text.push(' '),
                Some('u') => {
                    let digits: String = letters.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let letter = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    text.extend(letter.filter(|_| digits.len() == 4));
                }
                Some(plain) => text.push(plain),
                None => break,
            },
            plain => text.push(plain),
        }
    }
    (text, value.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = r#"{"summary":{"text":"The \"A\" feed\nis lost: 20 \u00b0C.","cites":["text"]},"causes":[{"statement" : "Flow gone."}]}"#;

    #[test]
    fn texts_are_told_as_far_as_they_have_come() {
        assert_eq!(draft(WHOLE), "The \"A\" feed is lost: 20 °C.\nFlow gone.");
        assert_eq!(draft(&WHOLE[..31]), "The \"A\" f");
        assert_eq!(draft("{\"summ"), "");
    }

    proptest! {
        #[test]
        fn cut_off_anywhere_it_tells_a_beginning(at in 0usize..200, garbage in "\\PC{0,60}") {
            let cut: String = WHOLE.chars().take(at).collect();
            let (told, all) = (draft(&cut), draft(WHOLE));
            prop_assert!(told.is_empty() || all.starts_with(told.trim_end()), "{told:?}");
            drop(draft(&garbage));
        }
    }
}
