//! `Words`: how a call names a secret, as it was written but for the letters' case: the quick way to a kept
//! value.

/// The words of a call, lower-cased. Longer ones have no quick way.
pub(crate) struct Words {
    bytes: [u8; Words::MAX],
    length: usize,
}

impl Words {
    const MAX: usize = 256;

    pub fn new(vault: &str, name: Option<&str>, version: Option<&str>) -> Option<Self> {
        let mut words = Self {
            bytes: [0; Self::MAX],
            length: 0,
        };
        // Each ends with a NUL, which none can hold; one that is missing is not one that is empty.
        for word in [Some(vault), name, version] {
            let (mark, word) = match word {
                Some(word) => (b'=', word.as_bytes()),
                None => (b'-', &[][..]),
            };
            let end = words.length + word.len() + 2;
            let room = words.bytes.get_mut(words.length..end)?;
            room[0] = mark;
            for (to, from) in room[1..].iter_mut().zip(word) {
                *to = from.to_ascii_lowercase();
            }
            words.length = end;
        }
        Some(words)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
