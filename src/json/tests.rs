use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;

use super::*;

/// The same value in serde_json.
fn theirs(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Flag(flag) => (*flag).into(),
        Value::Number(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(values) => values.iter().map(theirs).collect(),
        Value::Object(object) => {
            object.clone().into_fields().iter().map(|(name, value)| (name.clone(), theirs(value))).collect()
        }
    }
}

/// Converts all numbers to f64.
fn floats(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => number.as_f64().into(),
        serde_json::Value::Array(values) => values.into_iter().map(floats).collect(),
        serde_json::Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, floats(value))).collect()
        }
        other => other,
    }
}

fn refusal(text: &str) -> String {
    read("graph", text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn every_kind_of_value_is_read_as_by_serde_json() {
    let text = r#" {"a": [1, -2.5, 0.1, 1e3, 2E-3, 6.02e+23, 0, 1.7159], "b": {"c": null, "": true},
        "d": "\"\\\/\b\f\n\r\té\ud83d\ude00 ü", "e": [], "f": {}, "g": [false, [[0]]]} "#;
    let value = read("graph", text.as_bytes()).unwrap();
    assert_eq!(theirs(&value), floats(serde_json::from_str(text).unwrap()));
}

#[test]
fn malformed_text_is_refused_with_its_position() {
    for text in [
        "",
        "{",
        "[1",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "01",
        "1.",
        ".5",
        "-",
        "1e",
        "tru",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "1 2",
        "\"\n\"",
        "1e999",
        "nan",
    ] {
        assert!(refusal(text).contains("at byte"), "{text}: {}", refusal(text));
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
    }
    assert!(read("graph", b"\"\xff\"").is_err());
    assert!(refusal(&"[".repeat(100_000)).contains("nested at most 32 deep"));
    assert!(refusal(r#"{"a":1,"b":2,"a":3}"#).contains("`a` given twice"));
}

#[test]
fn fields_of_another_type_are_refused_by_name() {
    let value = read("graph", br#"{"n": 3, "x": 0.5, "t": "text", "l": ["a", 1], "big": 1e300}"#).unwrap();
    let object = value.object().unwrap();
    assert_eq!(object.size("n"), Ok(3));
    assert_eq!(object.number("x"), Ok(0.5));
    assert_eq!(object.text("t").as_deref(), Ok("text"));
    for refused in [
        object.size("x").map(drop),
        object.size("big").map(drop),
        object.number("big").map(drop),
        object.flag("n").map(drop),
        object.texts("l").map(drop),
        object.text("missing").map(drop),
    ] {
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("field `") && message.contains("expected"), "{message}");
    }
    assert!(object.allow(&["n", "x", "t", "l"]).unwrap_err().to_string().contains("`big`"));
}

#[test]
fn serde_values_are_written_as_by_serde_json() {
    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct Pair(i8, u16);
    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(f64),
        Tuple(char, bool),
        Struct { some: Option<i64>, none: Option<u8> },
    }
    let map: BTreeMap<&str, Kind> = [
        ("a", Kind::Unit),
        ("b", Kind::Newtype(-0.125)),
        ("c", Kind::Tuple('"', true)),
        ("d", Kind::Struct { some: Some(-7), none: None }),
    ]
    .into();
    let value = (Unit, Pair(-1, 2), map, [[0.5f32, f32::NAN], [1.0, -2.0]], (), "text", Vec::<u8>::new());
    let mut json = Writer::default();
    json.value(&value);
    assert_eq!(json.finish(), serde_json::to_string(&value).unwrap());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_as_by_serde_json(text in r#"[\[\]{}:,"\\u0-9a-f.eE+\- tn]{0,12}"#) {
        let ours = read("graph", text.as_bytes());
        let theirs_read = serde_json::from_str::<serde_json::Value>(&text);
        let twice = ours.as_ref().is_err_and(|error| error.to_string().contains("twice"));
        prop_assert!(twice || ours.is_ok() == theirs_read.is_ok(), "{:?} {:?}", ours, theirs_read);
    }

    #[test]
    fn every_f32_reads_back_the_same(bits: u32) {
        let number = f32::from_bits(bits);
        if number.is_normal() {
            let text = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(read("graph", text.as_bytes()).unwrap().number(), Ok(number), "{}", text);
        }
    }
}
