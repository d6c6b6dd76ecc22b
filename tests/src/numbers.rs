//! Numbers and texts of numbers, to compare the support code with Rust's own formatting and
//! parsing: the edges first, then random ones.

use vbc::isa::ValType;

use crate::generate::Random;

/// A value of type `ty` as Rust writes it, in the form of `docs/support.md`.
pub fn text(ty: ValType, bits: u64) -> String {
    match ty {
        ValType::I32 => (bits as i32).to_string(),
        ValType::I64 => (bits as i64).to_string(),
        ValType::F32 => float_text(format!("{:?}", f32::from_bits(bits as u32))),
        _ => float_text(format!("{:?}", f64::from_bits(bits))),
    }
}

fn float_text(text: String) -> String {
    match text.as_str() {
        "NaN" => "nan".to_owned(),
        _ => text,
    }
}

/// The bits of the number that Rust reads in a text; none when it is not one.
pub fn parse(ty: ValType, text: &str) -> Option<u64> {
    match ty {
        ValType::I32 => text
            .parse::<i32>()
            .ok()
            .map(|value| u64::from(value as u32)),
        ValType::I64 => text.parse::<i64>().ok().map(|value| value as u64),
        ValType::F32 => text
            .parse::<f32>()
            .ok()
            .map(|value| u64::from(value.to_bits())),
        _ => text.parse::<f64>().ok().map(f64::to_bits),
    }
}

/// Values of type `ty` as bits, without end.
pub fn values(ty: ValType, seed: u64) -> impl Iterator<Item = u64> {
    let mut random = Random::new(seed);
    let edges = match ty {
        ValType::F32 | ValType::F64 => float_edges(ty),
        _ => integer_edges(),
    };
    let narrow = matches!(ty, ValType::I32 | ValType::F32);
    let mask = if narrow {
        u64::from(u32::MAX)
    } else {
        u64::MAX
    };
    let more = std::iter::repeat_with(move || match ty {
        ValType::I32 | ValType::I64 => match random.below(2) {
            0 => random.bits(),
            _ => (random.bits() as i64 >> random.below(64)) as u64,
        },
        _ => random_float(ty, &mut random),
    });
    edges.into_iter().chain(more).map(move |bits| bits & mask)
}

fn integer_edges() -> Vec<u64> {
    let powers = (0..64).map(|bit| 1_u64 << bit);
    let tens = (0..20).map(|exponent| 10_u64.pow(exponent));
    let around = powers
        .chain(tens)
        .flat_map(|n| [n.wrapping_sub(1), n, n.wrapping_add(1)]);
    around.flat_map(|n| [n, n.wrapping_neg()]).collect()
}

fn float_edges(ty: ValType) -> Vec<u64> {
    let (width, mantissa_bits) = match ty {
        ValType::F32 => (32, 23),
        _ => (64, 52),
    };
    // Every exponent with the smallest and the largest mantissa; infinities and NaNs among them.
    let exponents = 1_u64 << (width - 1 - mantissa_bits);
    let mut edges: Vec<u64> = (0..exponents)
        .map(|exponent| exponent << mantissa_bits)
        .flat_map(|bits| [bits.saturating_sub(1), bits, bits + 1])
        .collect();
    // Powers of ten, and what is next to them.
    for exponent in -345..=310 {
        if let Some(bits) = parse(ty, &format!("1e{exponent}")) {
            edges.extend([bits.saturating_sub(1), bits, bits + 1]);
        }
    }
    // Between two shortest texts that are equally near.
    for power in 0..60 {
        for quarter in 1..8 {
            let value = (1_u64 << power) as f64 + f64::from(quarter) / 4.0;
            edges.push(match ty {
                ValType::F32 => u64::from((value as f32).to_bits()),
                _ => value.to_bits(),
            });
        }
    }
    let sign = 1 << (width - 1);
    edges.iter().flat_map(|&bits| [bits, bits | sign]).collect()
}

fn random_float(ty: ValType, random: &mut Random) -> u64 {
    let width = if ty == ValType::F32 { 32 } else { 64 };
    match random.below(4) {
        0 => random.float(width),
        1 => {
            let text = format!(
                "{}e{}",
                random.bits() >> random.below(64),
                random.below(40) as i64 - 30
            );
            parse(ty, &text).unwrap_or(0)
        }
        _ => random.bits(),
    }
}

