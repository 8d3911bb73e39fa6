//! Typed access to values and to the fields of an object.

use std::fmt::{self, Display};

use super::{Value, shown};
use crate::error::{Error, Place, Result, listed};
use crate::names::Names;
use crate::tensor::Shape;

/// Values by name, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Object(Vec<(String, Value)>);

impl Object {
    pub(super) fn new(format: &'static str, fields: Vec<(String, Value)>) -> Result<Self> {
        if let Err(name) = Names::of(fields.iter().map(|field| field.0.as_str()).collect()) {
            let found = format_args!("{} given twice", shown(name));
            return Err(Error::malformed(format, "unique names in a JSON object", found));
        }
        Ok(Object(fields))
    }

    /// Names and values, in order.
    pub(crate) fn into_fields(self) -> Vec<(String, Value)> {
        self.0
    }

    /// Names and values, in order.
    pub(crate) fn fields(&self) -> &[(String, Value)] {
        &self.0
    }

    /// The value of this name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|field| field.0 == name).map(|field| &field.1)
    }

    /// Name and value of the only field; `what` describes the expected object.
    pub(crate) fn only(&self, what: &str) -> Result<(&str, &Value)> {
        match self.0.as_slice() {
            [(name, value)] => Ok((name, value)),
            fields => Err(Error::mismatch("JSON", what, format_args!("{} fields", fields.len()))),
        }
    }

    /// Checks that the object has no fields except `names`.
    pub(crate) fn allow(&self, names: &[&str]) -> Result<()> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, _)) => {
                Err(Error::mismatch("JSON", format_args!("only the fields {}", listed(names)), shown(name)))
            }
            None => Ok(()),
        }
    }

    /// The field of this name, converted by `read`. A missing field is read as null.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with the field's name when `read` fails.
    pub(crate) fn get<'a, T>(&'a self, name: &str, read: impl FnOnce(&'a Value) -> Result<T>) -> Result<T> {
        read(self.find(name).unwrap_or(&Value::Null))
            .at(|| fmt::from_fn(move |to| write!(to, "field `{name}`")))
    }

    /// The non-negative integer of this name.
    pub(crate) fn size(&self, name: &str) -> Result<usize> {
        self.get(name, Value::size)
    }

    /// The number of this name.
    pub(crate) fn number(&self, name: &str) -> Result<f32> {
        self.get(name, Value::number)
    }

    /// The flag of this name.
    pub(crate) fn flag(&self, name: &str) -> Result<bool> {
        self.get(name, Value::flag)
    }

    /// The text of this name.
    pub(crate) fn text(&self, name: &str) -> Result<String> {
        self.get(name, Value::text).map(str::to_owned)
    }

    /// The texts in the list of this name.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>> {
        self.get(name, |value| value.each(|text| text.text().map(str::to_owned)))
    }
}

/// Conversions to the expected type. Each fails with [`Error::Mismatch`].
impl Value {
    pub(crate) fn object(&self) -> Result<&Object> {
        match self {
            Value::Object(object) => Ok(object),
            _ => Err(self.is_not("an object")),
        }
    }

    pub(crate) fn list(&self) -> Result<&[Value]> {
        match self {
            Value::List(values) => Ok(values),
            _ => Err(self.is_not("a list")),
        }
    }

    /// The values of a list, each converted by `read`.
    pub(crate) fn each<T>(&self, read: impl Fn(&Value) -> Result<T>) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for value in self.list()? {
            all.push(read(value)?);
        }
        Ok(all)
    }

    pub(crate) fn text(&self) -> Result<&str> {
        match self {
            Value::Text(text) => Ok(text),
            _ => Err(self.is_not("a text")),
        }
    }

    pub(crate) fn flag(&self) -> Result<bool> {
        match self {
            Value::Flag(flag) => Ok(*flag),
            _ => Err(self.is_not("true or false")),
        }
    }

    pub(crate) fn number(&self) -> Result<f32> {
        match self {
            Value::Number(number) if (*number as f32).is_finite() => Ok(*number as f32),
            _ => Err(self.is_not("a number that fits 32 bits")),
        }
    }

    /// An integer from 0 that f64 represents exactly.
    pub(crate) fn whole(&self) -> Result<u64> {
        const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;
        match *self {
            Value::Number(number) if (0.0..EXACT).contains(&number) && number.fract() == 0.0 => {
                Ok(number as u64)
            }
            _ => Err(self.is_not("an integer from 0 to 2⁵³")),
        }
    }

    pub(crate) fn size(&self) -> Result<usize> {
        self.whole()?.try_into().map_err(|_| self.is_not("an integer that fits the address space"))
    }

    /// A list of axis sizes.
    pub(crate) fn shape(&self) -> Result<Shape> {
        self.each(Value::size).map(Shape::new)
    }

    /// The error for a value that is not what is expected.
    pub(crate) fn is_not(&self, expected: &str) -> Box<Error> {
        Error::mismatch("JSON", expected, self.described())
    }

    /// The value for a message; of lists and objects only the type.
    pub(crate) fn described(&self) -> impl Display {
        fmt::from_fn(|to| match self {
            Value::Null => to.write_str("null or no value"),
            Value::Flag(flag) => flag.fmt(to),
            Value::Number(number) => crate::error::shown(*number as f32).fmt(to),
            Value::Text(text) => shown(text).fmt(to),
            Value::List(_) => to.write_str("a list"),
            Value::Object(_) => to.write_str("an object"),
        })
    }
}
