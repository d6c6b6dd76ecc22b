//! The container: reading and writing `.vitbc` files (`docs/format.md`).

mod container;
mod header;
mod kind;
pub mod legacy;
mod reader;
pub mod section;
mod type_row;
mod writer;

use std::sync::Arc;

pub use container::{AlignedBytes, Container, Section};
pub use header::{
    ENTRY_AT, ENTRY_BYTES, Entry, FEATURES_AT, HEADER_BYTES, HIGHEST_OPCODE_AT, Header, MAGIC,
};
pub use kind::{Kind, is_binary, kind};
pub use reader::read_sections;
pub use writer::{WriteOptions, highest_opcode, pieces, seal, write};

use crate::diag::Errors;
use crate::module::{Module, SharedBytes};

pub use crate::module::{DRAFT, Limits, VERSION};

/// Reads a module from the bytes of a file. `name` is the file's name for messages.
///
/// The module is well-framed, not yet verified. Its tables lie in `bytes`, whose start must be
/// aligned to 8 bytes ([`AlignedBytes`]) to be used without copying.
///
/// # Errors
///
/// All faults of the container, V0001 to V0099, in file order.
pub fn read(name: &str, bytes: SharedBytes, limits: &Limits) -> Result<Module, Errors> {
    let container =
        Container::open(&Arc::from(name), bytes, limits).map_err(|fault| Errors(vec![*fault]))?;
    let (module, faults) = read_sections(&container, limits);
    if faults.is_empty() {
        Ok(module)
    } else {
        Err(Errors(faults))
    }
}

