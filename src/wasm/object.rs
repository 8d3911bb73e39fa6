//! Conversion between JavaScript objects and types that derive serde's traits.
//!
//! [`to_js`] is a custom serializer: it writes typed arrays, and adds 0.6 KiB of brotli to the core binary where
//! serde-wasm-bindgen's serializer adds 2.7 KiB.

use std::fmt::Display;

use serde::ser::{self, Impossible, Serialize};
use wasm_bindgen::prelude::*;

use crate::json::serialize::Never;
use crate::typed_array::{FLOATS, INTEGERS};

/// Converts a value to a JavaScript object: structs become objects, lists become arrays,
/// [`typed_array`](crate::typed_array)s stay typed arrays, and `None` becomes null. Integers are exact up to 2⁵³.
pub(crate) fn to_js(value: &(impl Serialize + ?Sized)) -> JsValue {
    let Ok(object) = value.serialize(Serializer);
    object
}

// Declared here: linking js-sys would add the closures of its futures to the core binary, 1.1 KB of brotli.
#[wasm_bindgen]
extern "C" {
    type Array;
    #[wasm_bindgen(constructor)]
    fn new() -> Array;
    #[wasm_bindgen(method)]
    fn push(this: &Array, value: &JsValue) -> u32;

    type Object;
    #[wasm_bindgen(constructor)]
    fn new() -> Object;
    #[wasm_bindgen(js_namespace = Reflect, js_name = set)]
    fn set(target: &Object, name: &str, value: &JsValue) -> bool;

    type Uint8Array;
    #[wasm_bindgen(constructor)]
    fn new(bytes: &[u8]) -> Uint8Array;
    #[wasm_bindgen(method, getter)]
    fn buffer(this: &Uint8Array) -> JsValue;

    type Float32Array;
    #[wasm_bindgen(constructor)]
    fn new(buffer: &JsValue) -> Float32Array;

    type Uint32Array;
    #[wasm_bindgen(constructor)]
    fn new(buffer: &JsValue) -> Uint32Array;
}

type Result<T = JsValue> = std::result::Result<T, Never>;

#[derive(Clone, Copy)]
struct Serializer;

/// An array or an object under construction.
struct Members<T>(T);

macro_rules! arrays {
    ($($kind:ident: $each:ident),*) => {
        $(impl ser::$kind for Members<Array> {
            type Ok = JsValue;
            type Error = Never;

            fn $each<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.0.push(&to_js(value));
                Ok(())
            }

            fn end(self) -> Result {
                Ok(self.0.into())
            }
        })*
    };
}

arrays!(SerializeSeq: serialize_element, SerializeTuple: serialize_element);

impl ser::SerializeStruct for Members<Object> {
    type Ok = JsValue;
    type Error = Never;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        // Setting a field of a new object cannot fail.
        set(&self.0, name, &to_js(value));
        Ok(())
    }

    fn end(self) -> Result {
        Ok(self.0.into())
    }
}

macro_rules! numbers {
    ($($name:ident($number:ty)),* $(,)?) => {
        $(fn $name(self, number: $number) -> Result {
            Ok((number as f64).into())
        })*
    };
}

/// Implements serializer methods for types that never cross to JavaScript.
macro_rules! none_of {
    ($($name:ident($($argument:ty),*) -> $result:ty),* $(,)?) => {
        $(fn $name(self, $(_: $argument),*) -> Result<$result> {
            unreachable!("{} does not cross", stringify!($name))
        })*
    };
}

impl ser::Serializer for Serializer {
    type Ok = JsValue;
    type Error = Never;
    type SerializeSeq = Members<Array>;
    type SerializeTuple = Members<Array>;
    type SerializeTupleStruct = Impossible<JsValue, Never>;
    type SerializeTupleVariant = Impossible<JsValue, Never>;
    type SerializeMap = Impossible<JsValue, Never>;
    type SerializeStruct = Members<Object>;
    type SerializeStructVariant = Impossible<JsValue, Never>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result {
        Ok(value.to_string().into())
    }

    fn serialize_bool(self, flag: bool) -> Result {
        Ok(flag.into())
    }

    numbers! {
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_f32(f32),
        serialize_f64(f64),
    }

    fn serialize_str(self, text: &str) -> Result {
        Ok(text.into())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result {
        Ok(Uint8Array::new(bytes).into())
    }

    fn serialize_none(self) -> Result {
        Ok(JsValue::NULL)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result {
        Ok(name.into())
    }

    /// A typed array, from its bytes; any other newtype is serialized as its content.
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result {
        let held = value.serialize(self)?;
        Ok(match name {
            FLOATS => Float32Array::new(&Uint8Array::unchecked_from_js(held).buffer()).into(),
            INTEGERS => Uint32Array::new(&Uint8Array::unchecked_from_js(held).buffer()).into(),
            _ => held,
        })
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<Array>> {
        Ok(Members(Array::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<Array>> {
        Ok(Members(Array::new()))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<Object>> {
        Ok(Members(Object::new()))
    }

    none_of! {
        serialize_char(char) -> JsValue,
        serialize_unit() -> JsValue,
        serialize_unit_struct(&'static str) -> JsValue,
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result {
        unreachable!("serialize_newtype_variant does not cross")
    }
}