/// Texts that are numbers of type `ty`, or nearly, without end.
pub fn texts(ty: ValType, seed: u64) -> impl Iterator<Item = String> {
    const FIXED: &[&str] = &[
        "",
        "+",
        "-",
        ".",
        "+.",
        "e",
        "e5",
        ".e5",
        "1e",
        "1e+",
        "1e-",
        "1.e5",
        ".5",
        "5.",
        "+.5e-3",
        "0x10",
        "1_0",
        " 1",
        "1 ",
        "--1",
        "+-1",
        "inf",
        "-Inf",
        "+INFINITY",
        "infinit",
        "infinityx",
        "nan",
        "-NaN",
        "nanx",
        "in",
        "0e99999999999999999999",
        "1e99999999999999999999",
        "-1e-99999999999999999999",
        "00000000000000000000001",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "179769313486231580793e289",
        "3.4028235677973366e38",
        "3.4028235677973362e38",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "7.006492321624085e-46",
        "7.006492321624086e-46",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "1.1754942807573643e-38",
        "2147483647",
        "2147483648",
        "-2147483648",
        "-2147483649",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "99999999999999999999999",
    ];
    let mut random = Random::new(seed);
    let more = std::iter::repeat_with(move || match ty {
        ValType::I32 | ValType::I64 => integer_text(&mut random),
        _ => match random.below(8) {
            0 => noise(&mut random),
            1 | 2 => halfway(ty, &mut random),
            _ => decimal(&mut random),
        },
    });
    FIXED.iter().map(|&text| text.to_owned()).chain(more)
}

fn integer_text(random: &mut Random) -> String {
    let value = random.bits() as i64 >> random.below(64);
    let sign = random.pick(&["", "", "+", "-"]);
    let zeros = "0".repeat(random.below(4) as usize);
    let digit = match random.below(4) {
        0 => random.below(10).to_string(),
        _ => String::new(),
    };
    match random.below(12) {
        0 => noise(random),
        _ => format!("{sign}{zeros}{}{digit}", value.unsigned_abs()),
    }
}

fn noise(random: &mut Random) -> String {
    const CHARACTERS: [char; 24] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '1', '9', '.', '.', 'e', 'E', '+',
        '-', '-', 'n', 'a', 'i', '_',
    ];
    let length = random.below(12);
    (0..length).map(|_| random.pick(&CHARACTERS)).collect()
}

fn digits(random: &mut Random, most: u64) -> String {
    let length = random.below(most);
    (0..length)
        .map(|_| char::from(b'0' + random.below(10) as u8))
        .collect()
}

fn decimal(random: &mut Random) -> String {
    let most = random.pick(&[4, 20, 20, 60, 1000]);
    let sign = random.pick(&["", "-", "+"]);
    let whole = digits(random, most);
    let fraction = match random.below(3) {
        0 => String::new(),
        _ => format!(".{}", digits(random, most)),
    };
    let exponent = match random.below(3) {
        0 => String::new(),
        _ => {
            let range = random.pick(&[40_u64, 330, 700]);
            format!("e{}", random.below(2 * range) as i64 - range as i64)
        }
    };
    format!("{sign}{whole}{fraction}{exponent}")
}

/// Exactly between two floats, or a little off.
fn halfway(ty: ValType, random: &mut Random) -> String {
    let (below, above) = match ty {
        ValType::F32 => {
            let bits = random.bits() as u32 % f32::MAX.to_bits();
            let value = |bits| f64::from(f32::from_bits(bits));
            (value(bits), value(bits + 1))
        }
        _ => {
            let bits = random.bits() % f64::MAX.to_bits();
            (f64::from_bits(bits), f64::from_bits(bits + 1))
        }
    };
    // Both are written exactly, with equally many digits after the point.
    let (below, above) = (format!("{below:.1080}"), format!("{above:.1080}"));
    let middle = mean(&below, &above);
    match random.below(3) {
        0 => middle,
        1 => format!("{middle}1"),
        _ => {
            // The last digit of a number halfway between is a 5.
            let kept = middle.trim_end_matches('0').len();
            format!("{}4999", &middle[..kept - 1])
        }
    }
}

/// The mean of two decimal numbers that have equally many digits after the point.
fn mean(a: &str, b: &str) -> String {
    let width = a.len().max(b.len());
    let digits = |text: &str| -> Vec<u8> {
        let padded = format!("{text:0>width$}");
        padded
            .bytes()
            .filter(|byte| *byte != b'.')
            .map(|byte| byte - b'0')
            .collect()
    };
    let sum: Vec<u8> = digits(a)
        .iter()
        .zip(digits(b))
        .map(|(x, y)| x + y)
        .collect();
    // Halved from the highest place on; a place may be up to 18 before.
    let mut halves = Vec::with_capacity(sum.len() + 1);
    let mut rest = 0;
    for place in sum.iter().map(|&place| u32::from(place)).chain([0]) {
        let value = rest * 10 + place;
        halves.push(value / 2);
        rest = value % 2;
    }
    for at in (1..halves.len()).rev() {
        halves[at - 1] += halves[at] / 10;
        halves[at] %= 10;
    }
    let mut text: String = halves
        .iter()
        .map(|&digit| char::from(b'0' + digit as u8))
        .collect();
    let behind = a.len() - a.find('.').map_or(a.len(), |point| point + 1);
    text.insert(text.len() - behind - 1, '.');
    text
}

#[cfg(test)]
mod tests {
    use super::mean;

    #[test]
    fn means() {
        assert_eq!(mean("1.00", "2.00"), "1.500");
        assert_eq!(mean("9.99", "10.01"), "10.000");
        assert_eq!(mean("0.07", "0.08"), "0.075");
    }
}
