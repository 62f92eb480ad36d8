//! What a provider's grammar of schemas leaves out. Whoever reads the answer checks it against the whole schema.

use serde_json::Value;

/// Words of JSON schema that Anthropic refuses with status 400.
const UNKNOWN_TO_ANTHROPIC: [&str; 11] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// The schema without bounds of numbers, texts and lists; every object closed, as Anthropic wants it.
pub(super) fn for_anthropic(schema: &Value) -> Value {
    match schema {
        Value::Object(all) => {
            let mut kept: serde_json::Map<String, Value> = all
                .iter()
                .filter(|(word, _)| !UNKNOWN_TO_ANTHROPIC.contains(&word.as_str()))
                .map(|(word, value)| {
                    // The keys below `properties` are names, whatever they are called.
                    let names = matches!(word.as_str(), "properties" | "$defs" | "definitions");
                    let value = match value {
                        Value::Object(inner) if names => {
                            Value::Object(inner.iter().map(|(name, one)| (name.clone(), for_anthropic(one))).collect())
                        }
                        // Values are no schemas.
                        value if matches!(word.as_str(), "enum" | "const" | "default" | "required") => value.clone(),
                        value => for_anthropic(value),
                    };
                    (word.clone(), value)
                })
                .collect();
            if kept.get("type").is_some_and(|kind| kind == "object") {
                kept.insert("additionalProperties".into(), Value::Bool(false));
            }
            Value::Object(kept)
        }
        Value::Array(all) => Value::Array(all.iter().map(for_anthropic).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bounds_are_left_out_and_names_stay() {
        let schema = json!({
            "type": "object",
            "properties": {
                "maximum": {"type": "number", "minimum": 0, "maximum": 1},
                "causes": {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {}}},
                "kind": {"enum": ["pattern", {"maximum": 1}]}
            },
            "required": ["maximum"]
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "maximum": {"type": "number"},
                "causes": {
                    "type": "array", "items": {"type": "object", "properties": {}, "additionalProperties": false}
                },
                "kind": {"enum": ["pattern", {"maximum": 1}]}
            },
            "required": ["maximum"],
            "additionalProperties": false
        });
        assert_eq!(for_anthropic(&schema), expected);
    }
}
