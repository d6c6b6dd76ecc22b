//! What instructions compute, as plain functions of numbers. Those that Rust's own operators
//! provide are named directly in the list of cells.

use vbc_core::isa::Trap;

pub(super) fn eq<T: PartialEq>(x: T, y: T) -> bool {
    x == y
}

pub(super) fn ne<T: PartialEq>(x: T, y: T) -> bool {
    x != y
}

pub(super) fn lt<T: PartialOrd>(x: T, y: T) -> bool {
    x < y
}

pub(super) fn le<T: PartialOrd>(x: T, y: T) -> bool {
    x <= y
}

pub(super) fn gt<T: PartialOrd>(x: T, y: T) -> bool {
    x > y
}

pub(super) fn ge<T: PartialOrd>(x: T, y: T) -> bool {
    x >= y
}

macro_rules! division {
    ($($signed:ty, $unsigned:ty: $div:ident $rem:ident $div_u:ident $rem_u:ident $add:ident $sub:ident $mul:ident;)*) => {$(
        pub(super) fn $div(x: $signed, y: $signed) -> Result<$signed, Trap> {
            match x.checked_div(y) {
                Some(quotient) => Ok(quotient),
                None if y == 0 => Err(Trap::IntegerDivideByZero),
                None => Err(Trap::IntegerOverflow),
            }
        }

        pub(super) fn $rem(x: $signed, y: $signed) -> Result<$signed, Trap> {
            match y {
                0 => Err(Trap::IntegerDivideByZero),
                -1 => Ok(0),
                _ => Ok(x.wrapping_rem(y)),
            }
        }

        pub(super) fn $div_u(x: $unsigned, y: $unsigned) -> Result<$unsigned, Trap> {
            x.checked_div(y).ok_or(Trap::IntegerDivideByZero)
        }

        pub(super) fn $rem_u(x: $unsigned, y: $unsigned) -> Result<$unsigned, Trap> {
            x.checked_rem(y).ok_or(Trap::IntegerDivideByZero)
        }

        pub(super) fn $add(x: $signed, y: $signed) -> Result<$signed, Trap> {
            x.checked_add(y).ok_or(Trap::IntegerOverflow)
        }

        pub(super) fn $sub(x: $signed, y: $signed) -> Result<$signed, Trap> {
            x.checked_sub(y).ok_or(Trap::IntegerOverflow)
        }

        pub(super) fn $mul(x: $signed, y: $signed) -> Result<$signed, Trap> {
            x.checked_mul(y).ok_or(Trap::IntegerOverflow)
        }
    )*};
}

division! {
    i32, u32: div_i32 rem_i32 div_u32 rem_u32 add_chk_i32 sub_chk_i32 mul_chk_i32;
    i64, u64: div_i64 rem_i64 div_u64 rem_u64 add_chk_i64 sub_chk_i64 mul_chk_i64;
}

macro_rules! floats {
    ($($ty:ty, $bits:ty: $min:ident $max:ident $neg:ident $abs:ident $canon:ident $quiet:ident $ceil:ident $floor:ident $trunc:ident $nearest:ident;)*) => {$(
        pub(super) fn $min(x: $ty, y: $ty) -> $ty {
            if x < y {
                x
            } else if y < x {
                y
            } else if x == y {
                // Equal: they differ at most in the sign of zero.
                <$ty>::from_bits(x.to_bits() | y.to_bits())
            } else {
                x + y
            }
        }

        pub(super) fn $max(x: $ty, y: $ty) -> $ty {
            if x > y {
                x
            } else if y > x {
                y
            } else if x == y {
                <$ty>::from_bits(x.to_bits() & y.to_bits())
            } else {
                x + y
            }
        }

        pub(super) fn $neg(x: $bits) -> $bits {
            x ^ (1 << (<$bits>::BITS - 1))
        }

        pub(super) fn $abs(x: $bits) -> $bits {
            x & !(1 << (<$bits>::BITS - 1))
        }

        /// The number, or the positive quiet NaN without payload for any NaN.
        pub(super) fn $canon(x: $ty) -> $ty {
            if x.is_nan() { <$ty>::from_bits(<$ty>::INFINITY.to_bits() | 1 << (<$ty>::MANTISSA_DIGITS - 2)) } else { x }
        }

        /// The number; a NaN is made quiet, which Rust's functions that round do not promise.
        fn $quiet(x: $ty) -> $ty {
            if x.is_nan() { <$ty>::from_bits(x.to_bits() | 1 << (<$ty>::MANTISSA_DIGITS - 2)) } else { x }
        }

        pub(super) fn $ceil(x: $ty) -> $ty {
            $quiet(x.ceil())
        }

        pub(super) fn $floor(x: $ty) -> $ty {
            $quiet(x.floor())
        }

        pub(super) fn $trunc(x: $ty) -> $ty {
            $quiet(x.trunc())
        }

        pub(super) fn $nearest(x: $ty) -> $ty {
            $quiet(x.round_ties_even())
        }
    )*};
}

