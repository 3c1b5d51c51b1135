//! What builds install without a source is shared by the local clouds of a user.

use rustix::process::Signal;

use super::{Home, Up, longshore, text};

#[test]
fn a_new_local_cloud_uses_the_framework_that_another_one_has_installed() {
    let (first, second) = (Home::new(), Home::new());
    let cache = first.0.path().join("cache");
    for (home, said) in [
        (&first, "Installing the Functions Framework."),
        (&second, "Functions Framework is up to date, skipping installation."),
    ] {
        let (up, _says) = Up::start_with(home, &["--build-cache", cache.to_str().unwrap()]);
        let source = crate::support::function(home.0.path(), "hello");
        let deployed = longshore(&home.data_dir())
            .args(["deploy", "--name", "hello", "--entry-point", "hello"])
            .arg(source)
            .output()
            .unwrap();
        assert_eq!(deployed.status.code(), Some(0), "{}", text(&deployed.stderr));
        let log = longshore(&home.data_dir()).args(["logs", "hello", "--build"]).output().unwrap();
        assert!(text(&log.stdout).contains(said), "{said}: {}", text(&log.stdout));
        up.signal(Signal::INT);
        assert_eq!(up.wait(), 0);
    }
}
