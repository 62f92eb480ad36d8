//! How many tokens a prompt has, without asking anybody. Every vocabulary is another, so there are two estimates: one from
//! above, to refuse what may not fit, and one from below, to notice when a server has cut a prompt.

use super::Request;

/// What a message costs beside its words: who speaks, where it begins and ends.
const MESSAGE: u32 = 8;
/// What every request costs beside its messages.
const FRAME: u32 = 16;
/// No common vocabulary packs more letters of text into a token on average.
const LETTERS_A_TOKEN_MOST: usize = 12;

/// Never fewer than a model counts: words at three letters a token, each digit, sign and foreign letter by itself.
pub(super) fn at_most(request: &Request) -> u32 {
    let texts = texts(request).fold(0u32, |sum, text| sum.saturating_add(of(text)).saturating_add(MESSAGE));
    let schema = request.schema.as_ref().map_or(0, |schema| of(&schema.schema.to_string()));
    texts.saturating_add(schema).saturating_add(FRAME)
}

/// Never more than a model counts.
pub(super) fn at_least(request: &Request) -> u32 {
    let letters: usize = texts(request).map(|text| text.split_whitespace().map(str::len).sum::<usize>()).sum();
    u32::try_from(letters / LETTERS_A_TOKEN_MOST).unwrap_or(u32::MAX)
}

fn texts(request: &Request) -> impl Iterator<Item = &str> {
    std::iter::once(request.system.as_str()).chain(request.messages.iter().map(|message| message.text.as_str()))
}

fn of(text: &str) -> u32 {
    let (mut tokens, mut word) = (0u32, 0u32);
    for letter in text.chars().chain([' ']) {
        if letter.is_ascii_alphabetic() {
            word += 1;
            continue;
        }
        tokens = tokens.saturating_add(word.div_ceil(3));
        word = 0;
        tokens = tokens.saturating_add(match letter {
            ' ' => 0,
            _ if letter.is_ascii() => 1,
            // A vocabulary that does not know a letter spells its bytes.
            _ => u32::try_from(letter.len_utf8()).unwrap_or(4),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_digits_and_signs_are_counted_from_above() {
        for (text, tokens) in [("", 0), ("pressure", 3), ("XMEAS_7 = 2895.4 kPa", 2 + 1 + 1 + 1 + 6 + 1), ("°C", 2 + 1)]
        {
            assert_eq!(of(text), tokens, "{text}");
        }
    }
}
