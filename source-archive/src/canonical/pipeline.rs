//! The threads that compress and write an archive.
//!
//! ```text
//! caller ──blocks──▶ compressing threads ──chunks──▶ writing thread
//!    └──────────────── files in order ──────────────────▲
//! ```
//!
//! The caller hands over one file after the other. Each file is compressed on its own, by any
//! thread, and written in the order of the files, so the bytes do not depend on the number of
//! threads.
//!
//! All queues are bounded, so memory does not depend on the source: at most [`QUEUED_FILES`] files
//! and one for each thread wait with their blocks, and [`UNWRITTEN_FILES`] with their chunks. No
//! thread waits in a circle: the file that is written next was handed over completely before any
//! later one, and a thread took it before any later one.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::format::{self, Content, Header};
use crate::PackError;
use crate::sink::{Filled, Sink};

/// Level 4 takes a fifth more time to save 3 %. Another level changes the digest of every source.
const DEFLATE_LEVEL: u32 = 3;

/// Files that wait for a thread that compresses them.
const QUEUED_FILES: usize = 8;

/// Files whose compressed content waits for its turn. Enough for threads to go on while one
/// compresses a file of average size beside small ones.
const UNWRITTEN_FILES: usize = 16;

/// Blocks of one file that wait to be compressed: 1 MiB, so that files up to this size are
/// compressed beside each other.
const WAITING_BLOCKS: usize = 16;

/// Size of a piece of compressed content. Small files have one piece.
const CHUNK_BYTES: usize = 64 << 10;

/// Chunks of one file that wait to be written: 1 MiB.
const WAITING_CHUNKS: usize = 16;

/// The threads have stopped before the archive was finished.
#[derive(Debug)]
pub(super) struct Stopped;

/// The caller's end. Dropping it waits for the threads.
pub(super) struct Pipeline {
    /// Dropped to tell the threads that there are no more files.
    queues: Option<Queues>,
    compressing: Vec<JoinHandle<()>>,
    writing: Option<JoinHandle<Written>>,
}

struct Queues {
    compress: SyncSender<Job>,
    write: SyncSender<Pending>,
}

/// A file to compress.
struct Job {
    blocks: Receiver<Block>,
    chunks: SyncSender<Chunk>,
}

/// A file to write.
struct Pending {
    name: String,
    executable: bool,
    chunks: Receiver<Chunk>,
}

enum Block {
    Data(Vec<u8>),
    End,
}

enum Chunk {
    Data(Vec<u8>),
    End { crc32: u32, uncompressed_bytes: u32 },
}

/// How the writing thread ended.
enum Written {
    All(Filled),
    Failed(PackError),
    /// A file has no end, because its caller or its thread ended first.
    Abandoned,
}

/// The file that is being handed over.
pub(super) struct File(SyncSender<Block>);

impl File {
    pub(super) fn send(&mut self, block: Vec<u8>) -> Result<(), Stopped> {
        self.0.send(Block::Data(block)).map_err(|_| Stopped)
    }

    /// A file that is dropped without this is not written.
    pub(super) fn end(self) -> Result<(), Stopped> {
        self.0.send(Block::End).map_err(|_| Stopped)
    }
}

impl Pipeline {
    /// # Errors
    /// The system's, if it cannot start a thread.
    pub(super) fn start(threads: usize, sink: Sink) -> io::Result<Self> {
        let (compress, jobs) = sync_channel::<Job>(QUEUED_FILES);
        let (write, files) = sync_channel::<Pending>(UNWRITTEN_FILES);
        let jobs = Arc::new(Mutex::new(jobs));
        let mut pipeline = Self {
            queues: Some(Queues { compress, write }),
            compressing: Vec::new(),
            writing: None,
        };
        let writing = Builder::new().name("archive-write".to_owned());
        pipeline.writing = Some(writing.spawn(move || write_all(&files, sink))?);
        for _ in 0..threads.max(1) {
            let jobs = Arc::clone(&jobs);
            let compressing = Builder::new().name("archive-deflate".to_owned());
            pipeline.compressing.push(compressing.spawn(move || compress_all(&jobs))?);
        }
        Ok(pipeline)
    }

    /// Begins the next file. Waits while too many are unwritten.
    pub(super) fn begin(&self, name: &str, executable: bool) -> Result<File, Stopped> {
        let queues = self.queues.as_ref().ok_or(Stopped)?;
        let (to_compress, blocks) = sync_channel(WAITING_BLOCKS);
        let (to_write, chunks) = sync_channel(WAITING_CHUNKS);
        let pending = Pending { name: name.to_owned(), executable, chunks };
        queues.write.send(pending).map_err(|_| Stopped)?;
        queues.compress.send(Job { blocks, chunks: to_write }).map_err(|_| Stopped)?;
        Ok(File(to_compress))
    }

