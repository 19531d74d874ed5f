#![allow(missing_docs)]
use std::{fs::File, path::Path, sync::Arc};
#[derive(Debug)]
pub struct Scratches;
#[derive(Debug)]
pub struct Scratch;
impl Scratches {
    pub fn open(_: Option<&Path>) -> Result<Self, std::io::Error> {
        Ok(Self)
    }
    pub fn fresh(&self) -> Result<Scratch, std::io::Error> {
        Ok(Scratch)
    }
    pub fn sweep(&self) {}
}
impl Scratch {
    pub fn folder(&self) -> Arc<File> {
        Arc::new(File::open("/tmp").unwrap())
    }
    pub fn remove(self) -> Result<(), std::io::Error> {
        Ok(())
    }
}
