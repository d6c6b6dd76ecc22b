//! Where a dump is written: text in pieces of moderate size.

use std::io::{self, Write};

use vbc_cli::escape;

/// Text beyond this many bytes is handed on.
const PIECE: usize = 32 << 10;

/// Collects text and hands it on piece by piece, so that views can write rows without caring
/// for errors and a dump needs little memory.
pub struct Sink<'w> {
    /// What is not handed on yet; views append to it.
    pub text: String,
    out: &'w mut dyn Write,
}

impl<'w> Sink<'w> {
    /// A sink in front of `out`.
    pub fn new(out: &'w mut dyn Write) -> Self {
        Sink {
            text: String::with_capacity(PIECE * 2),
            out,
        }
    }

    /// Hands the text on if there is enough of it. Views call this after each row.
    pub fn spill(&mut self) -> io::Result<()> {
        if self.text.len() < PIECE {
            return Ok(());
        }
        self.flush()
    }

    /// What it writes to, for those who write themselves; to be flushed before.
    pub fn out(&mut self) -> &mut dyn Write {
        self.out
    }

    /// Hands all text on.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

/// Appends formatted text to a [`Sink`]'s or another string.
macro_rules! put {
    ($text:expr, $($format:tt)*) => {{
        use std::fmt::Write as _;
        // Writing into a string cannot fail.
        let _ = write!($text, $($format)*);
    }};
}

pub(super) use put;

/// Appends `number` in hexadecimal with at least `digits` digits. Much faster than formatting.
pub fn put_hex(text: &mut String, number: u64, digits: usize) {
    let needed = (64 - number.leading_zeros() as usize).div_ceil(4);
    for digit in (0..digits.max(needed)).rev() {
        let nibble = if digit < 16 {
            number >> (4 * digit) & 15
        } else {
            0
        };
        text.push(char::from(b"0123456789abcdef"[nibble as usize]));
    }
}

/// Appends `number` in decimal. Much faster than formatting.
pub fn put_number(text: &mut String, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    // Digits are ASCII.
    text.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// Names are shown up to this many bytes. One name can be referred to by any number of
/// instructions, and the output stays in proportion to the input.
const SHORT_NAME: usize = 200;

/// Appends a name from the file, harmless; the beginning of a long one, and then its index.
pub fn put_name(text: &mut String, name: &str, index: u32) {
    if name.len() <= SHORT_NAME {
        text.push_str(&escape(name));
    } else {
        text.push_str(&escape(&name[..name.floor_char_boundary(SHORT_NAME)]));
        put!(text, "...#{index}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let mut text = String::new();
        for (number, digits) in [(0, 0), (0, 1), (0xab, 1), (0xab, 8), (u64::MAX, 4), (1, 20)] {
            put_hex(&mut text, number, digits);
            text.push(' ');
        }
        assert_eq!(
            text,
            " 0 ab 000000ab ffffffffffffffff 00000000000000000001 "
        );
        text.clear();
        for number in [0, 7, 10, u64::MAX] {
            put_number(&mut text, number);
            text.push(' ');
        }
        assert_eq!(text, "0 7 10 18446744073709551615 ");
    }

    #[test]
    fn everything_arrives() {
        let mut out = Vec::new();
        let mut sink = Sink::new(&mut out);
        for i in 0..20_000 {
            put!(sink.text, "{i},");
            sink.spill().unwrap();
            assert!(sink.text.len() < PIECE);
        }
        sink.flush().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("0,1,2,") && text.ends_with("19998,19999,"));
        assert_eq!(text.matches(',').count(), 20_000);
    }
}
