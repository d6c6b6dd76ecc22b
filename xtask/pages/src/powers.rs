//! The powers of ten that formatting and parsing floats multiply with.

use std::fmt::Write as _;

/// The exponents of the table.
const FIRST: i32 = -342;
const LAST: i32 = 324;

const HEAD: &str = "\
; 10^e for e from -342 to 324, rounded up to 128 bits: 10^e = g x 2^(floor(log2(10^e)) - 127) with g from
; 2^127 up to 2^128, exact where it can be and less than 1 too large elsewhere. High half first.
; Generated: cargo run -p xtask -- --write
";

/// The source of the table.
pub fn source() -> String {
    let mut text = HEAD.to_owned();
    for e in FIRST..=LAST {
        let g = power(e);
        let start = match e {
            FIRST => "\n.data powers align 8 readonly = ",
            _ => "  ",
        };
        let end = if e == LAST { "" } else { "," };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{start}i64 {:#018x} {:#018x}{end}", g >> 64, g as u64);
    }
    text
}

/// g of 10^e.
fn power(e: i32) -> u128 {
    let mut ten = vec![1];
    for _ in 0..e.unsigned_abs() {
        multiply(&mut ten, 10);
    }
    let bits = length(&ten);
    if e >= 0 {
        // The highest 128 bits, one more if any bit below them is set.
        let cut = bits.saturating_sub(128);
        let mut high = 0;
        for at in (cut..bits).rev() {
            high = high << 1 | u128::from(bit(&ten, at));
        }
        high <<= 128_u32.saturating_sub(bits);
        return high + u128::from((0..cut).any(|at| bit(&ten, at)));
    }
    // 2^(bits + 127) / 10^-e, bit by bit; 10^-e is not a power of two, so that it is never exact.
    let mut rest = vec![1];
    for _ in 0..bits - 1 {
        double(&mut rest);
    }
    let mut quotient = 0;
    for _ in 0..128 {
        double(&mut rest);
        quotient <<= 1;
        if subtract(&mut rest, &ten) {
            quotient |= 1;
        }
    }
    quotient + 1
}

/// Numbers are 32 bits an element, the lowest first.
fn multiply(number: &mut Vec<u32>, by: u32) {
    let mut carry = 0;
    for digit in number.iter_mut() {
        let product = u64::from(*digit) * u64::from(by) + carry;
        *digit = product as u32;
        carry = product >> 32;
    }
    if carry > 0 {
        number.push(carry as u32);
    }
}

fn double(number: &mut Vec<u32>) {
    multiply(number, 2);
}

/// Subtracts if the result is not negative, and returns whether it did.
fn subtract(number: &mut [u32], by: &[u32]) -> bool {
    let digit = |number: &[u32], at: usize| number.get(at).copied().unwrap_or(0);
    let longest = number.len().max(by.len());
    let differing = (0..longest)
        .rev()
        .find(|&at| digit(number, at) != digit(by, at));
    if differing.is_some_and(|at| digit(number, at) < digit(by, at)) {
        return false;
    }
    let mut borrow = 0;
    for (at, place) in number.iter_mut().enumerate() {
        let difference = i64::from(*place) - i64::from(digit(by, at)) - borrow;
        *place = difference as u32;
        borrow = i64::from(difference < 0);
    }
    true
}

fn length(number: &[u32]) -> u32 {
    let highest = number.iter().rposition(|&digit| digit != 0).unwrap_or(0);
    highest as u32 * 32 + 32 - number[highest].leading_zeros()
}

fn bit(number: &[u32], at: u32) -> bool {
    number[at as usize / 32] >> (at % 32) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_powers() {
        assert_eq!(power(0), 1 << 127);
        assert_eq!(power(1), 10 << 124);
        assert_eq!(power(38), 10_u128.pow(38) << 1);
        // 2^130 / 10, rounded up.
        assert_eq!(power(-1), 0xcccccccccccccccccccccccccccccccd);
    }
}
