//! Canonical JSON, and the hash that is its name.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Keys in their order, no blanks.
pub(super) fn write(what: &impl Serialize) -> String {
    let value = serde_json::to_value(what).unwrap_or(Value::Null);
    let mut text = String::new();
    put(&value, &mut text);
    text
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

fn put(value: &Value, text: &mut String) {
    match value {
        Value::Object(all) => {
            let mut keys: Vec<&String> = all.keys().collect();
            keys.sort();
            text.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                put(&all[key], text);
            }
            text.push('}');
        }
        Value::Array(all) => {
            text.push('[');
            for (n, one) in all.iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                put(one, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_in_which_keys_were_put_in_does_not_matter() {
        let (one, other) =
            (json!({"b": [1, {"z": 0, "a": "ä\"\n"}], "a": 0.1}), json!({"a": 0.1, "b": [1, {"a": "ä\"\n", "z": 0}]}));
        assert_eq!(write(&one), r#"{"a":0.1,"b":[1,{"a":"ä\"\n","z":0}]}"#);
        assert_eq!(hash(&write(&one)), hash(&write(&other)));
        assert_ne!(
            write(&one),
            write(&json!({"a": 0.1, "b": [{"a": "ä\"\n", "z": 0}, 1]})),
            "the order of a list does"
        );
    }

    #[test]
    fn a_hash_is_the_published_one() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
