//! Files of this machine.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_local_sandbox::{PrivateDirectories, Sandbox, Toolchains, View};

use crate::support::{
    complete_launcher, environment, is_root, launcher, private_dir, run, shell, writable,
};

const CANARY: &str = "CANARY-5599";

#[tokio::test]
async fn files_outside_are_not_seen_whatever_path_and_links_name() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let home = dir.join("home");
    fs::create_dir_all(home.join(".ssh")).unwrap();
    fs::write(home.join(".ssh/id_rsa"), CANARY).unwrap();
    let image = dir.join("image");
    fs::create_dir_all(image.join("workspace/bin")).unwrap();
    // A bind mount follows each of them.
    symlink(&home, image.join("hosthome")).unwrap();
    symlink(&home, image.join("workspace/link")).unwrap();
    symlink(home.join(".ssh/id_rsa"), image.join("key")).unwrap();

    let script = format!(
        "cat '{0}/.ssh/id_rsa' /hosthome/.ssh/id_rsa /workspace/link/.ssh/id_rsa /key; ls '{0}'; \
         readlink /hosthome; ls /root /home /run /var /mnt 2>&1",
        home.display()
    );
    let path = format!("/usr/bin:/bin:{}:{}:/root:/run", home.display(), dir.display());
    let sandbox =
        shell(&script, View::of_image(&image)).environment(environment(&[("PATH", &path)]));
    let done = run(&launcher, &sandbox).await;
    assert!(!done.stdout.contains(CANARY) && !done.stdout.contains(".ssh"), "{done:?}");
    assert!(done.stdout.starts_with(&home.display().to_string()), "a link is a link: {done:?}");
    assert_eq!(done.stdout.matches("No such file").count(), 5, "{done:?}");
}

#[tokio::test]
async fn an_image_sees_its_own_files_and_cannot_change_them() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let image = dir.join("image");
    fs::create_dir_all(image.join("workspace")).unwrap();
    fs::write(image.join("workspace/file"), "mine").unwrap();
    fs::set_permissions(image.join("workspace/file"), fs::Permissions::from_mode(0o600)).unwrap();
    launcher.hand_over(&image).unwrap();
    fs::write(image.join("workspace/program"), "#!/bin/sh\necho runs\n").unwrap();
    fs::set_permissions(image.join("workspace/program"), fs::Permissions::from_mode(0o755))
        .unwrap();
    let script = "/workspace/program; cat /workspace/file; (echo x > /workspace/new) 2>/dev/null || echo x > /usr/new; \
                  echo kept > /tmp/x && cat /tmp/x; echo x > /new && echo also";
    let done = run(&launcher, &shell(script, View::of_image(&image))).await;
    assert_eq!(done.stdout, "runs\nminekept\nalso\n", "{done:?}");
    let done = run(&launcher, &shell("echo x > /new", View::of_image(&image).fixed_root())).await;
    assert_ne!(done.code(), Some(0), "{done:?}");
    assert!(!image.join("workspace/new").exists() && !Path::new("/usr/new").exists());
}

#[tokio::test]
async fn etc_holds_what_runtimes_need_and_no_secret() {
    let Some(launcher) = complete_launcher() else { return };
    let script = "cat /etc/passwd; echo; ls /etc; ls /etc/ssl; cat /etc/shadow; id -un; \
                  echo x > /etc/new";
    let done = run(&launcher, &shell(script, View::of_host())).await;
    for secret in ["shadow", "sudoers", "ssh\n", "private\n", "crontab"] {
        assert!(!done.stdout.contains(secret), "{secret}: {done:?}");
    }
    for needed in ["nobody:x:65534", "hosts\n", "nsswitch.conf\n", "passwd\n", "group\n"] {
        assert!(done.stdout.contains(needed), "{needed}: {done:?}");
    }
    assert_eq!(done.stdout.matches("longshore:x:").count(), 1, "{done:?}");
    assert_ne!(done.code(), Some(0));
}

#[tokio::test]
async fn a_function_sees_a_toolchain_without_the_credentials_beside_it() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let (image, node) = (dir.join("image"), dir.join("nvm/node/v20"));
    for directory in [image.join("workspace"), node.join("bin"), node.join("etc")] {
        fs::create_dir_all(directory).unwrap();
    }
    fs::write(node.join("bin/node"), "a program\n").unwrap();
    for settings in ["etc/npmrc", "pip.conf"] {
        fs::write(node.join(settings), CANARY).unwrap();
    }
    let mut toolchains = Toolchains::default();
    toolchains.record(&node.join("bin/node"), &PrivateDirectories::default());
    let script = format!("cd '{}' && cat bin/node etc/npmrc pip.conf", node.display());
    let of_function = View::of_image(&image).toolchains(&toolchains);
    let done = run(&launcher, &shell(&script, of_function)).await;
    assert_eq!((done.code(), done.stdout.as_str()), (Some(0), "a program\n"), "{done:?}");
    // A build uses the registries.
    let done = run(&launcher, &shell(&script, View::of_host().toolchains(&toolchains))).await;
    assert_eq!(done.stdout, format!("a program\n{CANARY}{CANARY}"), "{done:?}");
}

