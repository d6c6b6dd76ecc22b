//! Random numbers that are the same on every machine.

/// A splitmix64 generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    /// A number in `least..=most`.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// True once in `count` times.
    pub fn once_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    /// One of `items`, which are not empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// An integer of `width` bits, sign-extended: mostly one near an edge.
    pub fn integer(&mut self, width: u32) -> i64 {
        let small = self.below(41) as i64 - 20;
        let value = match self.below(6) {
            0 | 1 => small,
            2 => (1_i64 << self.below(u64::from(width))).wrapping_add(small / 8),
            3 => (i64::MAX >> (64 - width)).wrapping_sub(small.abs()),
            4 => (i64::MIN >> (64 - width)).wrapping_add(small.abs()),
            _ => self.bits() as i64,
        };
        value << (64 - width) >> (64 - width)
    }

    /// The bits of a float of `width` bits: mostly a number of ordinary size.
    pub fn float(&mut self, width: u32) -> u64 {
        const EDGES: [f64; 14] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            -1.5,
            2.5,
            1e10,
            4_294_967_296.0,
            9_223_372_036_854_775_808.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            1e-40,
        ];
        let value = match self.below(4) {
            0 => self.pick(&EDGES),
            1 => self.integer(32) as f64,
            2 => self.integer(20) as f64 / 64.0,
            _ if width == 32 => return self.bits() >> 32,
            _ => return self.bits(),
        };
        match width {
            32 => u64::from((value as f32).to_bits()),
            _ => value.to_bits(),
        }
    }
}
