//! Diagnostics of the verifier.

crate::diag::codes! {
    V0100 include_str!("../../../diagnostics/V0100.vitasm"), "the entry does not exist",
        "The header names, as the entry, a function that the module does not have. The header's entry is a function index, counting imports, or 0xFFFFFFFF for none.";
    V0101 include_str!("../../../diagnostics/V0101.vitasm"), "the entry has another type",
        "A program starts at its entry without arguments and may end with an exit code, so the entry has type `() -> ()`, `() -> i32` or `() -> i64`. Make it a function of one of these types that calls the other one.";
    V0102 include_str!("../../../diagnostics/V0102.vitasm"), "the highest opcode is not the one that the header states",
        "The header states the highest opcode number in the code, so that an older reader can refuse a file that it does not understand before it looks at the code. The number must be exact, 0 when there is no code.";
    V0103 include_str!("../../../diagnostics/V0103.vitasm"), "an index leads nowhere",
        "A row refers to something by index (a type, a name, a function, a table, a data row), and there are not that many of them. Imports and undefined symbols count: they come first in the index space of their kind.";
    V0104 include_str!("../../../diagnostics/V0104.vitasm"), "a kind is not known",
        "A field that selects one of a few kinds (of import, export, symbol, data row, segment, initial value or debug name) holds a number that stands for none of them, or for one that is not possible there: data rows cannot be exported.";
    V0105 include_str!("../../../diagnostics/V0105.vitasm"), "an index type is neither i32 nor i64",
        "Memories and tables are indexed by i32 or i64, and their rows say by which.";
    V0106 include_str!("../../../diagnostics/V0106.vitasm"), "a type is not a reference",
        "Tables and element segments hold references and nothing else. Those in tables may be null, as all elements are at first.";
    V0107 include_str!("../../../diagnostics/V0107.vitasm"), "a minimum or maximum is not possible",
        "The minimum of a memory or table is not above its maximum, and both are within what the index type can count: 65,536 pages of memory for i32 and 2^48 for i64, 2^32 - 1 elements of a table for i32.";
    V0110 include_str!("../../../diagnostics/V0110.vitasm"), "a name is empty",
        "Symbols and undefined symbols have names that are not empty, because otherwise nothing could be linked to them. (What is imported from the host may have an empty name, as in WebAssembly.)";
    V0111 include_str!("../../../diagnostics/V0111.vitasm"), "an import that cannot be",
        "Only undefined symbols can be weak, because either the host provides what is imported or the program does not start; and data rows are known only to the linker, so the host cannot provide one.";
    V0112 include_str!("../../../diagnostics/V0112.vitasm"), "an undefined symbol appears twice",
        "Each undefined symbol has one row, and all references to it use the index of that row.";
    V0113 include_str!("../../../diagnostics/V0113.vitasm"), "there is no such support routine",
        "Names that begin with `vbc.` belong to the support routines that come with the engines (see docs/support.md). This one is not among them: a typing error, or a module for later tools.";
    V0114 include_str!("../../../diagnostics/V0114.vitasm"), "a support routine is declared as something else",
        "A support routine is an undefined function with the type that docs/support.md gives, where `addr` is the index type of the module's memory. It cannot be weak or of another kind.";
    V0115 include_str!("../../../diagnostics/V0115.vitasm"), "an exported name belongs to the host",
        "Imports from `vbc1` and `wasi_snapshot_preview1` are what the host provides to a program. An export `vbc1:...` would take its place in every program that the object is linked into.";
    V0116 include_str!("../../../diagnostics/V0116.vitasm"), "a global's first value does not suit its type",
        "A global of a number type begins with a constant, and one of a reference type with null if it may be null. A funcref or a reference to the type of a function may also begin with that function, and a global of the memory's index type with the address of data.";
    V0117 include_str!("../../../diagnostics/V0117.vitasm"), "a global's first value is too wide",
        "The first value of an i32 or f32 is its 32 bits; the upper half of the field is zero.";
    V0118 include_str!("../../../diagnostics/V0118.vitasm"), "a passive data row has no address",
        "Passive data rows lie nowhere in memory until MEMORY_INIT copies them, so nothing can hold their address. Use a placed row.";
    V0119 include_str!("../../../diagnostics/V0119.vitasm"), "an initialiser has another type",
        "Initialisers run before the entry, without arguments and without results: their type is `() -> ()`.";
    V0120 include_str!("../../../diagnostics/V0120.vitasm"), "a segment's item is of another type",
        "The items of an element segment are functions, whose references must be of the segment's type, and null where that may be null. A segment of externref holds nulls only.";
    V0121 include_str!("../../../diagnostics/V0121.vitasm"), "a segment and its table hold different types",
        "An active element segment is copied to its table when the program is loaded, so it holds the same type or a subtype.";
    V0122 include_str!("../../../diagnostics/V0122.vitasm"), "a data row's alignment is not possible",
        "The alignment of a placed data row is a power of two from 1 to 65,536; rows that are not placed have alignment 1.";
    V0123 include_str!("../../../diagnostics/V0123.vitasm"), "a data row's size and bytes contradict each other",
        "A placed row has at most as many bytes as its size; the rest is zeros. Fixed and passive rows have exactly as many bytes as their size.";
    V0124 include_str!("../../../diagnostics/V0124.vitasm"), "placed and fixed data rows in one module",
        "Loading gives placed rows their addresses and could not know which addresses a fixed row leaves free. A module may have rows of one of the two kinds, and passive ones.";
    V0125 include_str!("../../../diagnostics/V0125.vitasm"), "an address has no place",
        "A static address is written into a placed or fixed data row that the module defines, and lies inside it: 8 bytes, or 4 when the memory's index type is i32.";
    V0126 include_str!("../../../diagnostics/V0126.vitasm"), "static addresses are out of order",
        "The rows of ADDR are sorted by data row and offset, and the places that they fill do not overlap.";
    V0127 include_str!("../../../diagnostics/V0127.vitasm"), "bytes beneath a static address are not zero",
        "The bytes where loading writes an address are zero in the file: what is added to the address is in the row of ADDR.";
    V0128 include_str!("../../../diagnostics/V0128.vitasm"), "a name is exported twice",
        "Exports are found by name, so each name stands for one thing. One thing may have several names.";
    V0129 include_str!("../../../diagnostics/V0129.vitasm"), "symbols are out of order",
        "The rows of SYMS are sorted by kind and index without repetition: a definition has at most one symbol.";
    V0130 include_str!("../../../diagnostics/V0130.vitasm"), "a symbol for something that is not defined here",
        "Symbols name definitions. Imports and undefined symbols have their names in IMPT.";
    V0131 include_str!("../../../diagnostics/V0131.vitasm"), "a symbol is defined twice",
        "Among the symbols of a module that are not local, each name appears once. Rename one of them, or make one `.local`.";
    V0132 include_str!("../../../diagnostics/V0132.vitasm"), "a symbol is defined and undefined at once",
        "A name that a module defines is not undefined in it: its own uses refer to the definition.";
    V0133 include_str!("../../../diagnostics/V0133.vitasm"), "a reserved name is defined",
        "Names that begin with `vbc.` are support routines. Every engine adds them when it loads a program; a file never defines one.";
    V0134 include_str!("../../../diagnostics/V0134.vitasm"), "a symbol is both local and weak",
        "No other module sees a local symbol, so nothing could replace it.";
    V0135 include_str!("../../../diagnostics/V0135.vitasm"), "a register run is empty",
        "A run stands for one or more registers of one type.";
    V0137 include_str!("../../../diagnostics/V0137.vitasm"), "an operand has another type",
        "Every register has one type for the whole function, and an instruction requires certain types of its operands; where that is a reference type, a register that is read may be of a subtype, and one that is written may be of a supertype. There are no implicit conversions: convert the value into a register of the right type first, or use the instruction for the type that it has.";
    V0138 include_str!("../../../diagnostics/V0138.vitasm"), "debug names are out of order",
        "The rows of DNAM are sorted by name space, function and index, and name nothing twice.";
    V0140 include_str!("../../../diagnostics/V0140.vitasm"), "line tables are out of order",
        "The rows of DLIN are sorted by function, with at most one for each function that has code.";
    V0141 include_str!("../../../diagnostics/V0141.vitasm"), "a line program is wrong",
        "A line program is a sequence of entries of LEB128 numbers, each as short as possible, that ends with the last byte that its row states. Its words ascend and lie in the function, its line numbers are at least 1, and its files are rows of DFIL.";
    V0150 include_str!("../../../diagnostics/V0150.vitasm"), "there is no such instruction",
        "The opcode number stands for no instruction, and the file does not say that it needs a newer reader. The code is damaged or was written wrongly. Where the next instruction begins cannot be known, so the rest of the function is not checked.";
    V0151 include_str!("../../../diagnostics/V0151.vitasm"), "a reserved instruction",
        "The opcode number belongs to a family that is reserved for a later version.";
    V0152 include_str!("../../../diagnostics/V0152.vitasm"), "an instruction reaches beyond its function",
        "The instruction has more words than are left in the function.";
    V0153 include_str!("../../../diagnostics/V0153.vitasm"), "control can run past the end of the function",
        "The last instruction of a function must be one that does not continue with the next: RETURN, JUMP, SWITCH, TRAP or a tail call.";
    V0154 include_str!("../../../diagnostics/V0154.vitasm"), "unused bits are not zero",
        "The bits of an instruction that no operand uses, and the padding after a list, are zero. This way each instruction has one encoding, and later versions can give the bits a meaning.";
    V0155 include_str!("../../../diagnostics/V0155.vitasm"), "a shorter form exists",
        "An instruction whose constant fits the shorter form must be encoded in it, so that a program has one encoding.";
    V0156 include_str!("../../../diagnostics/V0156.vitasm"), "there is no such register",
        "The function has fewer registers. Parameters are the first registers, then come those of its runs.";
    V0157 include_str!("../../../diagnostics/V0157.vitasm"), "an operand's index leads nowhere",
        "The instruction names a function, type, global, table, data row, segment or memory by an index that does not exist in the module.";
    V0158 include_str!("../../../diagnostics/V0158.vitasm"), "a branch leaves its function",
        "Branch targets are instructions of the same function. To go elsewhere, use a tail call.";
    V0159 include_str!("../../../diagnostics/V0159.vitasm"), "a branch into the middle of an instruction",
        "A branch target is the first word of an instruction.";
    V0160 include_str!("../../../diagnostics/V0160.vitasm"), "a register list has another length",
        "The register list of a call or of RETURN has exactly as many words as the signature needs: one for every four arguments and results, rounded up.";
    V0161 include_str!("../../../diagnostics/V0161.vitasm"), "RETURN returns another number of values",
        "RETURN has one form for functions without results, one for those with one, and one for those with more. The number of values is that of the function's results.";
    V0162 include_str!("../../../diagnostics/V0162.vitasm"), "an immutable global is set",
        "Only initialisers may set a global that is not declared `mut`, and only one that the module itself defines.";
    V0163 include_str!("../../../diagnostics/V0163.vitasm"), "there is no such trap",
        "The operand of TRAP is one of the trap kinds of docs/instructions.md.";
    V0164 include_str!("../../../diagnostics/V0164.vitasm"), "a tail call to a function with other results",
        "The function called returns in place of the one that calls it, so it must have the same number of results, of the same types or subtypes. Call it and return what the caller needs.";
    V0165 include_str!("../../../diagnostics/V0165.vitasm"), "a table holds the wrong type",
        "TABLE_COPY and TABLE_INIT copy from what holds the same type or a subtype, and indirect calls need a table of funcref or of a subtype of it.";
    V0166 include_str!("../../../diagnostics/V0166.vitasm"), "the wrong kind of data row",
        "DATA_ADDR is for rows that lie in memory, placed or fixed ones, or undefined ones. MEMORY_INIT and DATA_DROP are for passive rows, which the module itself defines.";
    V0167 include_str!("../../../diagnostics/V0167.vitasm"), "a 32-bit constant is too wide",
        "An i32 constant in a field of 64 bits is sign-extended: its upper 33 bits are equal.";
    V0168 include_str!("../../../diagnostics/V0168.vitasm"), "a register is read before it is assigned",
        "On some path from the beginning of the function to this instruction nothing has been written to the register. Parameters, and registers declared `zeroed`, are assigned from the start; all others must be written on every path before they are read. Both ways of every branch count as possible.";
    V0169 include_str!("../../../diagnostics/V0169.vitasm"), "too many registers and blocks",
        "So that the check of assignment stays fast, the number of registers of a function that are neither parameters nor zeroed, times the number of its basic blocks, is limited. Declare registers `zeroed` where the product would be larger.";
    V0170 include_str!("../../../diagnostics/V0170.vitasm"), "a register that cannot be null is zeroed",
        "Zeroed registers are 0 or null at entry. A reference of a type without null can be neither; write the register before it is read.";
    V0171 include_str!("../../../diagnostics/V0171.vitasm"), "a type refers to a later group",
        "Types come in groups. A type may refer to the types of its own group and of groups before it. Types that refer to each other belong in one group: `.rec` ... `.end`.";
    V0172 include_str!("../../../diagnostics/V0172.vitasm"), "a super is not possible",
        "The super of a type is an earlier row of the same kind (func, struct or array) that is not final, and at most 63 types lie above a type.";
    V0173 include_str!("../../../diagnostics/V0173.vitasm"), "a type does not have what its super has",
        "A subtype can be used wherever its super can. A struct begins with the fields of its super, and an array has the elements of its super: of the same type where they are mutable, of a subtype where they are not. Functions take supertypes of the parameters and return subtypes of the results of their super.";
    V0174 include_str!("../../../diagnostics/V0174.vitasm"), "a tag's type has results",
        "The type of a tag says what its exceptions carry: its parameters. Nothing comes back from a throw, so it has no results.";
    V0175 include_str!("../../../diagnostics/V0175.vitasm"), "the feature bits are not those of the contents",
        "The header states feature bit 0, managed, exactly when the file has a struct, an array, a subtype or a group of several types, a tag, a handler, or a reference type other than funcref and externref, so that a reader without a managed heap can refuse it from the header alone.";
    V0176 include_str!("../../../diagnostics/V0176.vitasm"), "reserved for a later version",
        "Exception handlers (HNDL), globals that an initialiser sets and computed element segments have their place in this draft of the format, but no meaning yet.";
    V0177 include_str!("../../../diagnostics/V0177.vitasm"), "a type is of another kind",
        "Functions, tags and indirect calls need a function type, not a struct or array type.";
    V0178 include_str!("../../../diagnostics/V0178.vitasm"), "the first type begins no group",
        "Each group of types runs from a row with the flag that says so to the next one, so the very first row has the flag.";
    V0179 include_str!("../../../diagnostics/V0179.vitasm"), "a native function without a C signature",
        "The name of an import from a native library is a C signature, such as `pow(f64,f64)f64`, and its module is `native:` and the name of the library without a folder. docs/ffi.md lists the types. The message says at which byte of the signature what is wrong.";
    V0180 include_str!("../../../diagnostics/V0180.vitasm"), "a native function has another type than its C signature",
        "The C signature of a native function determines its type: docs/ffi.md lists what each C type is in VITBC, structs are replaced by their fields, and `+errno` is one more result. The import has another one.";
    V0181 include_str!("../../../diagnostics/V0181.vitasm"), "an operand is not a reference type",
        "REF_TEST, REF_CAST and BR_ON_CAST_FAIL name a reference type by a type word: a kind from 5 and 6 or 16 to 25, or the index of a declared type, and whether null belongs to it.";
    V0182 include_str!("../../../diagnostics/V0182.vitasm"), "packed and not packed",
        "A field or element of type i8 or i16 is read by the instructions whose names end in _S and _U, which say how it is extended to 32 bits; all others are read without.";
    V0183 include_str!("../../../diagnostics/V0183.vitasm"), "a write to what is not mutable",
        "Fields and elements can be written after the object has been made only where their type declares them `mut`.";
    V0184 include_str!("../../../diagnostics/V0184.vitasm"), "a default that does not exist",
        "STRUCT_NEW_DEFAULT and ARRAY_NEW_DEFAULT fill the object with 0 and null. A reference type without null has no such value: use STRUCT_NEW, ARRAY_NEW or ARRAY_NEW_FIXED.";
    V0185 include_str!("../../../diagnostics/V0185.vitasm"), "an array of the wrong type",
        "ARRAY_COPY needs an array of the same elements, or of a subtype. ARRAY_NEW_ELEM and ARRAY_INIT_ELEM need a segment of the element type or a subtype, ARRAY_NEW_DATA and ARRAY_INIT_DATA an array of numbers.";
}
