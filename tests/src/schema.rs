//! Checks JSON against the schemas in `docs/schema/`.
//!
//! Knows the part of JSON Schema (draft 2020-12) that those files use, and refuses every
//! keyword that it does not know, so that none is passed over in silence.

use std::fs;

use regex_lite::Regex;
use serde_json::Value;

use crate::project;

/// A schema of the project.
pub struct Schema {
    root: Value,
}

impl Schema {
    /// Reads `docs/schema/NAME.schema.json`.
    pub fn of_project(name: &str) -> Schema {
        let path = project().join(format!("docs/schema/{name}.schema.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let root =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Schema { root }
    }

    /// Checks a document. The error tells where in the document something is wrong, and what.
    pub fn check(&self, document: &Value) -> Result<(), String> {
        self.check_at(&self.root, document, "$")
    }

    fn check_at(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let Value::Object(keywords) = schema else {
            return match schema {
                Value::Bool(true) => Ok(()),
                Value::Bool(false) => Err(format!("{at}: not allowed")),
                _ => panic!("a schema is an object or a boolean: {schema}"),
            };
        };
        for (keyword, operand) in keywords {
            let good = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    self.check_at(self.definition(operand), value, at)?;
                    true
                }
                "type" => match operand {
                    Value::Array(types) => types.iter().any(|name| has_type(value, name)),
                    name => has_type(value, name),
                },
                "const" => value == operand,
                "enum" => list(operand).contains(value),
                "pattern" => {
                    let pattern = Regex::new(text(operand)).expect("a pattern");
                    value.as_str().is_none_or(|value| pattern.is_match(value))
                }
                "minimum" => value.as_f64().is_none_or(|value| value >= number(operand)),
                "maximum" => value.as_f64().is_none_or(|value| value <= number(operand)),
                "minItems" => value
                    .as_array()
                    .is_none_or(|items| items.len() as f64 >= number(operand)),
                "maxItems" => value
                    .as_array()
                    .is_none_or(|items| items.len() as f64 <= number(operand)),
                "required" => value.as_object().is_none_or(|object| {
                    list(operand)
                        .iter()
                        .all(|name| object.contains_key(text(name)))
                }),
                "properties" => {
                    for (name, schema) in operand.as_object().expect("properties are an object") {
                        if let Some(value) = value.get(name) {
                            self.check_at(schema, value, &format!("{at}.{name}"))?;
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = keywords.get("properties").and_then(Value::as_object);
                    for (name, value) in value.as_object().into_iter().flatten() {
                        if !known.is_some_and(|known| known.contains_key(name)) {
                            self.check_at(operand, value, &format!("{at}.{name}"))?;
                        }
                    }
                    true
                }
                "items" => {
                    for (i, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.check_at(operand, value, &format!("{at}[{i}]"))?;
                    }
                    true
                }
                "oneOf" | "anyOf" => self.check_choice(keyword, list(operand), value, at)?,
                _ => panic!("the validator does not know the keyword `{keyword}`"),
            };
            if !good {
                return Err(format!(
                    "{at}: {keyword} {operand} does not hold for {value}"
                ));
            }
        }
        Ok(())
    }

    fn check_choice(
        &self,
        keyword: &str,
        choices: &[Value],
        value: &Value,
        at: &str,
    ) -> Result<bool, String> {
        let faults: Vec<String> = choices
            .iter()
            .filter_map(|schema| self.check_at(schema, value, at).err())
            .collect();
        match choices.len() - faults.len() {
            0 => Err(format!("{at}: no choice fits: {}", faults.join("; "))),
            1 => Ok(true),
            _ => Ok(keyword == "anyOf"),
        }
    }

    fn definition(&self, reference: &Value) -> &Value {
        let pointer = text(reference)
            .strip_prefix('#')
            .expect("a reference into the same file");
        self.root
            .pointer(pointer)
            .unwrap_or_else(|| panic!("there is no {reference}"))
    }
}

fn has_type(value: &Value, name: &Value) -> bool {
    match text(name) {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        name => panic!("there is no type `{name}`"),
    }
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a string: {value}"))
}

fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("not a list: {value}"))
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("not a number: {value}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn diagnostics() {
        let schema = Schema::of_project("vbc-diagnostic-1");
        let check = |value: Value| schema.check(&value).is_ok();
        let good = json!({
            "schema": "vbc-diagnostic/1", "code": "V0001", "severity": "error", "message": "m",
            "place": {"kind": "text", "file": "f", "line": 1, "column": 1, "length": 1, "source": ""},
            "notes": [{"message": "n", "place": {"kind": "file", "file": "f"}}],
        });
        assert_eq!(schema.check(&good), Ok(()));
        for (pointer, bad) in [
            ("/code", json!("V1")),
            ("/severity", json!("fatal")),
            ("/message", json!(1)),
            ("/place/line", json!(-1)),
            ("/place/line", json!("1")),
            ("/place/kind", json!("binary!")),
            ("/notes", json!([])),
            ("/notes/0/place/kind", json!("text")),
        ] {
            let mut value = good.clone();
            *value.pointer_mut(pointer).unwrap() = bad;
            assert!(!check(value), "{pointer}");
        }
        let mut missing = good.clone();
        missing.as_object_mut().unwrap().remove("message");
        assert!(!check(missing));
        let summary = json!({
            "schema": "vbc-diagnostic-summary/1", "errors": 3, "warnings": 0, "omitted": 1,
        });
        assert_eq!(schema.check(&summary), Ok(()));
    }

    #[test]
    #[should_panic(expected = "does not know the keyword `if`")]
    fn unknown_keywords_are_refused() {
        let _ = Schema {
            root: json!({"if": true}),
        }
        .check(&json!(1));
    }
}
