//! Data rows as segments.

use super::environment::NONE;
use vbc_core::module::{DataKind, Kind};
use vbc_linker::Program;

/// The data segments of the result.
pub(super) struct Segments {
    /// For each segment its address, none for a passive one, and its bytes.
    pub list: Vec<(Option<u64>, Vec<u8>)>,
    /// For each passive data row its segment.
    pub numbers: Vec<u32>,
}

/// Zeros between two rows that are cheaper to write out than another segment.
const GAP: u64 = 8;

impl Segments {
    /// Of a program: rows that loading has placed are joined where they lie close to each other.
    pub fn new(program: &Program) -> Segments {
        let module = program.module();
        let first = module.spaces().imported(Kind::Data) as usize;
        let mut segments = Segments {
            list: Vec::new(),
            numbers: Vec::new(),
        };
        for (defined, row) in module.data.iter().enumerate() {
            let bytes = with_addresses(program, first + defined, module.data_content(defined));
            let mut number = NONE;
            match row.kind() {
                Some(DataKind::Passive) => {
                    number = segments.count();
                    segments.list.push((None, bytes));
                }
                Some(DataKind::Fixed) => segments.list.push((Some(row.address), bytes)),
                _ => {
                    let address = program.data_addresses()[first + defined];
                    segments.place(address, &bytes);
                }
            }
            segments.numbers.push(number);
        }
        segments
    }

    /// The number of segments.
    pub fn count(&self) -> u32 {
        self.list.len() as u32
    }

    fn place(&mut self, address: u64, bytes: &[u8]) {
        let zeros = bytes.iter().rev().take_while(|&&byte| byte == 0).count();
        let bytes = &bytes[..bytes.len() - zeros];
        if bytes.is_empty() {
            return;
        }
        if let Some((Some(start), last)) = self.list.last_mut() {
            let end = *start + last.len() as u64;
            if (end..=end + GAP).contains(&address) {
                last.resize((address - *start) as usize, 0);
                last.extend_from_slice(bytes);
                return;
            }
        }
        self.list.push((Some(address), bytes.to_vec()));
    }
}

/// A row's bytes with the static addresses in them.
fn with_addresses(program: &Program, data: usize, bytes: &[u8]) -> Vec<u8> {
    let module = program.module();
    let width = module.address_type().address_bytes();
    let mut bytes = bytes.to_vec();
    let rows = &module.addresses;
    let from = rows.partition_point(|row| (row.data as usize) < data);
    for row in rows[from..]
        .iter()
        .take_while(|row| row.data as usize == data)
    {
        let target = program.data_addresses().get(row.target as usize);
        let value = target.map_or(0, |target| target.wrapping_add_signed(row.addend));
        let at = row.offset as usize;
        if bytes.len() < at + width {
            bytes.resize(at + width, 0);
        }
        bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
    }
    bytes
}
