//! Parses bytes into a [`Value`] (RFC 8259).

use std::fmt;

use super::{MAX_DEPTH, Object, Value};
use crate::error::{Error, Result};

pub(super) fn read(format: &'static str, bytes: &[u8]) -> Result<Value> {
    let mut reader = Reader { format, bytes, at: 0 };
    let value = reader.value(0)?;
    reader.skip_spaces();
    if reader.at < bytes.len() {
        return Err(reader.expected("the end of the JSON"));
    }
    Ok(value)
}

struct Reader<'a> {
    format: &'static str,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value> {
        if depth > MAX_DEPTH {
            return Err(self.expected("JSON nested at most 32 deep"));
        }
        self.skip_spaces();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') => Ok(Value::Number(self.number()?)),
            _ if self.take_all(b"true") => Ok(Value::Flag(true)),
            _ if self.take_all(b"false") => Ok(Value::Flag(false)),
            _ if self.take_all(b"null") => Ok(Value::Null),
            _ => Err(self.expected("a JSON value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let mut fields = Vec::new();
        while !self.ends(b'}', fields.len())? {
            self.skip_spaces();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a quoted name in JSON"));
            }
            let name = self.text()?;
            self.skip_spaces();
            if !self.take(b':') {
                return Err(self.expected("`:` in JSON"));
            }
            fields.push((name, self.value(depth + 1)?));
        }
        Ok(Value::Object(Object::new(self.format, fields)?))
    }

    fn list(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let mut values = Vec::new();
        while !self.ends(b']', values.len())? {
            values.push(self.value(depth + 1)?);
        }
        Ok(Value::List(values))
    }

    /// Whether a list or object with `entries` entries so far ends here; otherwise consumes the comma before the next entry.
    fn ends(&mut self, close: u8, entries: usize) -> Result<bool> {
        self.skip_spaces();
        if self.take(close) {
            return Ok(true);
        }
        if entries > 0 && !self.take(b',') {
            return Err(self.expected("`,` or a closing bracket in JSON"));
        }
        Ok(false)
    }

    fn text(&mut self) -> Result<String> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let letter = self.escape()?;
                    text.extend(letter.encode_utf8(&mut [0; 4]).bytes());
                }
                Some(byte) if byte >= b' ' => {
                    self.at += 1;
                    text.push(byte);
                }
                _ => return Err(self.expected("`\"` at the end of a JSON string")),
            }
        }
        let text = String::from_utf8(text).map_err(|_| self.expected("JSON in UTF-8"))?;
        self.at += 1;
        Ok(text)
    }

    /// The character of an escape sequence, after the backslash.
    fn escape(&mut self) -> Result<char> {
        let letter = match self.peek() {
            Some(letter @ (b'"' | b'\\' | b'/')) => letter.into(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.expected("an escape sequence in JSON")),
        };
        self.at += 1;
        Ok(letter)
    }

    /// The character of `u` and four digits, or of a UTF-16 surrogate pair.
    fn unicode(&mut self) -> Result<char> {
        let first = self.four_digits()?;
        let mut code = first;
        if (0xd800..0xdc00).contains(&first) && self.take(b'\\') {
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.expected("a Unicode character in JSON"))
    }

    fn four_digits(&mut self) -> Result<u32> {
        if !self.take(b'u') {
            return Err(self.expected("`u` in JSON"));
        }
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = 16 * code + digit.ok_or_else(|| self.expected("a hexadecimal digit in JSON"))?;
            self.at += 1;
        }
        Ok(code)
    }

    /// A number: its digits without the point, times a power of ten. Integers up to 2⁵³ are exact; the error of other numbers
    /// is a few units in the last place of f64, which rounding to f32 removes.
    fn number(&mut self) -> Result<f64> {
        let negative = self.take(b'-');
        let mut decimal = Decimal::default();
        if !self.take(b'0') {
            self.digits(&mut decimal)?;
        }
        if self.take(b'.') {
            let before = self.at;
            self.digits(&mut decimal)?;
            decimal.exponent -= (self.at - before) as i32;
        }
        if self.take(b'e') || self.take(b'E') {
            let down = self.take(b'-');
            if !down {
                self.take(b'+');
            }
            let mut power = Decimal::default();
            self.digits(&mut power)?;
            let power = power.digits.min(1 << 20) as i32;
            decimal.exponent += if down { -power } else { power };
        }
        let number = decimal.value();
        if !number.is_finite() {
            return Err(self.expected("a number below 10³⁰⁸"));
        }
        Ok(if negative { -number } else { number })
    }

    fn digits(&mut self, decimal: &mut Decimal) -> Result<()> {
        let begin = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            decimal.push(digit - b'0');
            self.at += 1;
        }
        if self.at == begin { Err(self.expected("a digit in JSON")) } else { Ok(()) }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn take_all(&mut self, word: &[u8]) -> bool {
        let found = self.bytes[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn skip_spaces(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// The error at the current position.
    fn expected(&self, what: &str) -> Box<Error> {
        let found = fmt::from_fn(|to| match self.peek() {
            Some(byte @ b'!'..=b'~') => write!(to, "`{}` at byte {}", char::from(byte), self.at),
            Some(byte) => write!(to, "0x{byte:02x} at byte {}", self.at),
            None => write!(to, "the end of the text at byte {}", self.at),
        });
        Error::malformed(self.format, what, found)
    }
}

/// `digits` · 10^`exponent`.
#[derive(Default)]
struct Decimal {
    digits: u64,
    exponent: i32,
}

impl Decimal {
    /// Appends a digit; digits that no longer fit 64 bits only raise the exponent.
    fn push(&mut self, digit: u8) {
        match self.digits.checked_mul(10).and_then(|digits| digits.checked_add(digit.into())) {
            Some(digits) if self.exponent == 0 => self.digits = digits,
            _ => self.exponent += 1,
        }
    }

    fn value(&self) -> f64 {
        let power = 10f64.powi(self.exponent.abs());
        let digits = self.digits as f64;
        match self.exponent {
            _ if self.digits == 0 => 0.0,
            0.. => digits * power,
            _ => digits / power,
        }
    }
}
