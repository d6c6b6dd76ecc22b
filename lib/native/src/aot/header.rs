//! A C header for an object.

use std::fmt::Write;

use super::names::CNames;
use vbc_core::isa::{FuncType, ValType};
use vbc_linker::Program;

fn c_type(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "int32_t",
        ValType::I64 => "int64_t",
        ValType::F32 => "float",
        ValType::F64 => "double",
        ValType::Ref(_) => "uint64_t",
        ValType::Ptr => "void *",
    }
}

/// The prototypes of what the object defines and wants.
pub(super) fn header(program: &Program, names: &CNames) -> String {
    let mut text = String::from(
        "/* Made by vbc-aot. */\n#pragma once\n\n#include <stdint.h>\n#include <vbcrt.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n",
    );
    prototypes(
        &mut text,
        program,
        "Functions of the program.",
        &names.exports,
    );
    prototypes(
        &mut text,
        program,
        "Functions that the program imports: to be defined elsewhere.",
        &names.imports,
    );
    text.push_str("\n#ifdef __cplusplus\n}\n#endif\n");
    text
}

fn prototypes(
    text: &mut String,
    program: &Program,
    title: &str,
    functions: &[(String, String, u32)],
) {
    if functions.is_empty() {
        return;
    }
    let module = program.module();
    let spaces = module.spaces();
    // Writing to a string does not fail.
    let _ = write!(text, "\n/* {title} */\n");
    for (in_c, name, index) in functions {
        let ty = spaces.func_type(module, *index);
        let Some(ty) = ty.and_then(|ty| module.types.func(ty)) else {
            continue;
        };
        // What would end the comment is left out.
        let shown: String = name
            .chars()
            .filter(|c| c.is_ascii_graphic() && *c != '*')
            .collect();
        let _ = write!(text, "\n/* {shown}{ty} */\n{}\n", prototype(in_c, ty));
    }
}

fn prototype(name: &str, ty: &FuncType) -> String {
    let mut text = format!("vbcrt_status {name}(vbcrt_instance *instance");
    for (n, &ty) in ty.params.iter().enumerate() {
        let _ = write!(text, ", {} a{n}", c_type(ty));
    }
    for (n, &ty) in ty.results.iter().enumerate() {
        let _ = write!(text, ", {} *r{n}", c_type(ty));
    }
    text.push_str(");");
    text
}
