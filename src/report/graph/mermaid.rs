//! The graph in Mermaid's language, as markdown renderers draw it.

use std::fmt::Write as _;

use super::{Graph, Shape};

/// Writes the graph.
pub(super) fn text(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    if graph.of_shape(Shape::Root).next().is_some() {
        text.push_str("  subgraph roots[\"exports\"]\n");
        for (at, node) in graph.of_shape(Shape::Root) {
            let _ = writeln!(text, "    {}[{}]", graph.name(at), quoted(&node.label));
        }
        text.push_str("  end\n");
    }
    for (at, node) in graph.of_shape(Shape::Function) {
        let _ = writeln!(text, "  {}({})", graph.name(at), quoted(&node.label));
    }
    for (number, (group, nodes)) in graph.groups.iter().enumerate() {
        let label = quoted(&crate::report::escape::line(group, super::MAX_LABEL));
        let _ = writeln!(text, "  subgraph g{number}[{label}]");
        for at in nodes {
            if let Some(node) = graph.nodes.get(*at) {
                let class = if node.shape == Shape::Unreachable {
                    ":::unreachable"
                } else {
                    ""
                };
                let _ = writeln!(
                    text,
                    "    {}[[{}]]{class}",
                    graph.name(*at),
                    quoted(&node.label)
                );
            }
        }
        text.push_str("  end\n");
    }
    for (from, to, may) in &graph.edges {
        let (from, to) = (graph.name(*from), graph.name(*to));
        let _ = match may {
            Some(why) => writeln!(text, "  {from} -.->|{}| {to}", quoted(why.words())),
            None => writeln!(text, "  {from} --> {to}"),
        };
    }
    if !graph.left_out.is_empty() {
        let label = format!("left out: {}", graph.left_out.join(", "));
        let _ = writeln!(text, "  rest[{}]:::unreachable", quoted(&label));
    }
    text.push_str("  classDef unreachable fill:none,stroke:#999,stroke-dasharray:2 4,color:#999\n");
    text
}

/// A quoted label. All that markup could be made of is a character's number: neither a comment, a directive, HTML nor
/// markdown comes of a name.
fn quoted(label: &str) -> String {
    let mut shown = String::from("\"");
    for char in label.chars() {
        match char {
            ' ' | ',' | '.' | '_' | '/' | '…' => shown.push(char),
            char if char.is_alphanumeric() => shown.push(char),
            char => {
                let _ = write!(shown, "#{};", u32::from(char));
            }
        }
    }
    if label.is_empty() {
        shown.push_str("#8203;");
    }
    shown.push('"');
    shown
}
