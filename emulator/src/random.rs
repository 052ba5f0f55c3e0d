//! Random bytes and the texts made of them: GUIDs, versions, folder names, token signatures.
//! All of it comes from ring's generator, so a token or a version can never be guessed.

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut buffer)
        .expect("the operating system gives random bytes");
    buffer
}

/// 32 lower-case hexadecimal digits: the form of a secret's version.
pub(crate) fn hex32() -> String {
    hex(&bytes::<16>())
}

/// A random GUID (version 4), lower case with hyphens: tenants, client ids, request ids.
pub(crate) fn guid() -> String {
    let mut raw = bytes::<16>();
    raw[6] = raw[6] & 0x0f | 0x40;
    raw[8] = raw[8] & 0x3f | 0x80;
    let digits = hex(&raw);
    format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(raw: &[u8]) -> String {
    raw.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_guid_has_the_form_of_version_4() {
        let guid = super::guid();
        let lengths: Vec<usize> = guid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(guid.as_bytes()[14] == b'4', "{guid}");
        assert!(b"89ab".contains(&guid.as_bytes()[19]), "{guid}");
    }

    #[test]
    fn no_two_values_are_alike() {
        assert_ne!(super::hex32(), super::hex32());
        assert_ne!(super::guid(), super::guid());
    }
}