#[tokio::test]
async fn only_writable_directories_can_be_written_and_outside_sees_it() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let workspace = writable(&launcher, &dir, "workspace");
    let tmp = writable(&launcher, &dir, "tmp");
    fs::create_dir(dir.join("shared")).unwrap();
    let view = View::of_host()
        .writable(&workspace, &workspace)
        .writable(&tmp, Path::new("/tmp"))
        .read_only(&dir.join("shared"), &workspace.join("shared"))
        .fixed_root();
    let script = "pwd; echo 1 > made; echo 2 > /tmp/made; echo 3 > shared/made; echo 4 > /made";
    let done = run(&launcher, &shell(script, view).directory(&workspace)).await;
    assert_eq!(done.stdout, format!("{}\n", workspace.display()), "{done:?}");
    assert_eq!(fs::read_to_string(workspace.join("made")).unwrap(), "1\n");
    assert_eq!(fs::read_to_string(tmp.join("made")).unwrap(), "2\n");
    assert!(!dir.join("shared/made").exists() && !Path::new("/made").exists());
}

#[tokio::test]
async fn a_file_is_mounted_in_the_middle_of_an_image_and_of_etc() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let image = dir.join("image");
    fs::create_dir_all(image.join("workspace/a")).unwrap();
    fs::write(image.join("workspace/a/old"), "old ").unwrap();
    fs::create_dir(dir.join("secrets")).unwrap();
    fs::write(dir.join("secrets/key"), "key ").unwrap();
    let view = View::of_image(&image)
        .read_only(&dir.join("secrets"), Path::new("/workspace/a/secrets"))
        .read_only(&dir.join("secrets"), Path::new("/etc/ssl/private"))
        .read_only(&dir.join("secrets"), Path::new("/secrets"));
    let script = "cat /workspace/a/old /workspace/a/secrets/key /etc/ssl/private/key /secrets/key; \
                  ls /etc/ssl/certs > /dev/null && echo x > /secrets/key";
    let done = run(&launcher, &shell(script, view)).await;
    assert_eq!(done.stdout, "old key key key ", "{done:?}");
    assert_ne!(done.code(), Some(0), "a secret is read-only");
}

#[tokio::test]
async fn a_mount_through_a_link_of_the_image_is_an_error() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    fs::create_dir_all(dir.join("image/workspace")).unwrap();
    symlink("/oldroot/tmp", dir.join("image/workspace/link")).unwrap();
    let view =
        View::of_image(&dir.join("image")).read_only(&dir, Path::new("/workspace/link/secret"));
    let error = launcher.start(&shell("true", view)).await.unwrap_err();
    assert!(error.to_string().contains("a link stands"), "{error}");
}

/// A program with the libraries that `ldd` names, as a system of its own without a shell.
#[tokio::test]
async fn an_image_with_a_system_of_its_own_sees_nothing_of_the_hosts() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let image = dir.join("image");
    let cat = Path::new("/bin/cat").canonicalize().unwrap();
    let libraries = Command::new("ldd").arg(&cat).output().unwrap().stdout;
    let libraries = String::from_utf8(libraries).unwrap();
    let files = libraries.split_whitespace().filter(|word| word.starts_with('/'));
    for file in files.map(PathBuf::from).chain([cat.clone()]) {
        let target = image.join(file.strip_prefix("/").unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
    fs::create_dir_all(image.join("usr/share")).unwrap();
    fs::create_dir_all(image.join("etc")).unwrap();
    fs::write(image.join("etc/passwd"), "of the image\n").unwrap();
    let words =
        [cat.to_str().unwrap(), "/etc/passwd", "/etc/hosts", "/usr/bin/env", "/etc/services"];
    let done = run(&launcher, &Sandbox::new(words, View::of_image(&image))).await;
    let hosts = fs::read_to_string("/etc/hosts").unwrap();
    assert_eq!(done.stdout, format!("of the image\n{hosts}"), "{done:?}");
}

#[tokio::test]
async fn roots_own_files_are_unreadable_even_where_they_are_shown() {
    let Some(launcher) = complete_launcher() else { return };
    if !is_root() {
        return println!("skipped: not root");
    }
    let (_dir, dir) = private_dir();
    fs::create_dir(dir.join("shown")).unwrap();
    fs::write(dir.join("shown/key"), CANARY).unwrap();
    fs::set_permissions(dir.join("shown/key"), fs::Permissions::from_mode(0o600)).unwrap();
    let view = View::of_host().read_only(&dir.join("shown"), Path::new("/shown"));
    let done = run(&launcher, &shell("ls /shown; cat /shown/key; id -u", view)).await;
    assert_eq!(done.stdout, "key\n65521\n", "{done:?}");
}
