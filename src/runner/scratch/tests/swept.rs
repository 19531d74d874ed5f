use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;

/// Names the folder in which `holds_a_scratch_until_it_is_killed` makes its scratch.
const CHILD: &str = "RINGFENCE_TEST_SCRATCHES";

/// A folder as a killed run leaves it: nobody holds its lock.
fn leave(scratches: &Scratches) -> PathBuf {
    let name = format!("{PREFIX}{}", random_name().unwrap());
    let path = scratches.parent.path().join(name);
    std::fs::create_dir(&path).unwrap();
    path
}

#[test]
fn a_sweep_removes_what_is_left_and_keeps_what_is_held() {
    let (_place, scratches) = place();
    let held = scratches.fresh().unwrap();
    std::fs::write(held.path().join("file"), "").unwrap();
    let left = leave(&scratches);
    std::fs::create_dir_all(left.join("a/b")).unwrap();
    let swept = scratches.sweep();
    assert_eq!((swept.removed, swept.failed), (1, 0));
    assert_eq!(names(&scratches), [held.name.as_str()]);
    assert!(held.path().join("file").exists());
    assert_eq!(scratches.sweep(), Swept::default());
}

#[test]
fn a_scratch_is_held_as_long_as_its_folder_is() {
    let (_place, scratches) = place();
    let scratch = scratches.fresh().unwrap();
    let folder = scratch.folder();
    let name = scratch.name.clone();
    // As when work of the guest is still on its way while the rest is dropped.
    std::mem::forget(scratch);
    scratches.sweep();
    assert_eq!(names(&scratches), [name]);
    drop(folder);
}

#[test]
fn a_sweep_touches_nothing_that_is_no_scratch() {
    let (place, scratches) = place();
    let parent = scratches.parent.path();
    let random = "0123456789abcdef0123456789abcdef";
    let outside = place.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    for name in ["other", "scratch-", "scratch-0", "scratch"] {
        std::fs::create_dir(parent.join(name)).unwrap();
    }
    std::fs::create_dir(parent.join(format!("{PREFIX}{}", random.to_uppercase()))).unwrap();
    std::fs::write(parent.join(format!("{PREFIX}{random}")), "").unwrap();
    symlink(&outside, parent.join(PREFIX.to_owned() + &"a".repeat(32))).unwrap();
    let before = names(&scratches);
    assert_eq!(scratches.sweep(), Swept::default());
    assert_eq!(names(&scratches), before);
    if rustix::process::geteuid().is_root() {
        let theirs = leave(&scratches);
        std::os::unix::fs::chown(&theirs, Some(65534), None).unwrap();
        assert_eq!(scratches.sweep(), Swept::default());
        assert!(theirs.exists());
    }
}

#[test]
fn a_sweep_is_bounded() {
    let (_place, scratches) = place();
    for _ in 0..70 {
        leave(&scratches);
    }
    assert_eq!(scratches.sweep().removed, 64);
    assert_eq!(scratches.sweep().removed, 6);
}

#[test]
fn a_lock_on_what_no_longer_has_the_name_is_none() {
    let (_place, scratches) = place();
    let (parent, path) = (&scratches.parent, leave(&scratches));
    let name = path.file_name().unwrap().to_str().unwrap();
    let handle = open_folder(parent.as_ref(), name).unwrap();
    std::fs::remove_dir(&path).unwrap();
    assert_eq!(lock(parent, name, &handle), Ok(false));
    std::fs::create_dir(&path).unwrap();
    assert_eq!(lock(parent, name, &handle), Ok(false));
    let handle = open_folder(parent.as_ref(), name).unwrap();
    assert_eq!(lock(parent, name, &handle), Ok(true));
}

#[test]
fn sweeps_and_fresh_scratches_do_not_get_in_each_others_way() {
    let (_place, scratches) = place();
    let until = Instant::now() + Duration::from_secs(1);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while Instant::now() < until {
                    leave(&scratches);
                    assert_eq!(scratches.sweep().failed, 0);
                }
            });
            threads.spawn(|| {
                while Instant::now() < until {
                    let scratch = scratches.fresh().unwrap();
                    touch(&scratch.folder().as_fd().try_clone_to_owned().unwrap(), "f");
                    assert!(scratch.path().join("f").exists());
                    scratch.remove().unwrap();
                }
            });
        }
    });
    while scratches.sweep().removed > 0 {}
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn a_killed_process_leaves_one_for_the_next_sweep() {
    let (_place, scratches) = place();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact"])
        .arg("runner::scratch::tests::swept::holds_a_scratch_until_it_is_killed")
        .env(CHILD, scratches.parent.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    let made = || {
        let names = names(&scratches);
        names
            .first()
            .is_some_and(|name| scratches.parent.path().join(name).join("file").exists())
    };
    while !made() {
        assert!(Instant::now() < until, "the child made no scratch");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(scratches.sweep(), Swept::default());
    assert_eq!(names(&scratches).len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(names(&scratches).len(), 1);
    assert_eq!(scratches.sweep().removed, 1);
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
#[ignore = "the child of a_killed_process_leaves_one_for_the_next_sweep"]
fn holds_a_scratch_until_it_is_killed() {
    let Some(parent) = std::env::var_os(CHILD) else {
        return;
    };
    let scratches = Scratches::open(Some(Path::new(&parent))).unwrap();
    let scratch = scratches.fresh().unwrap();
    std::fs::write(scratch.path().join("file"), "text").unwrap();
    std::thread::sleep(Duration::from_mins(2));
}
