//! IDX, the format of MNIST: a magic number with type and rank, the sizes of the axes, and the data.
//!
//! Specified at <http://yann.lecun.com/exdb/mnist/>: `00 00 type rank`, then the size of each axis in 32 bits, big-endian.

use std::fmt::Display;

use crate::error::{Error, Result};

/// The largest file in bytes; MNIST's training images have 47 MB.
pub const MAX_BYTES: u64 = 1 << 30;

/// The type byte of unsigned bytes, the type of pixels and labels.
const UNSIGNED_BYTE: u8 = 0x08;

/// The number of classes: ten digits.
const CLASSES: u8 = 10;

/// Grey images of equal size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// The number of images.
    pub count: usize,
    /// The height in pixels.
    pub rows: usize,
    /// The width in pixels.
    pub columns: usize,
    /// The pixels, image by image and row by row; 0 is background, 255 is stroke.
    pub pixels: Vec<u8>,
}

impl Images {
    /// Iterates over the pixels of each image.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.rows * self.columns)
    }
}

/// Images with labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The images.
    pub images: Images,
    /// The digit of each image, 0 to 9.
    pub labels: Vec<u8>,
}

impl Dataset {
    /// Splits off the last `count` images as a held-out set.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when there are `count` images or fewer.
    pub fn keep_back(&mut self, count: usize) -> Result<Dataset> {
        let Images { count: all, rows, columns, .. } = self.images;
        if all <= count {
            return Err(Error::mismatch("data", format!("more than {count} images"), all));
        }
        let first = all - count;
        self.images.count = first;
        let pixels = self.images.pixels.split_off(first * rows * columns);
        Ok(Dataset { images: Images { count, rows, columns, pixels }, labels: self.labels.split_off(first) })
    }
}

/// Reads images.
///
/// # Errors
/// [`Error::Malformed`] for bytes that are not an IDX file of unsigned bytes with rank 3, or whose length is not that of its
/// header; [`Error::TooLarge`] above [`MAX_BYTES`].
pub fn images(bytes: &[u8]) -> Result<Images> {
    let (axes, pixels) = parse(bytes, Content::Images)?;
    let [count, rows, columns] = axes.map(|axis| axis as usize);
    if rows == 0 || columns == 0 {
        return Err(malformed("images of at least one pixel", format!("{rows}×{columns}")));
    }
    Ok(Images { count, rows, columns, pixels: pixels.to_vec() })
}

/// Reads labels.
///
/// # Errors
/// As [`images`], for rank 1.
pub fn labels(bytes: &[u8]) -> Result<Vec<u8>> {
    let (_, labels) = parse::<1>(bytes, Content::Labels)?;
    Ok(labels.to_vec())
}

/// Combines images with their labels.
///
/// # Errors
/// [`Error::Mismatch`] when the counts differ, or a label is not a digit.
pub fn pair(images: Images, labels: Vec<u8>) -> Result<Dataset> {
    if images.count != labels.len() {
        return Err(Error::mismatch(
            "data",
            format!("{} labels, one per image", images.count),
            format!("{} labels", labels.len()),
        ));
    }
    if let Some(image) = labels.iter().position(|&label| label >= CLASSES) {
        return Err(Error::mismatch(
            "data",
            "labels 0 to 9",
            format!("label {} of image {image}", labels[image]),
        ));
    }
    Ok(Dataset { images, labels })
}

#[derive(Clone, Copy, PartialEq)]
enum Content {
    Images,
    Labels,
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Content::Images => "images (three axes)",
            Content::Labels => "labels (one axis)",
        }
    }
}

/// The sizes of the axes and the data; their product is the number of bytes.
fn parse<const RANK: usize>(bytes: &[u8], content: Content) -> Result<([u32; RANK], &[u8])> {
    let size = bytes.len() as u64;
    if size > MAX_BYTES {
        return Err(Box::new(Error::TooLarge {
            what: "the file".into(),
            limit: format!("{MAX_BYTES} bytes"),
            found: format!("{size} bytes"),
        }));
    }
    let rest = check_magic(bytes, RANK, content)?;
    let Some((axes, data)) = rest.split_at_checked(4 * RANK) else {
        return Err(malformed(
            format!("the sizes of {RANK} axes"),
            format!("a file of {size} bytes (truncated)"),
        ));
    };
    let (axes, _) = axes.as_chunks::<4>();
    let axes: [u32; RANK] = std::array::from_fn(|axis| u32::from_be_bytes(axes[axis]));
    let expected = axes.iter().try_fold(1u64, |product, &axis| product.checked_mul(axis.into()));
    let shape = axes.map(|axis| axis.to_string()).join("×");
    match expected {
        Some(expected) if expected == data.len() as u64 => Ok((axes, data)),
        Some(expected) if expected < data.len() as u64 => {
            Err(malformed(format!("{expected} bytes for {shape}"), format!("{} bytes", data.len())))
        }
        Some(expected) => Err(malformed(
            format!("{expected} bytes for {shape}"),
            format!("{} bytes (truncated)", data.len()),
        )),
        None => Err(malformed(
            "a size of at most 2⁶⁴ bytes",
            format!("{shape} in a file of {} bytes (truncated)", data.len()),
        )),
    }
}

