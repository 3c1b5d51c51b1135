//! A local server for archives and repositories. Its certificate is signed by the test's own
//! authority.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::Digest as _;

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/sources/server.py");

/// Creates an authority, and a certificate for `localhost` that it signs.
const CERTIFICATES: &str = "
set -e
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -days 2 -subj '/CN=authority of a test' -keyout ca.key -out ca.pem
openssl req -new $key -subj /CN=localhost -keyout key.pem -out request.pem
printf 'subjectAltName=DNS:localhost\\nbasicConstraints=CA:FALSE\\n' > extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out cert.pem
";

/// Creates three commits with a tag on the first, a symbolic link and a submodule.
const REPOSITORY: &str = r#"
set -e
git init --quiet -b main work
cd work
git config user.name t; git config user.email t@example.com
mkdir -p functions/hello
cp ../main.py functions/hello/main.py
git add -A; git commit --quiet -m first; git tag v1; git rev-parse HEAD
echo changed > functions/hello/main.py
git commit --quiet -am second; git rev-parse HEAD
ln -s /etc functions/link
mkdir sub; echo x > sub/main.py
git add -A
git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub/lib
git commit --quiet -m third; git rev-parse HEAD
git clone --quiet --bare . ../git/repository.git
"#;

/// The running server, stopped on drop.
pub(crate) struct Forge {
    folder: tempfile::TempDir,
    process: Child,
    pub(crate) port: u16,
}

impl Forge {
    /// Prints the reason and returns `None` if a tool is missing.
    #[expect(clippy::print_stdout, reason = "prints skipped tests")]
    pub(crate) fn start() -> Option<Self> {
        for (tool, version) in
            [("python3", "--version"), ("openssl", "version"), ("git", "--version")]
        {
            if !Command::new(tool).arg(version).output().is_ok_and(|output| output.status.success())
            {
                println!("skipped: {tool} is missing, so no server can be started");
                return None;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        for name in ["files", "git"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        shell(CERTIFICATES, folder.path());
        let mut process = Command::new("python3")
            .arg(SERVER)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Some(Self { folder, process, port: port.trim().parse().expect("the server did not start") })
    }

    /// The settings that an uploader needs to fetch from this server.
    pub(crate) fn settings(&self) -> [(&'static str, String); 3] {
        let host = format!("localhost:{}", self.port);
        let authority = self.folder.path().join("ca.pem").display().to_string();
        [
            ("LONGSHORE_SOURCE_HOSTS", host.clone()),
            ("LONGSHORE_SOURCE_PRIVATE_HOSTS", host),
            ("LONGSHORE_SOURCE_CA_FILE", authority),
        ]
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/{path}", self.port)
    }

    /// Adds a file, and returns its digest.
    pub(crate) fn put(&self, name: &str, content: &[u8]) -> String {
        fs::write(self.folder.path().join("files").join(name), content).unwrap();
        sha2::Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Adds a tar.gz of these files, and returns its digest.
    pub(crate) fn tar_gz(&self, name: &str, files: &[(&str, &str)]) -> String {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        self.put(name, &builder.into_inner().unwrap().finish().unwrap())
    }

    /// Creates `repository.git`, and returns its commits.
    pub(crate) fn repository(&self, main: &str) -> Vec<String> {
        fs::File::create(self.folder.path().join("main.py"))
            .unwrap()
            .write_all(main.as_bytes())
            .unwrap();
        let commits = shell(REPOSITORY, self.folder.path());
        commits.lines().map(str::to_owned).collect()
    }

    /// Whether git's HTTP server is installed.
    pub(crate) fn serves_git(&self) -> bool {
        let path = Command::new("git").arg("--exec-path").output().unwrap().stdout;
        PathBuf::from(String::from_utf8(path).unwrap().trim_end()).join("git-http-backend").exists()
    }

    /// Every request that was received, one per line.
    pub(crate) fn requests(&self) -> String {
        fs::read_to_string(self.folder.path().join("requests.log")).unwrap_or_default()
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // The server exits at the end of its input. If it failed, there is nothing left to do.
        let _ = self.process.wait();
    }
}

/// Runs a script without the machine's git configuration, and returns its output.
fn shell(script: &str, folder: &Path) -> String {
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