/// Reads a module from bytes, which are copied if they are not aligned. See [`read`].
///
/// # Errors
///
/// As [`read`].
pub fn read_bytes(bytes: &[u8]) -> Result<Module, Errors> {
    read(
        "<bytes>",
        Arc::new(AlignedBytes::from(bytes)),
        &Limits::default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Op, ValType, encode};
    use crate::module::*;

    fn small() -> Module {
        let mut strings = StringsBuilder::default();
        let name = strings.intern("main");
        let mut code = Vec::new();
        encode(Op::Return, &[], &mut code);
        Module {
            producer: "test".into(),
            entry: Some(0),
            types: [crate::isa::FuncType::new(&[], &[])].into_iter().collect(),
            globals: vec![GlobalRow {
                ty: ValType::I64.word(),
                value: 7,
                ..GlobalRow::default()
            }]
            .into(),
            strings: strings.finish(),
            functions: vec![FunctionRow {
                words: 1,
                ..FunctionRow::default()
            }]
            .into(),
            code: code.into(),
            data: vec![DataRow {
                align: 1,
                size: 3,
                length: 3,
                ..DataRow::default()
            }]
            .into(),
            data_bytes: b"abc".to_vec().into(),
            symbols: vec![SymbolRow {
                name,
                ..SymbolRow::default()
            }]
            .into(),
            debug: Some(Debug::default()),
            ..Module::default()
        }
    }

    #[test]
    fn reads_what_it_wrote() {
        let mut module = small();
        for zstd in [false, true] {
            let options = WriteOptions {
                zstd,
                strip_debug: false,
            };
            let bytes = write(&module, &options);
            let back = read_bytes(&bytes).unwrap();
            module.highest_opcode = Some(0x00c);
            module.features = Some(0);
            // Empty debug tables leave no trace.
            module.debug = None;
            assert_eq!(back, module);
            assert_eq!(write(&back, &options), bytes);
        }
    }

    #[test]
    fn compresses_no_more_than_it_reads() {
        let options = WriteOptions {
            zstd: true,
            strip_debug: false,
        };
        let mut sizes = Vec::new();
        for zeros in [60_000, 70_000, 5_000_000] {
            let data = DataRow {
                size: zeros as u64,
                length: zeros as u64,
                ..small().data[0]
            };
            let module = Module {
                data: vec![data].into(),
                data_bytes: vec![0; zeros].into(),
                ..Module::default()
            };
            let bytes = write(&module, &options);
            let back = read_bytes(&bytes).unwrap();
            assert_eq!(back.data_bytes, module.data_bytes);
            sizes.push(bytes.len());
        }
        assert!(sizes[0] < 1000 && sizes[1] > 70_000, "{sizes:?}");
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        for zstd in [false, true] {
            let mut bytes = write(
                &small(),
                &WriteOptions {
                    zstd,
                    strip_debug: false,
                },
            );
            for bit in 0..bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert!(read_bytes(&bytes).is_err(), "bit {bit}");
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }

    #[test]
    fn every_truncation_is_detected() {
        let bytes = write(&small(), &WriteOptions::default());
        for length in 0..bytes.len() {
            assert!(read_bytes(&bytes[..length]).is_err(), "{length} bytes");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(read_bytes(&longer).unwrap_err().0[0].code.id, "V0003");
    }

    #[test]
    fn longer_rows_are_read_while_the_rest_is_zero() {
        let file = write(&small(), &WriteOptions::default());
        let container = Container::open(
            &"x".into(),
            Arc::new(AlignedBytes::from(&file[..])),
            &Limits::default(),
        );
        let container = container.map_err(|fault| *fault).unwrap();
        let index = container
            .entries
            .iter()
            .position(|entry| entry.tag == section::GLOB)
            .unwrap();
        for (last, expected) in [(0_u8, true), (1, false)] {
            let mut rows = container
                .section(index)
                .map_err(|fault| *fault)
                .unwrap()
                .content()
                .to_vec();
            rows[0] += 8;
            rows.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, last]);
            let mut longer = file.clone();
            let entry = HEADER_BYTES + index * ENTRY_BYTES;
            let at = container.entries[index].offset as usize;
            longer.splice(at..at + 32, rows.iter().copied());
            longer[entry + 16] += 8;
            longer[entry + 24] += 8;
            longer[entry + 32..entry + 36].copy_from_slice(&crc32fast::hash(&rows).to_le_bytes());
            for later in index + 1..container.entries.len() {
                longer[HEADER_BYTES + later * ENTRY_BYTES + 8] =
                    longer[HEADER_BYTES + later * ENTRY_BYTES + 8].wrapping_add(8);
                assert!(container.entries[later].offset % 256 < 248);
            }
            longer[40..48].copy_from_slice(&(file.len() as u64 + 8).to_le_bytes());
            seal(&mut longer);
            match read_bytes(&longer) {
                Ok(module) => assert!(expected && module.globals[0].value == 7),
                Err(errors) => {
                    let ids: Vec<_> = errors.0.iter().map(|fault| fault.code.id).collect();
                    assert!(!expected && ids == ["V0019"], "{errors}");
                }
            }
        }
    }

    #[test]
    fn the_old_layouts_are_told_apart() {
        let mut tagged = b"VITBC\0\x02\0INTS\x08\0\0\0".to_vec();
        tagged.extend_from_slice(&7_u64.to_le_bytes());
        let crc = crc32fast::hash(&tagged[6..]);
        tagged.extend_from_slice(b"CRCC");
        tagged.extend_from_slice(&crc.to_le_bytes());
        let legacy = legacy::Legacy::parse(&tagged).unwrap();
        assert!(matches!(legacy, legacy::Legacy::Tagged { fault: None, .. }));
        assert_eq!(legacy.crc(&tagged), Some((crc, crc)));

        let mut counted = b"VITBC\0\x02\0\0\0".to_vec();
        counted.extend_from_slice(&[0; 32]);
        let crc = crc32fast::hash(&counted[6..]);
        counted.extend_from_slice(&crc.to_le_bytes());
        counted.extend_from_slice(b"VEND\0\0");
        let legacy = legacy::Legacy::parse(&counted).unwrap();
        assert!(matches!(legacy, legacy::Legacy::Counted { .. }));
        assert_eq!(legacy.crc(&counted), Some((crc, crc)));

        // Without a CRC, known sections are enough.
        let bare = tagged[..tagged.len() - 8].to_vec();
        let legacy = legacy::Legacy::parse(&bare).unwrap();
        let warning = legacy.check(&"x".into(), &bare).unwrap();
        assert_eq!(warning.severity, crate::diag::Severity::Warning);
        let mut strange = bare.clone();
        strange[8] ^= 1;
        let legacy = legacy::Legacy::parse(&strange).unwrap();
        assert_eq!(
            legacy.check(&"x".into(), &strange).unwrap().code.id,
            "V0006"
        );
        for file in [tagged, counted, bare] {
            assert_eq!(read_bytes(&file).unwrap_err().0[0].code.id, "V0005");
        }
    }
}
