//! JSON, written: the little that the binary for the browser needs. Everything else is written by serde_json, the oracle
//! of the tests here, which would stamp out a writer for every type.

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
        self.comma();
        self.0.push_str(&number.to_string());
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
