#![allow(missing_docs)]
#[derive(Debug)]
pub struct Cache;
#[derive(Debug)]
pub enum CacheUse {
    Hit,
    Miss,
    Refused(String),
}
impl Cache {
    pub fn open(_: Option<&std::path::Path>) -> Result<Self, std::io::Error> {
        Ok(Self)
    }
    pub fn module(
        &self,
        engine: &wasmtime::Engine,
        _: &[u8; 32],
        bytes: &[u8],
    ) -> wasmtime::Result<(wasmtime::Module, CacheUse)> {
        Ok((
            wasmtime::Module::from_binary(engine, bytes)?,
            CacheUse::Miss,
        ))
    }
}
