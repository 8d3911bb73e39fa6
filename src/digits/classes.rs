//! Class names, from text with one name per line or from JSON.

use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::json::{self, Value, shown};

/// The longest class name, in characters.
const MAX_NAME: usize = 200;

/// Reads the names of a network's classes. Text that starts with `[` or `{` is JSON: a list of names, an object from class
/// index to name, or an object from name to class index (`label2id`). If a class has several names, as in ImageNet's
/// `{"0": ["n01440764", "tench"]}`, the last one is used. Any other text has one name per line; blank lines are skipped.
///
/// # Errors
/// [`Error::Malformed`] for broken JSON; [`Error::Mismatch`] for a class index without a name, a name of more than 200
/// characters, and when the number of names is not the network's number of classes.
pub fn class_names(text: &str, graph: &Graph) -> Result<Vec<String>> {
    // Some Windows editors write a byte order mark.
    let text = text.trim_start_matches('\u{feff}').trim();
    let names = if text.starts_with(['[', '{']) { from_json(text)? } else { from_lines(text) };
    let classes = graph.shape(graph.outputs()[0]).axes().last().copied().unwrap_or(0);
    if names.len() != classes {
        let expected = format!("{classes} names, one per line or as JSON");
        return Err(Error::mismatch("classes", expected, names.len()));
    }
    match names.iter().find(|name| name.chars().nth(MAX_NAME).is_some()) {
        Some(long) => {
            let found = format!("{} with {}", shown(long), long.chars().count());
            Err(Error::mismatch("classes", format!("names of at most {MAX_NAME} characters"), found))
        }
        None => Ok(names),
    }
}

fn from_lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn from_json(text: &str) -> Result<Vec<String>> {
    match json::read("JSON", text.as_bytes())? {
        Value::List(names) => names.iter().map(name).collect(),
        Value::Object(names) => {
            let mut indexed = names.fields().iter().map(indexed).collect::<Result<Vec<_>>>()?;
            indexed.sort_by_key(|&(index, _)| index);
            for (expected, (index, name)) in indexed.iter().enumerate() {
                if *index != expected {
                    let found = format!("index {index} ({})", shown(name));
                    return Err(Error::mismatch("classes", format!("a name for index {expected}"), found));
                }
            }
            Ok(indexed.into_iter().map(|(_, name)| name).collect())
        }
        other => Err(other.is_not("a list of names")),
    }
}

/// Class index and name of an entry `index: name` or `name: index`.
fn indexed((key, value): &(String, Value)) -> Result<(usize, String)> {
    if matches!(value, Value::Number(_)) {
        return Ok((value.size()?, key.clone()));
    }
    let index = key.trim().parse().map_err(|_| {
        Error::mismatch("classes", "an index for each name, or a name for each index", shown(key))
    })?;
    Ok((index, name(value)?))
}

/// A name, or the last of several.
fn name(value: &Value) -> Result<String> {
    match value {
        Value::List(names) => names.last().unwrap_or(&Value::Null).text(),
        value => value.text(),
    }
    .map(|name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::Dense;

    fn names(text: &str) -> Result<Vec<String>> {
        let graph = Builder::new("three", "x", [1, 4]).then("d", Dense::new(3)).build().unwrap();
        class_names(text, &graph)
    }

    #[test]
    fn lines_and_json_are_read() {
        for text in [
            " cat\r\ndog\n\nred fox\n",
            "\u{feff}cat\ndog\nred fox",
            r#"["cat", "dog", "red fox"]"#,
            r#"{"0": "cat", "2": "red fox", "1": "dog"}"#,
            r#"{"cat": 0, "red fox": 2, "dog": 1}"#,
            r#"{"0": ["n02121808", "cat"], "1": ["n02084071", "dog"], "2": ["n02119022", "red fox"]}"#,
            r#"[["n1", "cat"], ["n2", "dog"], ["n3", "red fox"]]"#,
        ] {
            assert_eq!(names(text).unwrap(), ["cat", "dog", "red fox"], "{text}");
        }
    }

    #[test]
    fn unusable_texts_are_refused() {
        for (text, word) in [
            ("cat\ndog", "3 names"),
            (r#"["cat", "dog"]"#, "found 2"),
            (r#"["cat", "dog", 3]"#, "text"),
            (r#"["cat", "dog", ]"#, "JSON"),
            (r#"{"0": "cat", "1": "dog", "3": "fox"}"#, "name for index 2, found index 3 (`fox`)"),
            (r#"{"0": "cat", "1": "dog", "1 ": "fox"}"#, "name for index 2, found index 1"),
            (r#"{"a": "cat", "b": "dog", "c": "fox"}"#, "`a`"),
            (r#"{"cat": 0, "dog": 1, "fox": 2.5}"#, "2.5"),
            (r#"{"0": [], "1": "dog", "2": "fox"}"#, "text"),
        ] {
            let refused = names(text).unwrap_err().to_string();
            assert!(refused.contains(word), "{text}: {refused}");
        }
        let long = format!("a\nb\n{}", "c".repeat(300));
        let refused = names(&long).unwrap_err().to_string();
        assert!(refused.contains("200 characters") && refused.ends_with("with 300"), "{refused}");
    }
}