/// Checks the first four bytes and returns the rest. The error names the kind of file that was found.
fn check_magic(bytes: &[u8], rank: usize, content: Content) -> Result<&[u8]> {
    let expected = content.name();
    match bytes {
        [0, 0, UNSIGNED_BYTE, found, rest @ ..] if usize::from(*found) == rank => Ok(rest),
        [0, 0, UNSIGNED_BYTE, 3, ..] => Err(malformed(expected, Content::Images.name())),
        [0, 0, UNSIGNED_BYTE, 1, ..] => Err(malformed(expected, Content::Labels.name())),
        [0, 0, UNSIGNED_BYTE, found, ..] => Err(malformed(expected, format!("{found} axes"))),
        [0, 0, kind, _, ..] => Err(malformed(
            format!("{expected} as unsigned bytes (type 0x08)"),
            format!("type 0x{kind:02x}{}", type_name(*kind)),
        )),
        [0x1f, 0x8b, ..] => Err(malformed(expected, "a gzip file; unpack it first (gzip -d)")),
        [a, b, c, d, ..] => {
            Err(malformed(expected, format!("the first bytes {a:02x} {b:02x} {c:02x} {d:02x}")))
        }
        _ => Err(malformed(expected, format!("a file of {} bytes", bytes.len()))),
    }
}

fn type_name(kind: u8) -> &'static str {
    match kind {
        0x09 => " (signed bytes)",
        0x0b => " (16-bit integers)",
        0x0c => " (32-bit integers)",
        0x0d => " (32-bit floats)",
        0x0e => " (64-bit floats)",
        _ => "",
    }
}

fn malformed(expected: impl Display, found: impl Display) -> Box<Error> {
    Error::malformed("IDX", expected, found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn idx(kind: u8, axes: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, axes.len() as u8];
        bytes.extend(axes.iter().flat_map(|axis| axis.to_be_bytes()));
        bytes.extend(data);
        bytes
    }

    #[test]
    fn images_and_labels_are_read() {
        let images = images(&idx(8, &[2, 1, 3], &[0, 1, 2, 3, 4, 255])).unwrap();
        assert_eq!((images.count, images.rows, images.columns), (2, 1, 3));
        assert_eq!(images.iter().nth(1).unwrap(), [3, 4, 255]);
        let labels = labels(&idx(8, &[2], &[7, 9])).unwrap();
        assert_eq!(pair(images, labels).unwrap().labels, [7, 9]);
    }

    #[test]
    fn unequal_counts_and_labels_out_of_range_are_refused() {
        let three = images(&idx(8, &[3, 1, 1], &[0; 3])).unwrap();
        let message = pair(three.clone(), vec![1; 4]).unwrap_err().to_string();
        assert!(message.contains('3') && message.contains('4'), "{message}");
        let message = pair(three, vec![1, 10, 2]).unwrap_err().to_string();
        assert!(message.contains("10") && message.contains("image 1"), "{message}");
    }

    #[test]
    fn an_empty_set_is_accepted() {
        assert_eq!(images(&idx(8, &[0, 28, 28], &[])).unwrap().iter().len(), 0);
    }

    #[test]
    fn an_error_names_the_kind_of_file_found() {
        let image = idx(8, &[1, 1, 1], &[0]);
        for (message, words) in [
            (labels(&image).unwrap_err(), "expected labels (one axis), found images"),
            (images(&[0x1f, 0x8b, 8, 0]).unwrap_err(), "gzip"),
            (images(&idx(0x0d, &[1, 1, 1], &[0; 4])).unwrap_err(), "32-bit floats"),
            (images(&image[..9]).unwrap_err(), "truncated"),
            (images(&idx(8, &[u32::MAX; 3], &[])).unwrap_err(), "truncated"),
            (images(&idx(8, &[1, 1, 1], &[0; 2])).unwrap_err(), "expected 1 bytes"),
            (images(b"<!").unwrap_err(), "2 bytes"),
        ] {
            let message = message.to_string();
            assert!(message.contains(words), "{message}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(rank in 0u8..5, bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let bytes = [&[0, 0, UNSIGNED_BYTE, rank], &bytes[..]].concat();
            let _ = (images(&bytes), labels(&bytes));
        }
    }
}
