//! Structs, arrays, references of the host's and exceptions in which functions and numbers move. For engines with a garbage
//! collector.

use super::body::Body;
use super::plan::Value;

/// The declarations, which come after all others of their kind.
pub const TYPES: &str = "  (type $box (struct (field (mut funcref)) (field (mut i32))))\n  (type $row (array (mut funcref)))\n";
pub const TAGS: &str =
    "  (tag $narrow (param i32))\n  (tag $wide (param i64))\n  (tag $bearing (param funcref))\n";
/// The locals of each function that has them.
pub const LOCALS: &str =
    "(local $caught exnref) (local $held (ref null $box)) (local $list (ref null $row))";

impl Body<'_> {
    fn boxed(&mut self, depth: usize) -> String {
        match self.stream.below(6) {
            0 | 1 => {
                let function = self.function_reference(Value::Func, depth.saturating_sub(1));
                let number = self.value(Value::I32, true, 0);
                format!("(struct.new $box {function}{number})")
            }
            2 => {
                let outside = self.value(Value::Extern, false, depth.saturating_sub(1));
                format!("(ref.cast (ref null $box) (any.convert_extern {outside}))")
            }
            _ => "(local.get $held)".to_owned(),
        }
    }

    fn row(&mut self, depth: usize) -> String {
        let segments: Vec<usize> = (0..self.plan.segments.len()).collect();
        match (
            self.stream.below(6),
            self.stream.pick_any(&segments).copied(),
        ) {
            (0 | 1, Some(segment)) => {
                format!("(array.new_elem $row $s{segment} (i32.const 0) (i32.const 1))")
            }
            (2, _) => {
                let function = self.function_reference(Value::Func, depth.saturating_sub(1));
                format!("(array.new $row {function}(i32.const 2))")
            }
            _ => "(local.get $list)".to_owned(),
        }
    }

    /// A function out of an object or an exception.
    pub fn function_in_object(&mut self, depth: usize) -> String {
        match self.stream.below(5) {
            0 | 1 => format!("(struct.get $box 0 {})", self.boxed(depth)),
            2 | 3 => format!("(array.get $row {} (i32.const 0))", self.row(depth)),
            _ => {
                let name = self.name();
                let thrown = self.function_reference(Value::Func, depth.saturating_sub(1));
                format!(
                    "(block {name} (result funcref) (try_table (catch $bearing {name}) \
                     (throw $bearing {thrown}))(unreachable))"
                )
            }
        }
    }

    /// A number out of an object.
    pub fn number_in_object(&mut self, depth: usize) -> String {
        format!("(struct.get $box 1 {})", self.boxed(depth))
    }

    /// Something of the host's, or that could be.
    pub fn outside(&mut self, depth: usize) -> String {
        let gives = |callee: &usize| self.plan.ty(*callee).results == [Value::Extern];
        let callees: Vec<usize> = self.callees().into_iter().filter(gives).collect();
        match (
            self.stream.below(4),
            self.stream.pick_any(&callees).copied(),
        ) {
            (0, _) => "(ref.null extern)".to_owned(),
            (1 | 2, Some(callee)) if depth > 0 => self.call(callee, depth - 1).0,
            _ => format!("(extern.convert_any {})", self.boxed(depth)),
        }
    }

    /// An object that changes.
    pub fn object_change(&mut self) -> String {
        let function = self.function_reference(Value::Func, 1);
        let segments: Vec<usize> = (0..self.plan.segments.len()).collect();
        match (
            self.stream.below(8),
            self.stream.pick_any(&segments).copied(),
        ) {
            (0 | 1, _) => format!("(local.set $held {})", self.boxed(2)),
            (2 | 3, _) => format!("(local.set $list {})", self.row(2)),
            (4, _) => format!("(struct.set $box 0 {}{function})", self.boxed(1)),
            (5, Some(segment)) => format!(
                "(array.init_elem $row $s{segment} {}(i32.const 0) (i32.const 0) (i32.const 1))",
                self.row(1)
            ),
            (6, _) => format!(
                "(array.copy $row $row {}(i32.const 0) {}(i32.const 0) (i32.const 1))",
                self.row(1),
                self.row(1)
            ),
            _ => format!("(array.set $row {}(i32.const 0) {function})", self.row(1)),
        }
    }
}
