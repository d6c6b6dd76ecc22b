//! Floating-point operations. Both widths are computed as f64: for the four operations and the
//! square root, rounding a result of 53 bits to 24 yields what rounding the exact one would (53 is
//! at least 2 x 24 + 2), and all other operations are exact.

use super::integer::Sign;
use vbc::isa::Trap;

/// The lesser; a NaN when either is, and -0 is less than 0.
pub fn min(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x < y || x == y && x.is_sign_negative() {
        x
    } else {
        y
    }
}

/// The greater; a NaN when either is, and 0 is greater than -0.
pub fn max(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x > y || x == y && x.is_sign_positive() {
        x
    } else {
        y
    }
}

/// From here on every f64 is an integer.
const INTEGERS: f64 = 4_503_599_627_370_496.0; // 2^52

/// Towards zero, with the sign of `x`, which -0 for -0.5 needs.
pub fn trunc(x: f64) -> f64 {
    if x.is_nan() || x.abs() >= INTEGERS {
        return x;
    }
    (x as i64 as f64).copysign(x)
}

/// The least integer that is not below `x`.
pub fn ceil(x: f64) -> f64 {
    let towards_zero = trunc(x);
    if towards_zero < x {
        towards_zero + 1.0
    } else {
        towards_zero
    }
}

/// The greatest integer that is not above `x`.
pub fn floor(x: f64) -> f64 {
    let towards_zero = trunc(x);
    if towards_zero > x {
        towards_zero - 1.0
    } else {
        towards_zero
    }
}

/// The nearest integer, the even one of two.
pub fn nearest(x: f64) -> f64 {
    let below = floor(x);
    let above = ceil(x);
    if x.is_nan() || below == above {
        return x;
    }
    let even = |integer: f64| integer % 2.0 == 0.0;
    let rounded = match (x - below).partial_cmp(&(above - x)) {
        Some(std::cmp::Ordering::Less) => below,
        Some(std::cmp::Ordering::Greater) => above,
        _ if even(below) => below,
        _ => above,
    };
    rounded.copysign(x)
}

/// The integers of a width, as numbers.
fn range(width: u32, sign: Sign) -> (i128, i128) {
    match sign {
        Sign::Signed => (-(1 << (width - 1)), (1 << (width - 1)) - 1),
        Sign::Unsigned => (0, (1 << width) - 1),
    }
}

/// Towards zero, as an integer that must fit.
pub fn to_int(x: f64, width: u32, sign: Sign) -> Result<i128, Trap> {
    if x.is_nan() {
        return Err(Trap::InvalidConversion);
    }
    let (least, greatest) = range(width, sign);
    // The cast saturates far outside every range.
    let integer = trunc(x) as i128;
    if integer < least || integer > greatest {
        return Err(Trap::IntegerOverflow);
    }
    Ok(integer)
}

/// Towards zero, as the nearest integer that fits; 0 for a NaN.
pub fn to_int_saturating(x: f64, width: u32, sign: Sign) -> i128 {
    let (least, greatest) = range(width, sign);
    if x.is_nan() {
        return 0;
    }
    (trunc(x) as i128).clamp(least, greatest)
}

/// Rounds an integer to a number with `digits` bits of precision, ties to even. What comes back
/// is exact as an f64 (or f32, for 24 digits): this is the rounding itself.
pub fn from_int(x: i128, digits: u32) -> f64 {
    let magnitude = x.unsigned_abs();
    let length = 128 - magnitude.leading_zeros();
    let rounded = if length <= digits {
        magnitude
    } else {
        let dropped = length - digits;
        let kept = magnitude >> dropped;
        let rest = magnitude - (kept << dropped);
        let half = 1 << (dropped - 1);
        let up = rest > half || rest == half && kept % 2 == 1;
        (kept + u128::from(up)) << dropped
    };
    let result = rounded as f64;
    if x < 0 { -result } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: [f64; 18] = [
        0.0,
        -0.0,
        0.25,
        -0.25,
        0.5,
        -0.5,
        0.75,
        -0.75,
        1.5,
        -1.5,
        2.5,
        -2.5,
        1e10,
        4_503_599_627_370_495.5,
        -4_503_599_627_370_495.5,
        9_007_199_254_740_993.0,
        f64::INFINITY,
        f64::MIN_POSITIVE,
    ];

    #[test]
    fn rounding_agrees_with_the_standard_library() {
        for x in SAMPLES {
            assert_eq!(trunc(x).to_bits(), x.trunc().to_bits(), "trunc {x}");
            assert_eq!(ceil(x).to_bits(), x.ceil().to_bits(), "ceil {x}");
            assert_eq!(floor(x).to_bits(), x.floor().to_bits(), "floor {x}");
            let even = x.round_ties_even();
            assert_eq!(nearest(x).to_bits(), even.to_bits(), "nearest {x}");
        }
    }

    #[test]
    fn integers_round_to_even() {
        for x in [
            0,
            1,
            -1,
            16_777_217,
            16_777_219,
            i64::MAX,
            i64::MIN,
            -33_554_435,
        ] {
            assert_eq!(from_int(i128::from(x), 24) as f32, x as f32, "{x}");
            assert_eq!(from_int(i128::from(x), 53), x as f64, "{x}");
        }
        assert_eq!(from_int(i128::from(u64::MAX), 53), u64::MAX as f64);
    }

    #[test]
    fn zeros_have_an_order() {
        assert!(min(0.0, -0.0).is_sign_negative());
        assert!(min(-0.0, 0.0).is_sign_negative());
        assert!(max(0.0, -0.0).is_sign_positive());
        assert!(max(-0.0, 0.0).is_sign_positive());
        assert!(min(f64::NAN, 1.0).is_nan() && max(1.0, f64::NAN).is_nan());
    }
}
