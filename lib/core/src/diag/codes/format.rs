//! Diagnostics of the container.

crate::diag::codes! {
    V0001 include_str!("../../../diagnostics/V0001.vitasm"), "the input is not VITBC",
        "A binary module begins with the bytes `VITBC` and a zero byte. This input does not, and it is not text either, because it has a zero byte or invalid UTF-8 near its beginning. It may be some other kind of file (an archive, an object, a compressed file: the message says which where it can be seen), or a module whose beginning was damaged; it is never guessed at.";
    V0002 include_str!("../../../diagnostics/V0002.vitasm"), "the file is truncated",
        "The file ends before its header, its section table, or the length that its header states. Usually a copy or a download was cut short: fetch or build it again.";
    V0003 include_str!("../../../diagnostics/V0003.vitasm"), "bytes follow the end of the module",
        "The file is longer than its header states. Nothing may follow the last section, because nothing would protect it.";
    V0004 include_str!("../../../diagnostics/V0004.vitasm"), "the version is not supported",
        "The file's version or draft is not one that this reader knows; the header's CRC confirms that this is not damage. The message names the file's version and producer and what this reader supports. Assemble the source again with these tools, or use the tools that wrote the file.";
    V0005 include_str!("../../../diagnostics/V0005.vitasm"), "the file has one of the old layouts called version 2",
        "Two older layouts call themselves version 2, and this file has one of them, as its CRC confirms, or its sections where it has none. Their framing can be shown by vbc-dump and their CRC checked by `vbc-verify --crc-only`, but their code cannot be executed. Compile the source again for version 3.";
    V0006 include_str!("../../../diagnostics/V0006.vitasm"), "the header is damaged",
        "The CRC32 of header and section table does not match their bytes, or the file states version 2 and has neither layout of that version. The file was damaged after it was written; nothing in it can be relied on, not even the version that it states.";
    V0007 include_str!("../../../diagnostics/V0007.vitasm"), "a reserved field is not zero",
        "A field that this version reserves, or a field that does not apply to the row's kind, has a value other than zero. The writer is at fault.";
    V0008 include_str!("../../../diagnostics/V0008.vitasm"), "a feature is not supported",
        "The header asks for a feature that this reader does not know. A newer version of the tools may support it.";
    V0009 include_str!("../../../diagnostics/V0009.vitasm"), "the producer is not a padded UTF-8 string",
        "The 16 bytes that name the program which wrote the file are UTF-8 text followed only by zero bytes.";
    V0010 include_str!("../../../diagnostics/V0010.vitasm"), "a row of the section table is wrong",
        "A section's tag has characters other than letters, digits and `_`, its flags have bits that are not defined or that do not suit the section, or its lengths contradict each other.";
    V0011 include_str!("../../../diagnostics/V0011.vitasm"), "a section does not lie where it may",
        "Sections begin at multiples of 8 after the section table, in the order of the table, without overlapping, and end within the file.";
    V0012 include_str!("../../../diagnostics/V0012.vitasm"), "padding is not zero",
        "The bytes between two sections belong to neither and are zero, so that every bit of the file is protected.";
    V0013 include_str!("../../../diagnostics/V0013.vitasm"), "a section is damaged",
        "The CRC32 of the section does not match its bytes. The file was damaged after it was written, or written wrongly.";
    V0014 include_str!("../../../diagnostics/V0014.vitasm"), "sections are out of order or repeated",
        "Each known section appears at most once, and those that appear are in the order that the specification gives, so that one forward pass is enough to read a module.";
    V0015 include_str!("../../../diagnostics/V0015.vitasm"), "a section is not known",
        "The file has a section which this reader does not know and which is not flagged as ignorable. A newer version of the tools may know it.";
    V0016 include_str!("../../../diagnostics/V0016.vitasm"), "a compressed section cannot be expanded",
        "The section is flagged as compressed, but its bytes are not one zstd frame that expands to exactly the raw length of the section table.";
    V0017 include_str!("../../../diagnostics/V0017.vitasm"), "a limit is exceeded",
        "The file states a count or size beyond a limit of the specification. Limits are checked before anything is allocated; `--limits` prints them.";
    V0018 include_str!("../../../diagnostics/V0018.vitasm"), "a table does not fit its section",
        "A table section begins with row size and row count. The row size is at least that of this version and a multiple of 4, and the rows lie within the section, which has nothing after them unless the table has a pool.";
    V0019 include_str!("../../../diagnostics/V0019.vitasm"), "additional bytes of a row are not zero",
        "Rows longer than those of this version have fields from a later one. They can be ignored only if they are zero.";
    V0020 include_str!("../../../diagnostics/V0020.vitasm"), "a pool is not used from end to end",
        "The parts of a pool that rows own (types, names, items, bytes, code words, register runs) follow one another from its beginning to its end, without gaps and without sharing.";
    V0021 include_str!("../../../diagnostics/V0021.vitasm"), "a name is not text",
        "Names are UTF-8.";
    V0022 include_str!("../../../diagnostics/V0022.vitasm"), "a type is not known",
        "A type is a 32-bit word: a kind from the list in docs/format.md, section 2, or the index of a row of TYPE together with bit 31; references that are not null also have bit 30. Kind 7 is reserved for a later version. Bit 29 (mutable), `i8` and `i16` occur in fields of structs and arrays only; `ptr` does not occur there.";
    V0023 include_str!("../../../diagnostics/V0023.vitasm"), "the code uses instructions that are not supported",
        "The header states an opcode number above the highest that this reader knows. A newer version of the tools may support it.";
    V0024 include_str!("../../../diagnostics/V0024.vitasm"), "the file is empty",
        "The input has no bytes at all. A command before it in a pipe may have failed.";
    V0025 include_str!("../../../diagnostics/V0025.vitasm"), "the input is WebAssembly",
        "The file is a WebAssembly module or component, or WebAssembly's text form, which begins with a parenthesis. The tools read `.vitbc` and `.vitasm`; `vbc-lift` turns a finished WebAssembly module into a `.vitbc` file.";
    V0026 include_str!("../../../diagnostics/V0026.vitasm"), "a row of TYPE has an impossible kind or size",
        "A row of TYPE is a func with any number of parameters and results, a struct with any number of fields and nothing else, or an array with one field.";
}
