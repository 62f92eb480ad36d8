//! What is hidden comes back, and nothing else does.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Names that lie within one another, look like one another, and contain what JSON would escape.
const WORDS: [(Kind, &str); 12] = [
    (Kind::Tag, "XMEAS_1"),
    (Kind::Tag, "XMEAS_10"),
    (Kind::Tag, "XMEAS_7"),
    (Kind::Tag, "XMV_1"),
    (Kind::Tag, "FLOW"),
    (Kind::Unit, "reactor"),
    (Kind::Unit, "reactor feed"),
    (Kind::Person, "Al"),
    (Kind::Person, "Schmidt"),
    (Kind::Person, "Schmidt-Rottluff"),
    (Kind::Person, "O\"Brien"),
    (Kind::Person, "Çağla"),
];

fn names() -> Pseudonyms {
    Pseudonyms::new(WORDS)
}

#[test]
fn words_are_hidden_however_they_are_spelled() {
    #[track_caller]
    fn check(text: &str, hidden: &str) {
        let mut names = names();
        assert_eq!(names.hide(text).unwrap(), hidden);
        assert_eq!(names.reveal(hidden), text);
    }
    check("XMEAS_1 and XMEAS_10", "TAG#0000 and TAG#0001");
    check("XMEAS_10, not XMEAS_100", "TAG#0000, not XMEAS_100");
    check("xmeas 7, XMEAS(7), XMEAS-7, Xmeas7", "TAG#0000, TAG#0001), TAG#0002, TAG#0003");
    check("XMEAS_7s rise; MYXMEAS_7 is another", "TAG#0000s rise; MYXMEAS_7 is another");
    check("FLOW7", "TAG#00007");
    check("the reactor feed of the reactor", "the UNIT#0000 of the UNIT#0001");
    check("Al saw the Alarm", "PERSON#0000 saw the Alarm");
    check("Schmidts and SCHMIDT-ROTTLUFF's", "PERSON#0000s and PERSON#0001's");
    check("ÇAĞLA, çağla", "PERSON#0000, PERSON#0001");
    check("TAG#0000 is XMEAS_7", "WORD#0000 is TAG#0000");
    check("", "");
}

#[test]
fn what_was_never_hidden_is_not_read_back() {
    let mut names = names();
    assert_eq!(names.hide("XMEAS_7").unwrap(), "TAG#0000");
    assert_eq!(names.reveal("tag#0000 TAG#0001 TAG#00 TAG#000"), "XMEAS_7 TAG#0001 TAG#00 TAG#000");
}

#[test]
fn json_is_hidden_in_texts_and_keys_and_comes_back() {
    let mut names = names();
    let plain = json!({"XMEAS_7": [1, null, true, "high since O\"Brien left"], "n": {"unit": "reactor"}});
    let hidden = names.hide_json(&plain).unwrap();
    let text = hidden.to_string();
    assert!(WORDS.iter().all(|(_, word)| word.len() < 3 || !text.contains(word)), "{text}");
    assert_eq!(names.reveal_json(&hidden), plain);
}

#[test]
fn more_words_than_pseudonyms_are_refused() {
    let words: Vec<String> = (0..=MOST).map(|n| format!("T{n}x")).collect();
    let mut names = Pseudonyms::new(words.iter().map(|word| (Kind::Tag, word.as_str())));
    assert!(names.hide(&words[..MOST].join(" ")).is_ok());
    assert_eq!(names.hide(&words[MOST]), Err(TooMany));
}

/// Texts that are full of names, pieces of names, pseudonyms and other letters.
fn texts() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS.map(|(_, word)| word.to_owned()).to_vec());
    let piece = prop_oneof![
        3 => word.clone(),
        1 => word.clone().prop_map(|word| word.to_lowercase()),
        1 => word.prop_map(|word| word.replace('_', " ")),
        2 => "[ _#,.0-9TAGtag\"\\\\]{0,4}",
        1 => Just("TAG#0000".to_owned()),
        1 => "(TAG|PERSON|WORD|UNIT)#[0-9]{0,5}",
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_text_comes_back(texts in prop::collection::vec(texts(), 1..4)) {
        let mut names = names();
        let hidden: Vec<String> = texts.iter().map(|text| names.hide(text).unwrap()).collect();
        for (text, hidden) in texts.iter().zip(&hidden) {
            prop_assert_eq!(&names.reveal(hidden), text);
        }
    }

    #[test]
    fn no_known_word_is_left(text in texts()) {
        let mut names = names();
        let hidden = names.hide(&text).unwrap();
        prop_assert_eq!(&names.clone().hide(&names.reveal(&hidden)).unwrap(), &hidden, "hiding again hides the same");
        let letters: Vec<char> = hidden.chars().collect();
        for at in 0..letters.len() {
            prop_assert!(
                lookalike(&letters, at).is_some() || names.found(&letters, at, false).is_none(), "{hidden} at {at}"
            );
        }
    }

    #[test]
    fn an_answer_in_pieces_is_read_back_like_one_in_one(text in texts(), cuts in prop::collection::vec(0usize..40, 0..6)) {
        let mut names = names();
        let hidden: Vec<char> = names.hide(&text).unwrap().chars().collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(hidden.len())).chain([0, hidden.len()]).collect();
        cuts.sort_unstable();
        let mut revealer = Revealer::default();
        let mut plain = String::new();
        for pair in cuts.windows(2) {
            let piece: String = hidden[pair[0]..pair[1]].iter().collect();
            plain.push_str(&revealer.reveal(&names, &piece));
        }
        plain.push_str(&revealer.finish(&names));
        prop_assert_eq!(plain, text);
    }
}
