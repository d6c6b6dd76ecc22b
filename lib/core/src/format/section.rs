//! Which sections there are, in the order in which they appear in a file.

/// A section's tag.
pub type Tag = [u8; 4];

macro_rules! sections {
    ($($(#[doc = $doc:literal])+ $name:ident $tag:literal $debug:literal;)*) => {
        $($(#[doc = $doc])+ pub const $name: Tag = *$tag;)*

        /// The sections of this version in file order, and whether they are debug sections.
        pub const KNOWN: &[(Tag, bool)] = &[$(($name, $debug)),*];
    };
}

sections! {
    /// Types.
    TYPE b"TYPE" false;
    /// Imports and undefined symbols.
    IMPT b"IMPT" false;
    /// Memories.
    MEMS b"MEMS" false;
    /// Tables.
    TABL b"TABL" false;
    /// Globals.
    GLOB b"GLOB" false;
    /// Tags of exceptions.
    TAGS b"TAGS" false;
    /// Names.
    STRS b"STRS" false;
    /// Defined functions.
    FUNC b"FUNC" false;
    /// Register runs.
    REGS b"REGS" false;
    /// Exception handlers.
    HNDL b"HNDL" false;
    /// Initialisers.
    INIT b"INIT" false;
    /// Element segments.
    ELEM b"ELEM" false;
    /// Code.
    CODE b"CODE" false;
    /// Data rows.
    DATA b"DATA" false;
    /// Static addresses.
    ADDR b"ADDR" false;
    /// Exports.
    EXPT b"EXPT" false;
    /// Symbols.
    SYMS b"SYMS" false;
    /// Debug strings.
    DSTR b"DSTR" true;
    /// Debug names.
    DNAM b"DNAM" true;
    /// Source files.
    DFIL b"DFIL" true;
    /// Line tables.
    DLIN b"DLIN" true;
    /// Variables of source languages, reserved.
    DVAR b"DVAR" true;
    /// Functions that were inlined, reserved.
    DINL b"DINL" true;
}

/// Sections of later versions, which have their place but must not be there yet.
pub const RESERVED: [Tag; 2] = [DVAR, DINL];

/// The section is compressed.
pub const COMPRESSED: u32 = 1;
/// A reader that does not know the section skips it.
pub const IGNORABLE: u32 = 2;
/// The section goes when debug information is stripped.
pub const DEBUG: u32 = 4;

/// Position in [`KNOWN`] and whether it is a debug section; none for an unknown tag.
pub fn known(tag: Tag) -> Option<(usize, bool)> {
    let at = KNOWN.iter().position(|(known, _)| *known == tag)?;
    Some((at, KNOWN[at].1))
}

/// Whether four bytes can be a tag: letters, digits and `_`.
pub fn is_tag(bytes: Tag) -> bool {
    let allowed = |&byte: &u8| byte.is_ascii_alphanumeric() || byte == b'_';
    bytes.iter().all(allowed)
}

/// The tag as text, for messages.
pub fn tag_text(tag: Tag) -> String {
    String::from_utf8_lossy(&tag).into_owned()
}
