//! Integer operations, computed in 128 bits so that nothing overflows on the way.

use vbc::isa::Trap;

/// How a register's bits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Two's complement.
    Signed,
    /// Without a sign.
    Unsigned,
}

/// The number of which `bits` are the low `width` bits.
pub fn read(bits: u64, width: u32, sign: Sign) -> i128 {
    let modulus = 1_i128 << width;
    let low = i128::from(bits) % modulus;
    if sign == Sign::Signed && low >= modulus / 2 {
        low - modulus
    } else {
        low
    }
}

/// Whether `x` lies in the signed range of `width` bits.
fn fits(x: i128, width: u32) -> bool {
    let half = 1_i128 << (width - 1);
    -half <= x && x < half
}

/// `x`, or the trap when it is not a signed number of `width` bits.
pub fn checked(x: i128, width: u32) -> Result<i128, Trap> {
    if fits(x, width) {
        Ok(x)
    } else {
        Err(Trap::IntegerOverflow)
    }
}

/// The quotient towards zero; the trap when it does not fit, which only the signed one of the
/// least number by -1 does not.
pub fn divide(x: i128, y: i128, width: u32, sign: Sign) -> Result<i128, Trap> {
    if y == 0 {
        return Err(Trap::IntegerDivideByZero);
    }
    match sign {
        Sign::Signed => checked(x / y, width),
        Sign::Unsigned => Ok(x / y),
    }
}

/// The remainder with the sign of `x`.
pub fn remainder(x: i128, y: i128) -> Result<i128, Trap> {
    if y == 0 {
        return Err(Trap::IntegerDivideByZero);
    }
    Ok(x % y)
}

/// `count` modulo `width`, as every shift takes its operand.
pub fn shift_count(count: i128, width: u32) -> u32 {
    count.rem_euclid(i128::from(width)) as u32
}

/// `x`, read unsigned, with its highest `count` bits moved to the low end.
pub fn rotate_left(x: i128, count: u32, width: u32) -> i128 {
    x << count | x >> (width - count)
}

/// The number of zero bits from bit `width` - 1 down to the first one bit.
pub fn leading_zeros(x: i128, width: u32) -> i128 {
    let mut count = 0;
    while count < width && x >> (width - 1 - count) & 1 == 0 {
        count += 1;
    }
    i128::from(count)
}

/// The number of zero bits from bit 0 up to the first one bit.
pub fn trailing_zeros(x: i128, width: u32) -> i128 {
    let mut count = 0;
    while count < width && x >> count & 1 == 0 {
        count += 1;
    }
    i128::from(count)
}

/// The number of one bits.
pub fn ones(x: i128, width: u32) -> i128 {
    (0..width).map(|bit| x >> bit & 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_wraps_at_the_width() {
        assert_eq!(read(0xffff_ffff, 32, Sign::Signed), -1);
        assert_eq!(read(0xffff_ffff, 32, Sign::Unsigned), 0xffff_ffff);
        assert_eq!(read(1 << 63, 64, Sign::Signed), i128::from(i64::MIN));
        assert_eq!(read(0x1_8000_0000, 32, Sign::Signed), i128::from(i32::MIN));
    }

    #[test]
    fn only_the_least_number_by_minus_one_overflows() {
        let least = i128::from(i32::MIN);
        assert_eq!(
            divide(least, -1, 32, Sign::Signed),
            Err(Trap::IntegerOverflow)
        );
        assert_eq!(divide(least, 1, 32, Sign::Signed), Ok(least));
        assert_eq!(divide(-7, 2, 32, Sign::Signed), Ok(-3));
        assert_eq!(remainder(-7, 2), Ok(-1));
        assert_eq!(remainder(least, -1), Ok(0));
        assert_eq!(remainder(1, 0), Err(Trap::IntegerDivideByZero));
    }

    #[test]
    fn bits_are_counted() {
        assert_eq!(leading_zeros(0, 32), 32);
        assert_eq!(leading_zeros(1, 64), 63);
        assert_eq!(trailing_zeros(0, 64), 64);
        assert_eq!(trailing_zeros(8, 32), 3);
        assert_eq!(ones(0xff00, 32), 8);
    }
}
