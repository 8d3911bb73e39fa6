//! What derives serde's `Serialize`, through the writer of this crate: written graphs. serde_json's way brings a formatter
//! of its own, and an error behind every piece of text; here nothing can fail, and that leaves half of the code.

use std::fmt::{self, Display};

use serde::ser::{self, Impossible, Serialize};

use super::Writer;

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
        unreachable!("a graph can always be written: {message}")
    }
}

type Result<T = ()> = std::result::Result<T, Never>;

/// A list or an object that has been begun.
pub(crate) struct Begun<'w> {
    json: &'w mut Writer,
    bracket: char,
}

impl Begun<'_> {
    fn close(self) -> Result {
        self.json.close(self.bracket);
        Ok(())
    }
}

impl Writer {
    /// Writes a value as serde sees it.
    pub(crate) fn value(&mut self, value: &(impl Serialize + ?Sized)) {
        let Ok(()) = value.serialize(self);
    }
}

impl<'w> Writer {
    fn begin(&'w mut self, opens: char, bracket: char) -> Result<Begun<'w>> {
        self.open(opens);
        Ok(Begun { json: self, bracket })
    }
}

/// Lists, whatever Rust has them as.
macro_rules! lists {
    ($($kind:ident: $each:ident),*) => {
        $(impl ser::$kind for Begun<'_> {
            type Ok = ();
            type Error = Never;

            fn $each<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
                value.serialize(&mut *self.json)
            }

            fn end(self) -> Result {
                self.close()
            }
        })*
    };
}

lists!(SerializeSeq: serialize_element, SerializeTuple: serialize_element);

impl ser::SerializeStruct for Begun<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result {
        self.json.name(name);
        value.serialize(&mut *self.json)
    }

    fn end(self) -> Result {
        self.close()
    }
}

/// Kinds of values that a graph does not have.
macro_rules! none_of {
    ($($name:ident($($argument:ty),*) -> $result:ty),* $(,)?) => {
        $(fn $name(self, $(_: $argument),*) -> Result<$result> {
            unreachable!("a graph has no need of {}", stringify!($name))
        })*
    };
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Begun<'w>;
    type SerializeTuple = Begun<'w>;
    type SerializeTupleStruct = Impossible<(), Never>;
    type SerializeTupleVariant = Impossible<(), Never>;
    type SerializeMap = Impossible<(), Never>;
    type SerializeStruct = Begun<'w>;
    type SerializeStructVariant = Impossible<(), Never>;

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

    fn serialize_str(self, text: &str) -> Result {
        self.text(text);
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result {
        self.text(name);
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result {
        self.open('{');
        self.name(name);
        let Ok(()) = value.serialize(&mut *self);
        self.close('}');
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Begun<'w>> {
        self.begin('[', ']')
    }

    fn serialize_tuple(self, _: usize) -> Result<Begun<'w>> {
        self.begin('[', ']')
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Begun<'w>> {
        self.begin('{', '}')
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    none_of! {
        serialize_i8(i8) -> (),
        serialize_i16(i16) -> (),
        serialize_i32(i32) -> (),
        serialize_u8(u8) -> (),
        serialize_u16(u16) -> (),
        serialize_u32(u32) -> (),
        serialize_f64(f64) -> (),
        serialize_char(char) -> (),
        serialize_bytes(&[u8]) -> (),
        serialize_none() -> (),
        serialize_unit() -> (),
        serialize_unit_struct(&'static str) -> (),
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
    }
}
