//! Lines of a command's output, bounded in length and together.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

/// How much of an output is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputBounds {
    /// A longer line comes in pieces of this length. Zero counts as one.
    pub line_bytes: u64,
    /// Output beyond this is read and discarded, so that the command does not block.
    pub total_bytes: u64,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A line with its end, or a piece of one that is too long.
    Line(Vec<u8>),
    /// The bound was reached. Returned once.
    Cut,
}

/// Reads an output piece by piece.
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<R>,
    line_bytes: u64,
    left_bytes: u64,
    is_cut: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    #[must_use]
    pub fn new(reader: R, bounds: OutputBounds) -> Self {
        Self {
            reader: BufReader::new(reader),
            line_bytes: bounds.line_bytes.max(1),
            left_bytes: bounds.total_bytes,
            is_cut: false,
        }
    }

    /// The next piece, or `None` at the end. Not cancel-safe: a part of a line may be lost.
    ///
    /// # Errors
    /// When the pipe cannot be read.
    pub async fn next(&mut self) -> io::Result<Option<Output>> {
        let bound = self.line_bytes.min(self.left_bytes);
        if bound == 0 {
            return self.pass_over().await;
        }
        let mut line = Vec::new();
        let read = (&mut self.reader).take(bound).read_until(b'\n', &mut line).await?;
        self.left_bytes -= read as u64;
        Ok((read > 0).then_some(Output::Line(line)))
    }

    async fn pass_over(&mut self) -> io::Result<Option<Output>> {
        let is_more = !self.reader.fill_buf().await?.is_empty();
        if is_more && !self.is_cut {
            self.is_cut = true;
            return Ok(Some(Output::Cut));
        }
        drain(&mut self.reader).await?;
        Ok(None)
    }
}

async fn drain(mut reader: impl AsyncBufRead + Unpin) -> io::Result<()> {
    loop {
        let read = reader.fill_buf().await?.len();
        if read == 0 {
            return Ok(());
        }
        reader.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pieces(text: &str, line_bytes: u64, total_bytes: u64) -> Vec<String> {
        let mut lines = Lines::new(text.as_bytes(), OutputBounds { line_bytes, total_bytes });
        let mut found = Vec::new();
        while let Some(piece) = lines.next().await.unwrap() {
            found.push(match piece {
                Output::Line(line) => String::from_utf8(line).unwrap(),
                Output::Cut => "…".to_owned(),
            });
        }
        found
    }

    #[tokio::test]
    async fn output_is_bounded_in_each_line_and_together() {
        assert_eq!(pieces("a\nbc", 10, 10).await, ["a\n", "bc"]);
        assert_eq!(pieces("abcde\nf\n", 3, 100).await, ["abc", "de\n", "f\n"]);
        assert_eq!(pieces("ab\ncd\nef\n", 10, 4).await, ["ab\n", "c", "…"]);
        assert_eq!(pieces("ab\n", 10, 3).await, ["ab\n"]);
        assert!(pieces("", 0, 0).await.is_empty());
    }
}
