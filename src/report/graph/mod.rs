//! The capability graph of one module: exports, the functions on witness paths, imports grouped by what they give. What is
//! left out is counted in it.

mod dot;
mod mermaid;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::audit::ModuleReport;
use crate::wasm::{Extern, ImportUse, Labels, Module, Path, Reach, Root, Step, Why};

use super::escape;

/// The most nodes.
const MAX_NODES: usize = 250;
/// The most of them that are imports.
const MAX_IMPORTS: usize = 150;
/// The most steps of one path; the middle of a longer one is one node.
const MAX_STEPS: usize = 12;
/// Characters of a label.
const MAX_LABEL: usize = 80;

/// The languages of `--graph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// Graphviz.
    Dot,
    /// Mermaid, as markdown renderers draw it.
    Mermaid,
}

/// Draws one module's graph, with as many paths for each import.
pub fn write(
    report: &ModuleReport,
    paths: usize,
    drawing: Drawing,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let graph = report
        .module
        .as_ref()
        .map(|module| Graph::of(report, module, paths))
        .unwrap_or_default();
    let text = match drawing {
        Drawing::Dot => dot::text(&graph),
        Drawing::Mermaid => mermaid::text(&graph),
    };
    out.write_all(text.as_bytes())
}

/// What a node stands for; also the letter of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Root,
    Function,
    Import,
    Unreachable,
}

#[derive(Debug)]
struct Node {
    shape: Shape,
    /// Made harmless for a line of text; each language quotes it.
    label: String,
}

/// What makes a node one and the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Root(Origin),
    Function(u32),
    /// An import by its place among all imports.
    Import(usize),
    /// The left-out middle of a path.
    Gap(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Export(usize),
    Start,
    Host,
}

#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Node>,
    keys: BTreeMap<Key, usize>,
    /// From, to, and why the call may go elsewhere.
    edges: BTreeSet<(usize, usize, Option<Why>)>,
    /// Imports by what they give.
    groups: BTreeMap<String, Vec<usize>>,
    left_out: Vec<String>,
}

impl Graph {
    fn of(report: &ModuleReport, module: &Module, paths: usize) -> Self {
        let mut graph = Self::default();
        let labels = Labels::of(module);
        let given = given(report);
        let mut functions = Vec::new();
        let mut hidden = 0;
        let callable = |ty: &Extern| matches!(ty, Extern::Function(_) | Extern::Other(_));
        let uses = module.uses.as_ref();
        for (at, import) in module.imports.iter().enumerate() {
            let usage = import.ty.signature().and_then(|_| {
                functions.push(at);
                uses?.of(u32::try_from(functions.len() - 1).ok()?)
            });
            if !callable(&import.ty) {
                continue;
            }
            if graph.nodes.len() == MAX_IMPORTS {
                hidden += 1;
                continue;
            }
            let unreachable = usage.is_some_and(|usage| usage.reach == Reach::Unreachable);
            let shape = if unreachable {
                Shape::Unreachable
            } else {
                Shape::Import
            };
            let name = import.full_name();
            let group = given.get(name.as_str()).map(|given| given.join(", "));
            let node = graph.node(Key::Import(at), shape, &name);
            let group = group.unwrap_or_else(|| "no capability".to_owned());
            graph.groups.entry(group).or_default().push(node);
        }
        graph.leave_out(hidden, "import");
        let mut hidden = 0;
        for usage in uses.iter().flat_map(|uses| &uses.imports) {
            let import = functions.get(usage.function as usize).copied();
            for path in usage.paths.iter().take(paths) {
                let drawn = import.is_some_and(|import| graph.path(&labels, usage, import, path));
                hidden += usize::from(!drawn);
            }
        }
        graph.leave_out(hidden, "path");
        graph
    }

    fn leave_out(&mut self, count: usize, noun: &str) {
        if count > 0 {
            self.left_out.push(super::wording::count(count, noun));
        }
    }

    fn node(&mut self, key: Key, shape: Shape, label: &str) -> usize {
        let next = self.nodes.len();
        let node = *self.keys.entry(key).or_insert(next);
        if node == next {
            self.nodes.push(Node {
                shape,
                label: escape::line(label, MAX_LABEL),
            });
        }
        node
    }

    /// Draws a path to an import, if there is room for all of it.
    fn path(&mut self, labels: &Labels<'_>, usage: &ImportUse, import: usize, path: &Path) -> bool {
        let longest = path.steps.len().min(MAX_STEPS) + 2;
        if !self.keys.contains_key(&Key::Import(import)) || self.nodes.len() + longest > MAX_NODES {
            return false;
        }
        let (root, label, why) = match path.root {
            Root::Export(at) => {
                let export = labels.module().exports.get(at);
                (
                    Origin::Export(at),
                    export.map_or("", |one| one.name.as_str()),
                    None,
                )
            }
            Root::Start => (Origin::Start, "start section", None),
            Root::Host(why) => (Origin::Host, "host", Some(why)),
        };
        let mut before = self.node(Key::Root(root), Shape::Root, label);
        let (first, gap, last) = parts(&path.steps);
        let mut may = why;
        for (at, step) in first.iter().enumerate() {
            let name = labels.label(step.function);
            // An export that its function is named after stands for both.
            if at == 0 && name == label && step.function != usage.function {
                continue;
            }
            let node = self.step(step, usage, import, &name);
            self.edges.insert((before, node, may.take().or(step.may)));
            before = node;
        }
        if !gap.is_empty() {
            let label = format!("… {} more …", gap.len());
            let node = self.node(Key::Gap(self.nodes.len()), Shape::Function, &label);
            self.edges
                .insert((before, node, gap.iter().find_map(|step| step.may)));
            before = node;
        }
        for step in last {
            let node = self.step(step, usage, import, &labels.label(step.function));
            self.edges.insert((before, node, step.may));
            before = node;
        }
        true
    }

    fn step(&mut self, step: &Step, usage: &ImportUse, import: usize, name: &str) -> usize {
        if step.function == usage.function {
            self.node(Key::Import(import), Shape::Import, name)
        } else {
            self.node(Key::Function(step.function), Shape::Function, name)
        }
    }

    /// A node's name in the drawing: a letter and a number, whatever the module calls it.
    fn name(&self, node: usize) -> String {
        let letter = match self.nodes.get(node).map(|node| node.shape) {
            Some(Shape::Root) => 'e',
            Some(Shape::Function) => 'f',
            Some(Shape::Import | Shape::Unreachable) | None => 'i',
        };
        format!("{letter}{node}")
    }

    fn of_shape(&self, shape: Shape) -> impl Iterator<Item = (usize, &Node)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.shape == shape)
    }
}

/// The capabilities of each import, by its full name.
fn given(report: &ModuleReport) -> BTreeMap<&str, Vec<&str>> {
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &report.capabilities {
        for import in &row.imports {
            let all = given.entry(import).or_default();
            if all.last() != Some(&row.capability.as_str()) {
                all.push(&row.capability);
            }
        }
    }
    given
}

/// The first steps of a path, those that are left out, and the last.
fn parts(steps: &[Step]) -> (&[Step], &[Step], &[Step]) {
    if steps.len() <= MAX_STEPS {
        return (steps, &[], &[]);
    }
    let (first, rest) = steps.split_at(MAX_STEPS / 2);
    let (gap, last) = rest.split_at(steps.len() - MAX_STEPS);
    (first, gap, last)
}
