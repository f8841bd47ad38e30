//! The tree of a message, for whoever does not know beforehand what it holds.

use alloc::vec::Vec;

use super::encode::Encoder;
use super::frame::{Frame, Reader, Token};
use super::number;

/// A value of RESP3. Two doubles that are not numbers differ, as doubles do.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Bulk(Vec<u8>),
    /// A short string for programs, without line breaks.
    Simple(Vec<u8>),
    /// An error: a word in capitals and a sentence.
    Error(Vec<u8>),
    /// A text for people.
    Verbatim {
        /// `txt` or `mkd`.
        format: [u8; 3],
        /// The text.
        text: Vec<u8>,
    },
    /// An integer.
    Integer(i64),
    /// An integer of any size: an optional sign and digits.
    Big(Vec<u8>),
    /// A floating-point number.
    Double(f64),
    /// A boolean.
    Boolean(bool),
    /// Nothing.
    Null,
    /// Values in their order.
    Array(Vec<Value>),
    /// Values in no order.
    Set(Vec<Value>),
    /// Keys and their values; whether a key is there twice nobody has checked.
    Map(Vec<(Value, Value)>),
    /// What came without being asked for; the first value says what it is.
    Push(Vec<Value>),
}

impl Value {
    /// Writes the value.
    pub fn encode(&self, encoder: &mut Encoder<'_>) {
        match self {
            Self::Bulk(bytes) => encoder.bulk(bytes),
            Self::Simple(text) => encoder.simple(text),
            Self::Error(text) => encoder.error(text),
            Self::Verbatim { format, text } => encoder.verbatim(*format, text),
            Self::Integer(number) => encoder.integer(*number),
            Self::Big(digits) => encoder.big_number(digits),
            Self::Double(number) => encoder.double(*number),
            Self::Boolean(is_true) => encoder.boolean(*is_true),
            Self::Null => encoder.null(),
            Self::Array(values) => {
                encoder.array(values.len());
                encode_all(values, encoder);
            }
            Self::Set(values) => {
                encoder.set(values.len());
                encode_all(values, encoder);
            }
            Self::Push(values) => {
                encoder.push(values.len());
                encode_all(values, encoder);
            }
            Self::Map(pairs) => {
                encoder.map(pairs.len());
                for (key, value) in pairs {
                    key.encode(encoder);
                    value.encode(encoder);
                }
            }
        }
    }
}

fn encode_all(values: &[Value], encoder: &mut Encoder<'_>) {
    for value in values {
        value.encode(encoder);
    }
}

impl Frame<'_> {
    /// Returns the message as a tree. O(n), and allocates as much as has arrived: every element of
    /// an aggregate is there.
    pub fn value(self) -> Value {
        build(&mut self.reader())
    }
}

/// Builds the next value. Recursive as deep as aggregates nest, which the scanner has bounded.
fn build(reader: &mut Reader<'_>) -> Value {
    // The scanner has seen every element that a header announces, so that there is a token.
    let Ok(token) = reader.token() else { return Value::Null };
    match token {
        Token::Bulk(span) => Value::Bulk(reader.text_of(span).to_vec()),
        Token::Simple(span) => Value::Simple(reader.text_of(span).to_vec()),
        Token::Error(span) => Value::Error(reader.text_of(span).to_vec()),
        Token::Verbatim(span) => match reader.text_of(span) {
            [a, b, c, _, text @ ..] => {
                Value::Verbatim { format: [*a, *b, *c], text: text.to_vec() }
            }
            other => Value::Bulk(other.to_vec()),
        },
        Token::Double(span) => Value::Double(number::double(reader.text_of(span))),
        Token::Big(span) => Value::Big(reader.text_of(span).to_vec()),
        Token::Integer(number) => Value::Integer(number),
        Token::Boolean(is_true) => Value::Boolean(is_true),
        Token::Null => Value::Null,
        Token::Array(len) => Value::Array((0..len).map(|_| build(reader)).collect()),
        Token::Set(len) => Value::Set((0..len).map(|_| build(reader)).collect()),
        Token::Push(len) => Value::Push((0..len).map(|_| build(reader)).collect()),
        Token::Map(pairs) => {
            Value::Map((0..pairs).map(|_| (build(reader), build(reader))).collect())
        }
    }
}
