//! Which code can run: the call graph, what is reached in it from outside, and the paths that show it.

mod graph;

pub(super) use graph::Graph;
