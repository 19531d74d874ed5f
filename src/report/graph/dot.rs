//! The graph in Graphviz's language.

use std::fmt::Write as _;

use super::{Graph, Shape};

/// Writes the graph.
pub(super) fn text(graph: &Graph) -> String {
    let mut text = String::from(
        "digraph capabilities {\n  rankdir=LR;\n  node [fontname=\"monospace\", fontsize=10];\n  edge [fontname=\"sans-serif\", fontsize=8];\n",
    );
    if !graph.left_out.is_empty() {
        let label = format!("left out: {}", graph.left_out.join(", "));
        let _ = writeln!(text, "  label={};", quoted(&label));
    }
    if graph.of_shape(Shape::Root).next().is_some() {
        text.push_str("  subgraph cluster_roots {\n    label=\"exports\";\n");
        for (at, node) in graph.of_shape(Shape::Root) {
            let _ = writeln!(
                text,
                "    {} [label={}, shape=box];",
                graph.name(at),
                quoted(&node.label)
            );
        }
        text.push_str("  }\n");
    }
    for (at, node) in graph.of_shape(Shape::Function) {
        let _ = writeln!(
            text,
            "  {} [label={}, shape=ellipse];",
            graph.name(at),
            quoted(&node.label)
        );
    }
    for (number, (group, nodes)) in graph.groups.iter().enumerate() {
        let label = quoted(&crate::report::escape::line(group, super::MAX_LABEL));
        let _ = writeln!(text, "  subgraph cluster_{number} {{\n    label={label};");
        for at in nodes {
            let Some(node) = graph.nodes.get(*at) else {
                continue;
            };
            let style = match node.shape {
                Shape::Unreachable => ", style=dotted, color=gray, fontcolor=gray",
                _ => "",
            };
            let (name, label) = (graph.name(*at), quoted(&node.label));
            let _ = writeln!(text, "    {name} [label={label}, shape=component{style}];");
        }
        text.push_str("  }\n");
    }
    for (from, to, may) in &graph.edges {
        let style = may.map(|why| format!(" [style=dashed, label={}]", quoted(why.words())));
        let (from, to) = (graph.name(*from), graph.name(*to));
        let _ = writeln!(text, "  {from} -> {to}{};", style.unwrap_or_default());
    }
    text.push_str("}\n");
    text
}

/// A quoted string: no escape of a label, no entity, no end.
fn quoted(label: &str) -> String {
    let plain = label
        .replace('&', "&amp;")
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    format!("\"{plain}\"")
}
