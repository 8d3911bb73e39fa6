//! JSON, written: what the binaries for the browser need, graphs above all. Everything else is written by serde_json, the
//! oracle of the tests here, which would stamp out a writer for every type.

/// A text that grows by values and the commas between them.
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    /// The text so far.
    pub(crate) fn finish(self) -> String {
        self.0
    }

    /// Begins a list or an object: `[`, `{`.
    pub(crate) fn open(&mut self, bracket: char) {
        self.comma();
        self.0.push(bracket);
    }

    /// Ends it.
    pub(crate) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// The name of the field whose value comes next.
    pub(crate) fn name(&mut self, name: &str) {
        self.text(name);
        self.0.push(':');
    }

    /// A text.
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

    /// A whole number.
    pub(crate) fn number(&mut self, number: u64) {
        self.raw(&number.to_string());
    }

    /// A number with the fewest digits that are read back as the same f32; what is not finite is null. The tables of
    /// faster ways are larger than all the rest of this.
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
        // The point stands `places` before the end of the digits.
        let mut places = -exponent;
        let mut whole = (shift(size, places) + 0.5) as u64;
        while shift(whole as f64, -places) as f32 != number.abs() && places < 17 - exponent {
            places += 1;
            whole = (shift(size, places) + 0.5) as u64;
        }
        let digits = whole.to_string();
        // The power of ten of the first digit.
        let first = digits.len() as i32 - 1 - places;
        let digits = digits.trim_end_matches('0');
        let plain = (-6..=12).contains(&first) || whole == 0;
        let point = if plain { first + 1 } else { 1 };
        let mut text = String::from(if number.is_sign_negative() { "-" } else { "" });
        if point <= 0 {
            text.push_str("0.");
            (point..0).for_each(|_| text.push('0'));
            text.push_str(digits);
        } else {
            let (before, behind) = digits.split_at_checked(point as usize).unwrap_or((digits, ""));
            text.push_str(before);
            (before.len()..point as usize).for_each(|_| text.push('0'));
            if plain || !behind.is_empty() {
                text.push('.');
                text.push_str(if behind.is_empty() { "0" } else { behind });
            }
        }
        if !plain {
            text.push_str(if first > 0 { "e+" } else { "e" });
            text.push_str(&first.to_string());
        }
        self.raw(&text);
    }

    /// A value that is JSON already: a number, a flag.
    pub(super) fn raw(&mut self, value: &str) {
        self.comma();
        self.0.push_str(value);
    }

    /// A list of whole numbers.
    pub(crate) fn numbers(&mut self, numbers: impl IntoIterator<Item = u64>) {
        self.open('[');
        for number in numbers {
            self.number(number);
        }
        self.close(']');
    }

    /// The comma between two values, where one is needed.
    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'[' | b'{' | b':')) {
            self.0.push(',');
        }
    }
}

/// `number` times 10 to the power of `places`, exact to the last bit where that power is exact: up to 22.
fn shift(number: f64, places: i32) -> f64 {
    let power = (0..places.abs()).fold(1.0, |power, _| power * 10.0);
    if places < 0 { number / power } else { number * power }
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
    fn numbers_are_written_as_serde_json_has_them() {
        let powers = (-37..=38).map(|power| format!("1e{power}").parse::<f32>().unwrap());
        let settings = [0.0, -0.0, 1.0, -1.5, 0.01, 1e-5, 1.7159, 0.75, 1e-4, 0.1, 1.673_263_2, 16_777_216.0];
        for number in powers.chain(settings).chain([f32::NAN, f32::MAX, f32::MIN, f32::MIN_POSITIVE]) {
            assert_eq!(real(number), serde_json::to_string(&number).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn numbers_are_read_back_as_they_were(bits: u32) {
            let number = f32::from_bits(bits);
            prop_assume!(number.is_finite());
            let text = real(number);
            let crate::json::Value::Number(read) = crate::json::read("graph", text.as_bytes()).unwrap() else {
                panic!("{text} is no number");
            };
            prop_assert_eq!((read as f32).to_bits(), bits, "{}", text);
        }
    }
}
