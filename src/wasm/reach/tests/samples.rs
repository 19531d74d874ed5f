//! What real compilers make.

use super::told;
use crate::wasm::{Module, Reach, decode};

fn sample(name: &str) -> Module {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules");
    decode(&std::fs::read(folder.join(name).join("plugin.wasm")).unwrap())
}

/// Names and uses of a module's imported functions.
fn uses(name: &str) -> Vec<(String, String)> {
    let module = sample(name);
    let imports = module
        .imports
        .iter()
        .filter(|import| import.ty.signature().is_some());
    imports
        .zip(0..)
        .map(|(import, at)| (import.name.clone(), told(&module, at)))
        .collect()
}

#[test]
fn dump() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        if std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("sample-modules")
            .join(&name)
            .join("plugin.wasm")
            .exists()
        {
            println!("== {name}");
            for (import, told) in uses(&name) {
                println!("{import}: {told}");
            }
        }
    }
    if let Ok(path) = std::env::var("DUMP") {
        for path in path.split(' ') {
            let module = decode(&std::fs::read(path).unwrap());
            println!("== {path}");
            for (import, at) in module
                .imports
                .iter()
                .filter(|import| import.ty.signature().is_some())
                .zip(0..)
            {
                println!("{}: {}", import.name, told(&module, at));
            }
        }
    }
    assert!(matches!(Reach::Likely, Reach::Likely));
}
