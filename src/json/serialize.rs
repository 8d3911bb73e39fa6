//! A serde serializer over [`Writer`], for the types of a graph. serde_json's serializer has a formatter of its own and can
//! fail at every piece of text; this one cannot fail, which halves the code.

use std::fmt::{self, Display};

use serde::ser::{self, Serialize};

use super::Writer;

impl Writer {
    /// Writes a value as JSON, as serde_json does. The keys of maps must be strings.
    pub(crate) fn value(&mut self, value: &(impl Serialize + ?Sized)) {
        let Ok(()) = value.serialize(self);
    }
}

/// The error type of a serializer that cannot fail.
#[derive(Debug)]
pub(crate) enum Never {}

impl Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: Display>(message: T) -> Self {
        unreachable!("the types of a graph serialize without errors of their own: {message}")
    }
}

type Result<T = ()> = std::result::Result<T, Never>;

/// A list or an object whose end is not written yet.
pub(crate) struct Open<'w> {
    json: &'w mut Writer,
    /// The closing brackets: an enum's variant with fields has two.
    closing: &'static str,
}

impl Open<'_> {
    fn close(self) -> Result {
        self.closing.chars().for_each(|bracket| self.json.close(bracket));
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result {
        self.json.name(name);
        value.serialize(&mut *self.json)
    }
}

impl<'w> Writer {
    fn begin(&'w mut self, opening: char, closing: &'static str) -> Result<Open<'w>> {
        self.open(opening);
        Ok(Open { json: self, closing })
    }

    /// Begins the object of an enum's variant with fields.
    fn begin_variant(&'w mut self, name: &str, opening: char, closing: &'static str) -> Result<Open<'w>> {
        self.open('{');
        self.name(name);
        self.begin(opening, closing)
    }
}

/// Traits whose values are the elements of a list.
macro_rules! lists {
    ($($kind:ident: $method:ident),*) => {
        $(impl ser::$kind for Open<'_> {
            type Ok = ();
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
                value.serialize(&mut *self.json)
            }

            fn end(self) -> Result {
                self.close()
            }
        })*
    };
}

lists!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

/// Traits whose values are the fields of an object.
macro_rules! objects {
    ($($kind:ident),*) => {
        $(impl ser::$kind for Open<'_> {
            type Ok = ();
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result {
                self.field(name, value)
            }

            fn end(self) -> Result {
                self.close()
            }
        })*
    };
}

objects!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        key.serialize(&mut *self.json)?;
        self.json.colon();
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        value.serialize(&mut *self.json)
    }

    fn end(self) -> Result {
        self.close()
    }
}

/// Methods for integers, converted to a wider type.
macro_rules! integers {
    ($($method:ident($type:ty) -> $wider:ident),*) => {
        $(fn $method(self, number: $type) -> Result {
            self.$wider(number.into())
        })*
    };
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Open<'w>;
    type SerializeTuple = Open<'w>;
    type SerializeTupleStruct = Open<'w>;
    type SerializeTupleVariant = Open<'w>;
    type SerializeMap = Open<'w>;
    type SerializeStruct = Open<'w>;
    type SerializeStructVariant = Open<'w>;

    integers!(
        serialize_i8(i8) -> serialize_i64,
        serialize_i16(i16) -> serialize_i64,
        serialize_i32(i32) -> serialize_i64,
        serialize_u8(u8) -> serialize_u64,
        serialize_u16(u16) -> serialize_u64,
        serialize_u32(u32) -> serialize_u64
    );

    fn serialize_bool(self, flag: bool) -> Result {
        self.raw(if flag { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i64(self, number: i64) -> Result {
        self.raw(&number.to_string());
        Ok(())
    }

    fn serialize_u64(self, number: u64) -> Result {
        self.number(number);
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result {
        self.real(number);
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Result {
        if !number.is_finite() {
            return self.serialize_unit();
        }
        // `Debug`, unlike `Display`, writes an exponent where that is shorter.
        self.raw(&format!("{number:?}"));
        Ok(())
    }

    fn serialize_char(self, letter: char) -> Result {
        self.text(letter.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result {
        self.text(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result {
        self.numbers(bytes.iter().map(|&byte| byte.into()));
        Ok(())
    }

    fn serialize_none(self) -> Result {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        self.raw("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result {
        self.text(name);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result {
        let mut object = self.begin('{', "}")?;
        object.field(name, value)?;
        object.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'w>> {
        self.begin('[', "]")
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'w>> {
        self.begin('[', "]")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'w>> {
        self.begin('[', "]")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Open<'w>> {
        self.begin_variant(name, '[', "]}")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'w>> {
        self.begin('{', "}")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'w>> {
        self.begin('{', "}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Open<'w>> {
        self.begin_variant(name, '{', "}}")
    }
}
