use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Tags A and B, alarms A/HIGH and B/LOW.
struct Few;

impl Names for Few {
    fn has_tag(&self, tag: &str) -> bool {
        ["A", "B"].contains(&tag)
    }

    fn has_alarm(&self, alarm: &str) -> bool {
        ["A/HIGH", "B/LOW"].contains(&alarm)
    }
}

#[derive(Default)]
struct Now {
    values: BTreeMap<TagId, f64>,
    qualities: BTreeMap<TagId, Quality>,
    active: BTreeMap<AlarmId, bool>,
}

impl Situation for Now {
    fn value(&self, tag: &TagId) -> Option<f64> {
        self.values.get(tag).copied()
    }

    fn quality(&self, tag: &TagId) -> Option<Quality> {
        self.qualities.get(tag).copied()
    }

    fn active(&self, alarm: &AlarmId) -> Option<bool> {
        self.active.get(alarm).copied()
    }
}

/// A is 3, nothing is known of B; A/HIGH is active, nobody knows of B/LOW.
fn now() -> Now {
    Now {
        values: BTreeMap::from([("A".into(), 3.0)]),
        qualities: BTreeMap::from([("A".into(), Quality::Good), ("B".into(), Quality::Bad)]),
        active: BTreeMap::from([("A/HIGH".into(), true)]),
    }
}

fn value(text: &str) -> Option<bool> {
    Expression::parse(text, &Few).unwrap_or_else(|problem| panic!("{text}: {problem}")).evaluate(&now())
}

