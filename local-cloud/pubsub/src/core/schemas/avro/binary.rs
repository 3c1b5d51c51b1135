//! Avro's binary encoding.

use super::{AvroError, AvroType, Kind, Type, deeper};

/// Maximum number of values in a message. Some values need no byte, so the size of the message does
/// not bound their number.
const VALUES_MAX: u64 = 20_000_000;

pub(super) fn check(types: &AvroType, data: &[u8]) -> Result<(), AvroError> {
    let mut reader = Reader { types, rest: data, values: 0 };
    reader.read(&types.root, 0)?;
    match reader.rest.len() {
        0 => Ok(()),
        bytes => Err(AvroError(format!("{bytes} bytes follow the value"))),
    }
}

struct Reader<'a> {
    types: &'a AvroType,
    rest: &'a [u8],
    values: u64,
}

impl<'a> Reader<'a> {
    fn read(&mut self, of: &'a Type, depth: usize) -> Result<(), AvroError> {
        let depth = deeper(depth)?;
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(AvroError(format!("it has more than {VALUES_MAX} values")));
        }
        match of {
            Type::Null => Ok(()),
            Type::Boolean => match self.take(1)? {
                [0 | 1] => Ok(()),
                _ => Err(AvroError("a boolean is neither 0 nor 1".to_owned())),
            },
            Type::Int => {
                let number = self.long()?;
                let fits = i32::try_from(number).map(drop);
                fits.map_err(|_| AvroError(format!("{number} is too large for an int")))
            }
            Type::Long => self.long().map(drop),
            Type::Float => self.take(4).map(drop),
            Type::Double => self.take(8).map(drop),
            Type::Bytes => self.bytes().map(drop),
            Type::String => self.string(),
            Type::Array(items) => self.blocks(|reader| reader.read(items, depth)),
            Type::Map(values) => self.blocks(|reader| {
                reader.string()?;
                reader.read(values, depth)
            }),
            Type::Union(branches) => {
                let index = self.long()?;
                let branch = usize::try_from(index).ok().and_then(|index| branches.get(index));
                let branch =
                    branch.ok_or_else(|| AvroError(format!("a union has no type {index}")))?;
                self.read(branch, depth)
            }
            Type::Named(index) => match self.types.kind(*index)? {
                Kind::Record(fields) => {
                    fields.iter().try_for_each(|field| self.read(&field.of, depth))
                }
                Kind::Enum { symbols, .. } => {
                    let index = self.long()?;
                    let is_symbol = usize::try_from(index).is_ok_and(|at| at < symbols.len());
                    if is_symbol {
                        Ok(())
                    } else {
                        Err(AvroError(format!("an enum has no symbol {index}")))
                    }
                }
                Kind::Fixed(size) => self.take(*size).map(drop),
            },
        }
    }

    /// Blocks of items, until an empty one. A negative count is followed by the size of its block.
    fn blocks(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), AvroError>,
    ) -> Result<(), AvroError> {
        loop {
            let count = self.long()?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                self.long()?;
            }
            for _ in 0..count.unsigned_abs() {
                item(self)?;
            }
        }
    }

    fn string(&mut self) -> Result<(), AvroError> {
        let text = std::str::from_utf8(self.bytes()?).map(drop);
        text.map_err(|_| AvroError("a string is not UTF-8".to_owned()))
    }

    fn bytes(&mut self) -> Result<&'a [u8], AvroError> {
        let length = self.long()?;
        let length =
            usize::try_from(length).map_err(|_| AvroError(format!("{length} is not a length")))?;
        self.take(length)
    }

    /// A variable-length number, in zig-zag form.
    fn long(&mut self) -> Result<i64, AvroError> {
        let mut encoded = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take(1)? else { break };
            encoded |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let sign = -i64::from(encoded & 1 == 1);
                return Ok((encoded >> 1).cast_signed() ^ sign);
            }
        }
        Err(AvroError("a number has more than 64 bits".to_owned()))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], AvroError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| AvroError("it ends within a value".to_owned()))?;
        self.rest = rest;
        Ok(taken)
    }
}
