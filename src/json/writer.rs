//! Writes JSON for the wasm binaries, above all graphs. All other code uses serde_json, the oracle of the tests here, which
//! would generate a serializer for every type.

/// JSON text under construction; commas between values are inserted.
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    /// The text.
    pub(crate) fn finish(self) -> String {
        self.0
    }

    /// Begins a list or an object: `[`, `{`.
    pub(crate) fn open(&mut self, bracket: char) {
        self.comma();
        self.0.push(bracket);
    }

    /// Ends a list or an object: `]`, `}`.
    pub(crate) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// Writes a field's name; its value is written next.
    pub(crate) fn name(&mut self, name: &str) {
        self.text(name);
        self.colon();
    }

    /// Writes the colon between a name and its value.
    pub(super) fn colon(&mut self) {
        self.0.push(':');
    }

    /// Writes a string.
    pub(crate) fn text(&mut self, text: &str) {
        self.comma();
        self.0.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\0'..' ' => {
                    self.0.push_str("\\u00");
                    for half in [letter as usize >> 4, letter as usize & 15] {
                        self.0.push(char::from(b"0123456789abcdef"[half]));
                    }
                }
                _ => self.0.push(letter),
            }
        }
        self.0.push('"');
    }

    /// Writes a non-negative integer.
    pub(crate) fn number(&mut self, number: u64) {
        self.raw(&number.to_string());
    }

    /// Writes a number with the fewest digits that read back as the same f32; NaN and infinities become null. Faster
    /// algorithms need tables that are larger than the rest of this module.
    pub(super) fn real(&mut self, number: f32) {
        if !number.is_finite() {
            return self.raw("null");
        }
        let size = f64::from(number.abs());
        let mut exponent = 0;
        while shift(1.0, exponent + 1) <= size {
            exponent += 1;
        }
        while size > 0.0 && shift(1.0, exponent) > size {
            exponent -= 1;
        }
        // The number of decimals: the point is that many digits before the end.
        let mut decimals = -exponent;
        let mut significand = (shift(size, decimals) + 0.5) as u64;
        while shift(significand as f64, -decimals) as f32 != number.abs() && decimals < 17 - exponent {
            decimals += 1;
            significand = (shift(size, decimals) + 0.5) as u64;
        }
        let digits = significand.to_string();
        // The power of ten of the first digit.
        let first = digits.len() as i32 - 1 - decimals;
        let digits = digits.trim_end_matches('0');
        let plain = (-6..=12).contains(&first) || significand == 0;
        let point = if plain { first + 1 } else { 1 };
        let mut text = String::from(if number.is_sign_negative() { "-" } else { "" });
        if point <= 0 {
            text.push_str("0.");
            (point..0).for_each(|_| text.push('0'));
            text.push_str(digits);
        } else {
            let (integer, fraction) = digits.split_at_checked(point as usize).unwrap_or((digits, ""));
            text.push_str(integer);
            (integer.len()..point as usize).for_each(|_| text.push('0'));
            if plain || !fraction.is_empty() {
                text.push('.');
                text.push_str(if fraction.is_empty() { "0" } else { fraction });
            }
        }
        if !plain {
            text.push_str(if first > 0 { "e+" } else { "e" });
            text.push_str(&first.to_string());
        }
        self.raw(&text);
    }

    /// Writes a value that is JSON already: a number, a boolean.
    pub(super) fn raw(&mut self, value: &str) {
        self.comma();
        self.0.push_str(value);
    }

    /// Writes a list of non-negative integers.
    pub(crate) fn numbers(&mut self, numbers: impl IntoIterator<Item = u64>) {
        self.open('[');
        for number in numbers {
            self.number(number);
        }
        self.close(']');
    }

    /// Writes a comma if the text ends with a value.
    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'[' | b'{' | b':')) {
            self.0.push(',');
        }
    }
}

/// `number` · 10^`exponent`, correctly rounded where 10^|`exponent`| is exact in f64: up to 22.
fn shift(number: f64, exponent: i32) -> f64 {
    let power = (0..exponent.abs()).fold(1.0, |power, _| power * 10.0);
    if exponent < 0 { number / power } else { number * power }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn real(number: f32) -> String {
        let mut json = Writer::default();
        json.real(number);
        json.finish()
    }

    #[test]
    fn numbers_are_written_as_by_serde_json() {
        let powers = (-37..=38).map(|power| format!("1e{power}").parse::<f32>().unwrap());
        let settings = [0.0, -0.0, 1.0, -1.5, 0.01, 1e-5, 1.7159, 0.75, 1e-4, 0.1, 1.673_263_2, 16_777_216.0];
        for number in powers.chain(settings).chain([f32::NAN, f32::MAX, f32::MIN, f32::MIN_POSITIVE]) {
            assert_eq!(real(number), serde_json::to_string(&number).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn numbers_read_back_the_same(bits: u32) {
            let number = f32::from_bits(bits);
            prop_assume!(number.is_finite());
            let text = real(number);
            let crate::json::Value::Number(read) = crate::json::read("graph", text.as_bytes()).unwrap() else {
                panic!("{text} is not a number");
            };
            prop_assert_eq!((read as f32).to_bits(), bits, "{}", text);
        }
    }
}
