//! The names of a network's classes, as people keep them: a line each, or in JSON.

use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::json::{self, Value, shown};

/// The longest name that is taken, in letters.
const MAX_NAME: usize = 200;

/// Names of a network's classes. A text that begins as JSON is read as such: a list of names; an object with a name for
/// each number, or a number for each name (as `label2id` has them). Where several names belong to a class, as in ImageNet's
/// `{"0": ["n01440764", "tench"]}`, the last one is taken. Any other text has a name a line, and empty lines do not count.
///
/// # Errors
/// [`Error::Malformed`] for JSON that is broken; [`Error::Mismatch`] for a class without a name, and for another number of
/// names than the network has classes.
pub fn class_names(text: &str, graph: &Graph) -> Result<Vec<String>> {
    // Windows' editors put a byte order mark before the text.
    let text = text.trim_start_matches('\u{feff}').trim();
    let names = if text.starts_with(['[', '{']) { in_json(text)? } else { in_lines(text) };
    let classes = graph.shape(graph.outputs()[0]).axes().last().copied().unwrap_or(0);
    if names.len() != classes {
        let expected = format!("{classes} names, a line each or as JSON");
        return Err(Error::mismatch("classes", expected, names.len()));
    }
    match names.iter().find(|name| name.chars().nth(MAX_NAME).is_some()) {
        Some(long) => {
            Err(Error::mismatch("classes", format!("names of at most {MAX_NAME} letters"), shown(long)))
        }
        None => Ok(names),
    }
}

fn in_lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn in_json(text: &str) -> Result<Vec<String>> {
    match json::read("JSON", text.as_bytes())? {
        Value::List(names) => names.iter().map(name).collect(),
        Value::Object(names) => {
            let mut numbered = names.fields().iter().map(numbered).collect::<Result<Vec<_>>>()?;
            numbered.sort_by_key(|&(number, _)| number);
            for (place, (number, name)) in numbered.iter().enumerate() {
                if *number != place {
                    let found = format!("number {number} ({})", shown(name));
                    return Err(Error::mismatch("classes", format!("a name for number {place}"), found));
                }
            }
            Ok(numbered.into_iter().map(|(_, name)| name).collect())
        }
        other => Err(other.is_not("a list of names")),
    }
}

/// A name for a number, whichever of the two stands first.
fn numbered((key, value): &(String, Value)) -> Result<(usize, String)> {
    if matches!(value, Value::Number(_)) {
        return Ok((value.size()?, key.clone()));
    }
    let number = key.trim().parse().map_err(|_| {
        Error::mismatch("classes", "a number for each name, or a name for each number", shown(key))
    })?;
    Ok((number, name(value)?))
}

/// A name; the last of several.
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
    fn names_are_read_from_lines_and_from_json() {
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
    fn other_texts_are_refused_in_words() {
        for (text, word) in [
            ("cat\ndog", "3 names"),
            (r#"["cat", "dog"]"#, "found 2"),
            (r#"["cat", "dog", 3]"#, "text"),
            (r#"["cat", "dog", ]"#, "JSON"),
            (r#"{"0": "cat", "1": "dog", "3": "fox"}"#, "number 2"),
            (r#"{"0": "cat", "1": "dog", "1 ": "fox"}"#, "number 2"),
            (r#"{"a": "cat", "b": "dog", "c": "fox"}"#, "`a`"),
            (r#"{"cat": 0, "dog": 1, "fox": 2.5}"#, "2.5"),
            (r#"{"0": [], "1": "dog", "2": "fox"}"#, "text"),
        ] {
            let refused = names(text).unwrap_err().to_string();
            assert!(refused.contains(word), "{text}: {refused}");
        }
        let long = format!("a\nb\n{}", "c".repeat(300));
        assert!(names(&long).unwrap_err().to_string().contains("200 letters"));
    }
}
