//! Of which types the exports of a module are, for JavaScript, which cannot tell; and how large its memory is.

use serde_json::{Map, Value as Json, json};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef, ValType, Validator};

/// The parameters and results of functions, the type of globals and whether they change, by name.
///
/// # Panics
///
/// When the module is not valid.
pub(super) fn types(wasm: &[u8]) -> Json {
    let types = Validator::new().validate_all(wasm).expect("a valid module");
    let types = types.as_ref();
    let (mut functions, mut globals) = (Map::new(), Map::new());
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ExportSection(exports) = payload.expect("a valid module") else {
            continue;
        };
        for export in exports {
            let export = export.expect("a valid module");
            match export.kind {
                ExternalKind::Func => {
                    let function = types.core_function_at(export.index);
                    let function = types[function].unwrap_func();
                    let list = |list: &[ValType]| list.iter().map(name).collect::<Json>();
                    let both = json!([list(function.params()), list(function.results())]);
                    functions.insert(export.name.to_owned(), both);
                }
                ExternalKind::Global => {
                    let global = types.global_at(export.index);
                    let both = json!([name(&global.content_type), global.mutable]);
                    globals.insert(export.name.to_owned(), both);
                }
                _ => {}
            }
        }
    }
    json!({"functions": functions, "globals": globals})
}

/// The pages that a module's first memory begins with; none if it is imported, or there is no memory.
pub(super) fn first_pages(wasm: &[u8]) -> Option<u64> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a valid module") {
            Payload::ImportSection(imports) => {
                let mut imports = imports.into_imports();
                let is_memory = |ty| matches!(ty, TypeRef::Memory(_));
                if imports.any(|import| is_memory(import.expect("a valid module").ty)) {
                    return None;
                }
            }
            Payload::MemorySection(memories) => {
                let mut memories = memories.into_iter();
                return Some(memories.next()?.expect("a valid module").initial);
            }
            _ => {}
        }
    }
    None
}

fn name(ty: &ValType) -> String {
    ty.to_string()
}
