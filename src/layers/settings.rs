//! Settings in their JSON form.

use serde::{Serialize, Serializer};

use crate::error::Result;
use crate::json::{Object, Value};

/// Reads a list of nonnegative integers.
pub(super) fn sizes(written: &Object, name: &str) -> Result<Vec<usize>> {
    written.get(name, |value| value.each(Value::size))
}

/// Reads a list of integers.
pub(super) fn integers(written: &Object, name: &str) -> Result<Vec<i64>> {
    written.get(name, |value| value.each(integer))
}

fn integer(value: &Value) -> Result<i64> {
    // Below 2⁵³, so both conversions are exact.
    match value {
        Value::Number(number) if *number < 0.0 => Ok(-(Value::Number(-number).whole()? as i64)),
        _ => Ok(value.whole()? as i64),
    }
}

/// A float of any kind: JSON cannot express infinities and NaN, so they are strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Real(pub f32);

impl Real {
    pub(crate) fn read(value: &Value) -> Result<Self> {
        Ok(Real(match value {
            Value::Text(text) => match text.as_str() {
                "infinity" => f32::INFINITY,
                "-infinity" => f32::NEG_INFINITY,
                "nan" => f32::NAN,
                _ => return Err(value.is_not("a number, `infinity`, `-infinity` or `nan`")),
            },
            _ => value.number()?,
        }))
    }
}

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            f32::INFINITY => serializer.serialize_str("infinity"),
            f32::NEG_INFINITY => serializer.serialize_str("-infinity"),
            number if number.is_nan() => serializer.serialize_str("nan"),
            number => serializer.serialize_f32(number),
        }
    }
}