    /// Ends the threads, after they have processed what they have, and returns their error.
    pub(super) fn stop(&mut self) -> Option<PackError> {
        match self.join() {
            Written::Failed(error) => Some(error),
            Written::All(_) | Written::Abandoned => None,
        }
    }

    pub(super) fn finish(mut self) -> Result<Filled, PackError> {
        match self.join() {
            Written::All(filled) => Ok(filled),
            Written::Failed(error) => Err(error),
            Written::Abandoned => Err(lost()),
        }
    }

    fn join(&mut self) -> Written {
        self.queues = None;
        for thread in self.compressing.drain(..) {
            // A panic was reported on standard error, and its file is abandoned.
            let _reported = thread.join();
        }
        let written = self.writing.take().and_then(|thread| thread.join().ok());
        written.unwrap_or(Written::Abandoned)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.join();
    }
}

/// The error of an archive one of whose threads is gone.
pub(super) fn lost() -> PackError {
    PackError::Scratch(io::Error::other("a thread that writes the archive has ended"))
}

fn compress_all(jobs: &Mutex<Receiver<Job>>) {
    // One encoder for all files of a thread: its tables have some 300 KiB.
    let mut encoder = DeflateEncoder::new(Chunks::none(), Compression::new(DEFLATE_LEVEL));
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if compress(job, &mut encoder).is_err() {
            return;
        }
    }
}

fn compress(job: Job, encoder: &mut DeflateEncoder<Chunks>) -> io::Result<()> {
    *encoder.get_mut() = Chunks { to: Some(job.chunks), waiting: Vec::new() };
    let mut crc = Crc::new();
    loop {
        match job.blocks.recv().map_err(|_| stopped())? {
            Block::Data(block) => {
                crc.update(&block);
                encoder.write_all(&block)?;
            }
            Block::End => {
                return encoder.reset(Chunks::none())?.end(&crc);
            }
        }
    }
}

/// Collects compressed content.
struct Chunks {
    to: Option<SyncSender<Chunk>>,
    waiting: Vec<u8>,
}

impl Chunks {
    /// For the time between two files.
    fn none() -> Self {
        Self { to: None, waiting: Vec::new() }
    }

    fn send(&self, chunk: Chunk) -> io::Result<()> {
        let to = self.to.as_ref().ok_or_else(stopped)?;
        to.send(chunk).map_err(|_| stopped())
    }

    fn end(mut self, crc: &Crc) -> io::Result<()> {
        if !self.waiting.is_empty() {
            let rest = std::mem::take(&mut self.waiting);
            self.send(Chunk::Data(rest))?;
        }
        self.send(Chunk::End { crc32: crc.sum(), uncompressed_bytes: crc.amount() })
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK_BYTES {
            let full = std::mem::take(&mut self.waiting);
            self.send(Chunk::Data(full))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stopped() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

fn write_all(files: &Receiver<Pending>, mut sink: Sink) -> Written {
    let mut directory = Vec::new();
    let mut entries = 0;
    for file in files {
        match write(&file, &mut sink, &mut directory) {
            Ok(true) => entries += 1,
            Ok(false) => return Written::Abandoned,
            Err(error) => return Written::Failed(error),
        }
    }
    match close(entries, &directory, sink) {
        Ok(filled) => Written::All(filled),
        Err(error) => Written::Failed(error),
    }
}

/// Returns whether the file was written to its end.
fn write(file: &Pending, sink: &mut Sink, directory: &mut Vec<u8>) -> Result<bool, PackError> {
    let Pending { name, executable, chunks } = file;
    let header = Header { name, executable: *executable };
    let offset = sink.position();
    sink.write(&header.local())?;
    let begin = sink.position();
    for chunk in chunks {
        match chunk {
            Chunk::Data(data) => sink.write(&data)?,
            Chunk::End { crc32, uncompressed_bytes } => {
                let compressed_bytes = sink.position() - begin;
                let content = Content { crc32, compressed_bytes, uncompressed_bytes };
                sink.write(&content.descriptor())?;
                header.central(content, offset, directory);
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn close(entries: usize, directory: &[u8], mut sink: Sink) -> Result<Filled, PackError> {
    let offset = sink.position();
    sink.write(directory)?;
    let directory_bytes = sink.position() - offset;
    sink.write(&format::end_record(entries, directory_bytes, offset))?;
    sink.finish()
}