floats! {
    f32, u32: min_f32 max_f32 neg_f32 abs_f32 canonical_f32 quiet_f32 ceil_f32 floor_f32 trunc_f32 nearest_f32;
    f64, u64: min_f64 max_f64 neg_f64 abs_f64 canonical_f64 quiet_f64 ceil_f64 floor_f64 trunc_f64 nearest_f64;
}

macro_rules! to_int {
    // `$low` is the largest number that is too small; the result is converted towards zero.
    ($($name:ident: $float:ty => $int:ty, $low:literal < x < $high:literal;)*) => {$(
        pub(super) fn $name(x: $float) -> Result<$int, Trap> {
            if $low < x && x < $high {
                Ok(x as $int)
            } else if x.is_nan() {
                Err(Trap::InvalidConversion)
            } else {
                Err(Trap::IntegerOverflow)
            }
        }
    )*};
}

to_int! {
    to_i32_f32: f32 => i32, -2147483904.0 < x < 2147483648.0;
    to_u32_f32: f32 => u32, -1.0 < x < 4294967296.0;
    to_i32_f64: f64 => i32, -2147483649.0 < x < 2147483648.0;
    to_u32_f64: f64 => u32, -1.0 < x < 4294967296.0;
    to_i64_f32: f32 => i64, -9223373136366403584.0 < x < 9223372036854775808.0;
    to_u64_f32: f32 => u64, -1.0 < x < 18446744073709551616.0;
    to_i64_f64: f64 => i64, -9223372036854777856.0 < x < 9223372036854775808.0;
    to_u64_f64: f64 => u64, -1.0 < x < 18446744073709551616.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions_trap_only_where_they_must() {
        assert_eq!(div_i32(i32::MIN, -1), Err(Trap::IntegerOverflow));
        assert_eq!(div_i32(1, 0), Err(Trap::IntegerDivideByZero));
        assert_eq!(rem_i64(i64::MIN, -1), Ok(0));
        assert_eq!(rem_i64(-7, 2), Ok(-1));
        assert_eq!(rem_u32(7, 0), Err(Trap::IntegerDivideByZero));
    }

    #[test]
    fn zeros_have_an_order() {
        assert!(min_f64(0.0, -0.0).is_sign_negative());
        assert!(max_f64(-0.0, 0.0).is_sign_positive());
        assert!(min_f64(f64::NAN, 1.0).is_nan() && max_f32(1.0, f32::NAN).is_nan());
        assert_eq!(min_f32(-1.0, 2.0), -1.0);
        assert_eq!(max_f64(-1.0, f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn conversions_know_the_ends_of_their_ranges() {
        assert_eq!(to_i32_f64(-2147483648.9), Ok(i32::MIN));
        assert_eq!(to_i32_f64(-2147483649.0), Err(Trap::IntegerOverflow));
        assert_eq!(to_i32_f64(2147483647.9), Ok(i32::MAX));
        assert_eq!(to_i32_f32(-2147483648.0), Ok(i32::MIN));
        assert_eq!(to_i32_f32(-2147483904.0), Err(Trap::IntegerOverflow));
        assert_eq!(to_i64_f32(-9223372036854775808.0), Ok(i64::MIN));
        assert_eq!(to_i64_f64(-9223372036854775808.0), Ok(i64::MIN));
        assert_eq!(
            to_i64_f64(-9223372036854777856.0),
            Err(Trap::IntegerOverflow)
        );
        assert_eq!(to_u32_f32(-0.9), Ok(0));
        assert_eq!(to_u64_f64(-1.0), Err(Trap::IntegerOverflow));
        assert_eq!(to_i64_f64(f64::NAN), Err(Trap::InvalidConversion));
        assert_eq!(to_i64_f32(9.2233715e18), Ok(9223371487098961920));
    }

    #[test]
    fn canonical_nans() {
        assert_eq!(canonical_f64(-f64::NAN).to_bits(), 0x7ff8_0000_0000_0000);
        assert_eq!(canonical_f32(-f32::NAN).to_bits(), 0x7fc0_0000);
        assert_eq!(canonical_f32(1.5), 1.5);
    }
}
