//! Control-flow graphs in the language of Graphviz.

use std::io;

use super::blocks::{Block, Why, blocks};
use super::code::{CodeView, Stretch};
use super::image::Named;
use super::sink::{Sink, put};
use vbc_core::isa::walk::Walk;
use vbc_core::module::NameSpace;

/// Writes one graph with a cluster for each function.
pub fn graph(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    stretches: impl Iterator<Item = Stretch>,
) -> io::Result<()> {
    sink.text.push_str(
        "digraph cfg {\n  node [shape=box, fontname=\"monospace\", fontsize=10];\n  edge [fontname=\"monospace\", fontsize=9];\n",
    );
    for (number, stretch) in stretches.enumerate() {
        let code = CodeView::new(image, stretch);
        let out = &mut sink.text;
        put!(out, "  subgraph cluster_{number} {{\n    label=\"");
        let mut name = String::new();
        match stretch {
            Stretch::Function(_, index) => image.put_reference(&mut name, NameSpace::Func, index),
            Stretch::Orphan => name.push_str("code of no function"),
        }
        put_quoted(out, &name);
        out.push_str("\";\n");
        for block in blocks(code.words) {
            node(sink, &code, number, &block)?;
        }
        sink.text.push_str("  }\n");
    }
    sink.text.push_str("}\n");
    sink.spill()
}

fn node(sink: &mut Sink<'_>, code: &CodeView<'_>, number: usize, block: &Block) -> io::Result<()> {
    put!(sink.text, "    f{number}_{} [label=\"", block.start);
    if let Some(label) = code.text.label_at(block.start as usize) {
        put!(sink.text, "L{label}:\\l");
    }
    let words = &code.words[block.start as usize..block.end as usize];
    let mut text = String::new();
    for (at, item) in Walk::new(words) {
        text.clear();
        code.item(&mut text, block.start as usize + at, item);
        put_quoted(&mut sink.text, &text);
        sink.text.push_str("\\l");
        sink.spill()?;
    }
    sink.text.push_str("\"];\n");
    for edge in &block.edges {
        let out = &mut sink.text;
        put!(
            out,
            "    f{number}_{} -> f{number}_{}",
            block.start,
            edge.to
        );
        match edge.why {
            Why::Next if block.edges.len() == 1 => {}
            Why::Next => out.push_str(" [label=\"else\"]"),
            Why::Taken if block.edges.len() == 1 => {}
            Why::Taken => out.push_str(" [label=\"taken\"]"),
            Why::Case(case) => put!(out, " [label=\"{case}\"]"),
            Why::Default => out.push_str(" [label=\"default\"]"),
        }
        out.push_str(";\n");
        sink.spill()?;
    }
    Ok(())
}

/// Appends text for a label between quotes.
fn put_quoted(out: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
}
