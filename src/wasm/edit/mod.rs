//! Changing a module's bytes: imports, functions, exports and limits go or come, fuel is counted, and everything else is
//! copied as it is. What is written is for others to audit again.

mod apply;
mod body;
mod bytes;
mod change;
mod charge;
mod cost;
mod declared;
mod elements;
mod frames;
mod fuel;
mod layout;
mod names;
#[cfg(test)]
mod tests;
mod unmeter;

pub use apply::edit as apply;
pub use body::Meter;
pub use change::{Edit, Exported, NewFunction, NewGlobal, Numbering, Target};
pub use cost::{HOST_CALL, MODEL};
pub use fuel::{
    Counted, EXHAUSTED, FUEL, RECORD, count_fuel, counted, is_counted, record, without_record,
};
pub use layout::Layout;