#[test]
fn an_expression_is_true_false_or_unknown() {
    for (text, expected) in [
        ("true", Some(true)),
        (r#"value["A"] > 2.5"#, Some(true)),
        (r#"value["A"] > 2"#, Some(true)),
        (r#"value["A"] == 3"#, Some(true)),
        ("value.A <= 2.0", Some(false)),
        (r#"value["A"] * 2.0 - 1.0 == 5.0"#, Some(true)),
        (r#"-value["A"] < 0.0"#, Some(true)),
        (r#"value["A"] in [1.0, 3.0]"#, Some(true)),
        (r#"quality["B"] == "bad""#, Some(true)),
        (r#"quality["A"] in ["bad", "stale"]"#, Some(false)),
        (r#"active["A/HIGH"] && !(value["A"] < 1.0)"#, Some(true)),
        (r#"active["A/HIGH"] ? value["A"] > 2.0 : false"#, Some(true)),
        (r#"value["B"] > 2.5"#, None),
        (r#"active["B/LOW"]"#, None),
        (r#"!active["B/LOW"]"#, None),
        ("1 / 0 == 1", None),
        ("9223372036854775807 + 1 > 0", None),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_is_decided_without_the_unknown_is_known_in_either_order() {
    for (text, expected) in [
        (r#"value["A"] > 5.0 && value["B"] > 1.0"#, Some(false)),
        (r#"value["B"] > 1.0 && value["A"] > 5.0"#, Some(false)),
        (r#"active["A/HIGH"] || active["B/LOW"]"#, Some(true)),
        (r#"active["B/LOW"] || active["A/HIGH"]"#, Some(true)),
        (r#"active["A/HIGH"] && active["B/LOW"]"#, None),
        (r#"active["B/LOW"] && active["A/HIGH"]"#, None),
        (r#"value["A"] > 5.0 || value["B"] > 1.0"#, None),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    let both = Expression::parse(r#"value["B"] > 1.0 && active["B/LOW"] && value["A"] > 1.0"#, &Few).unwrap();
    assert_eq!(both.unknown(&now()), ["B", "B/LOW"]);
}

#[test]
fn it_says_what_it_looks_at() {
    let text = r#"value["A"] > 1.0 && quality["B"] == "good" && !active["B/LOW"]"#;
    let inputs = Expression::parse(text, &Few).unwrap().inputs().clone();
    assert_eq!(inputs.values, BTreeSet::from(["A".into()]));
    assert_eq!(inputs.qualities, BTreeSet::from(["B".into()]));
    assert_eq!(inputs.alarms, BTreeSet::from(["B/LOW".into()]));
    assert!(inputs.needs_scans());
    assert!(!Expression::parse(r#"active["A/HIGH"]"#, &Few).unwrap().inputs().needs_scans());
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    for (text, says) in [
        ("", "says nothing"),
        ("value[\"A\"] >", "is not an expression"),
        (r#"value["C"] > 1.0"#, "no tag `C`"),
        (r#"true && active["A/LOW"]"#, "no alarm `A/LOW`"),
        (r#"true && active["A/LOW"]"#, "at character"),
        ("pressure > 1.0", "`pressure` is not known; known are value"),
        (r#"limits["A"] > 1.0"#, "`limits` is not known"),
        (r#"value["A"]"#, "is a number, and a rule needs"),
        (r#"value["A"] && true"#, "is a number, and true or false is wanted"),
        (r#"value["A"] + 1 > 2.0"#, "5.0, not 5"),
        (r#"value["A"] == "high""#, "is a text, but a number stands on the other side"),
        (r#"quality["A"] < "good""#, "only numbers are larger"),
        (r#"value["A"] > 1.0 ? 1.0 : 2.0"#, "is a number, and a rule needs"),
        (r#"value[quality["A"]] > 1.0"#, "between quotation marks"),
        (r#"size(quality["A"]) > 1"#, "no function `size`"),
        (r#"quality["A"].startsWith("g")"#, "no function `startsWith`"),
        (r#"[1, 2].exists(x, x > 1)"#, "no loops"),
        (r#"has(value.A)"#, "not allowed"),
        (r#"value["A"] in [1.0, "x"]"#, "is a text, but a number is looked for"),
        (r#"value["A"] in value"#, "followed by a list"),
        ("null == null", "not allowed"),
        ("{'a': 1} == {'a': 1}", "not allowed"),
    ] {
        let said = Expression::parse(text, &Few).expect_err(text);
        assert!(said.contains(says), "{text}: {said}");
        assert!(!said.contains('\n'), "{text}: {said}");
    }
    let long = format!("true{}", " && true".repeat(300));
    assert!(Expression::parse(&long, &Few).expect_err("too long").contains("2000"));
    let deep = format!("{}true{}", "(".repeat(900), ")".repeat(900));
    assert!(Expression::parse(&deep, &Few).is_err());
}

/// Expressions of two facts with what a three-valued logic makes of them.
fn logic() -> impl Strategy<Value = (String, Option<bool>)> {
    let leaf = prop_oneof![
        Just(("true".to_owned(), Some(true))),
        Just(("false".to_owned(), Some(false))),
        Just((r#"active["A/HIGH"]"#.to_owned(), Some(true))),
        Just((r#"active["B/LOW"]"#.to_owned(), None)),
        Just((r#"(value["B"] > 1.0)"#.to_owned(), None)),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|(text, known)| (format!("!({text})"), known.map(|known| !known))),
            (inner.clone(), inner.clone()).prop_map(|((one, a), (other, b))| {
                let both = match (a, b) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                };
                (format!("({one} && {other})"), both)
            }),
            (inner.clone(), inner).prop_map(|((one, a), (other, b))| {
                let either = match (a, b) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
                (format!("({one} || {other})"), either)
            }),
        ]
    })
}

proptest! {
    /// What the interpreter makes of unknown inputs is Kleene's logic, whatever the order.
    #[test]
    fn unknown_inputs_follow_three_valued_logic((text, expected) in logic()) {
        prop_assert_eq!(value(&text), expected, "{}", text);
    }

    /// Whatever somebody writes into a plant file, it is read or refused, and evaluated without a panic.
    #[test]
    fn any_text_is_read_or_refused(text in r#"[a-z0-9.,<>=!&|()\[\]"'+*/% -]{0,60}"#) {
        if let Ok(expression) = Expression::parse(&text, &Few) {
            expression.evaluate(&now());
        }
    }
}
