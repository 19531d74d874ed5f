//! `builtin: read_file` from the guest's side.

use super::*;
use crate::runner::sample;

fn ask(root: &std::path::Path, path: &str, space: i32) -> (i32, Vec<u8>) {
    let arguments =
        "{name: path, role: path, ptr: 0, len: 1}, {name: out, role: out-buffer, ptr: 2, len: 3}";
    let more = format!(
        ", on_deny: {{return: -9}}, provider: {{builtin: read_file, root: {}, max: 8}}",
        root.display()
    );
    let module = guest(4, path.as_bytes());
    let runner = sample::runner(&module, &policy(arguments, &more));
    tokio().block_on(async {
        let Ok(mut instance) = runner.start(Invocation::default()).await else {
            panic!("it did not start")
        };
        let numbers = [AT, length(path.as_bytes()), OUT, space];
        let number = word(&mut instance, "run", &numbers).await;
        (number, peek(&mut instance, OUT, 10).await)
    })
}

#[test]
fn a_file_comes_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("sub")).unwrap();
    for (name, size) in [("eight", 8), ("nine", 9), ("empty", 0)] {
        std::fs::write(root.join("sub").join(name), vec![b'x'; size]).unwrap();
    }
    std::os::unix::fs::symlink("eight", root.join("sub/link")).unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let whole = b"xxxxxxxx\0\0".to_vec();
    let nothing = vec![0; 10];
    for (path, space, number, content) in [
        ("/sub/eight", 8, 8, &whole),
        ("sub//./eight", 4096, 8, &whole),
        ("/sub/eight", 7, -2, &nothing),
        ("/sub/nine", 4096, -2, &nothing),
        ("/sub/empty", 0, 0, &nothing),
        ("/sub/link", 8, -1, &nothing),
        ("/sub", 8, -1, &nothing),
        ("/", 8, -1, &nothing),
        ("/SUB/eight", 8, -1, &nothing),
        ("/../secret", 8, -9, &nothing),
        ("/sub/../../secret", 8, -9, &nothing),
        ("/sub/eight\0", 8, -9, &nothing),
    ] {
        let found = ask(&root, path, space);
        assert_eq!(found, (number, content.clone()), "{path:?} {space}");
    }
}
