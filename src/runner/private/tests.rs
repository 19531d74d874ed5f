use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn creates_itself_and_its_parents_for_this_user_alone() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a/b/c");
    Private::open(&path).unwrap();
    for path in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&place.path().join(path)), 0o700, "{path}");
    }
    Private::open(&path).unwrap();
}

#[test]
fn refuses_a_folder_that_is_open_to_others_and_leaves_it_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    for open in [0o755, 0o710, 0o701, 0o770, 0o666, 0o644] {
        chmod(place.path(), open);
        let error = Private::open(place.path()).unwrap_err();
        if rustix::process::geteuid().is_root() || open & 0o500 == 0o500 {
            assert!(
                matches!(error, FolderError::OpenToOthers { mode, .. } if mode == open),
                "{open:o}: {error}"
            );
        }
        assert_eq!(mode(place.path()), open);
    }
    chmod(place.path(), 0o700);
    Private::open(place.path()).unwrap();
}

#[test]
fn says_what_to_do_about_a_folder_that_is_open_to_others() {
    use miette::Diagnostic as _;
    let place = tempfile::tempdir().unwrap();
    chmod(place.path(), 0o755);
    let error = Private::open(place.path()).unwrap_err();
    assert!(error.to_string().contains("mode 0755"), "{error}");
    let help = error.help().unwrap().to_string();
    assert!(help.contains("chmod 700 "), "{help}");
}

#[test]
fn refuses_another_users_folder() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("theirs");
    std::fs::create_dir(&path).unwrap();
    // Only root can give one away; for others, root's own folder is another user's.
    let path = if rustix::process::geteuid().is_root() {
        chmod(&path, 0o700);
        std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
        path
    } else {
        PathBuf::from("/usr")
    };
    let error = Private::open(&path).unwrap_err();
    assert!(matches!(error, FolderError::Foreign { .. }), "{error}");
}

#[test]
fn follows_no_link_also_before_a_slash() {
    let place = tempfile::tempdir().unwrap();
    let (real, link) = (place.path().join("real"), place.path().join("link"));
    Private::open(&real).unwrap();
    symlink(&real, &link).unwrap();
    for path in [link.clone(), link.join(""), link.join(".")] {
        let error = Private::open(&path).unwrap_err();
        assert!(matches!(error, FolderError::Unusable { .. }), "{error}");
    }
    let dangling = place.path().join("dangling");
    symlink(place.path().join("nowhere"), &dangling).unwrap();
    Private::open(&dangling).unwrap_err();
    assert!(!place.path().join("nowhere").exists());
}

#[test]
fn refuses_what_is_no_folder() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("file");
    std::fs::write(&path, "").unwrap();
    chmod(&path, 0o700);
    Private::open(&path).unwrap_err();
    Private::open(&path.join("below")).unwrap_err();
}

#[test]
fn empty_and_relative_variables_count_as_unset() {
    assert_eq!(folder_of(None), None);
    assert_eq!(folder_of(Some("".into())), None);
    assert_eq!(folder_of(Some("cache".into())), None);
    assert_eq!(folder_of(Some("/c".into())), Some("/c".into()));
}

#[test]
fn random_names_differ_and_have_128_bits() {
    let (one, other) = (random_name().unwrap(), random_name().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.len(), 32);
    assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
}
