//! A small model that is held to a schema can fall into a circle: the same few letters until its tokens are used up. Nobody needs
//! to wait for that.

/// Letters of the end that are looked at: no sensible answer repeats itself for so long.
const END: usize = 240;
/// The longest circle that is looked for.
const CIRCLE_MOST: usize = 12;
/// After how many more letters it is looked again.
const EVERY: usize = 64;

/// Watches an answer as it grows.
#[derive(Debug, Default)]
pub(super) struct Circles {
    looked_at: usize,
}

impl Circles {
    /// Whether the answer has ended in a circle.
    pub fn found_in(&mut self, text: &str) -> bool {
        if text.len() < END.max(self.looked_at + EVERY) {
            return false;
        }
        self.looked_at = text.len();
        let end = &text.as_bytes()[text.len() - END..];
        (1..=CIRCLE_MOST).any(|length| end[length..] == end[..END - length])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> bool {
        let mut circles = Circles::default();
        text.char_indices().any(|(at, letter)| circles.found_in(&text[..at + letter.len_utf8()]))
    }

    #[test]
    fn a_circle_is_found_and_a_long_text_is_none() {
        for circle in ["0", " ", "\\n", "no, ", "abcdefghijkl", "°"] {
            assert!(found(&format!("{{\"summary\": \"1{}", circle.repeat(400))), "{circle}");
        }
        let table = format!("{} a {}", "-".repeat(200), "-".repeat(200));
        assert!(!found(&table));
        let words: String = (0..400).map(|number| format!("XMEAS_{number} is at {number}; ")).collect();
        assert!(!found(&words));
    }

    proptest! {
        #[test]
        fn what_stands_before_a_circle_makes_no_difference(before in ".{0,80}", circle in ".{1,3}") {
            let text = before + &circle.repeat(END + EVERY);
            prop_assert!(found(&text));
        }
    }
}
