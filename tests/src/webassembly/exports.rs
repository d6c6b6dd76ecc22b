//! Of which types the exports of a module are, for JavaScript, which cannot tell.

use serde_json::{Map, Value as Json, json};
use wasmparser::{ExternalKind, Parser, Payload, ValType, Validator};

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

fn name(ty: &ValType) -> String {
    ty.to_string()
}
