//! The sizes that chunks come in.
//!
//! A class is as large as a whole number of them fills a page: what a page has left over is less
//! than eight bytes a chunk. Neighbours differ by at most a sixteenth and eight bytes, and above a
//! sixteenth of a page by at most an eighth. So a piece of n bytes wastes at most n / 8 + 8.

/// The bytes of a page, which belongs to one class at a time: with what an allocator adds and
/// rounds up to, two of them fit 64 KiB, by which WebAssembly memory grows.
pub const PAGE: usize = (1 << 15) - (1 << 9);
/// The largest class; what is larger is cut into pieces.
pub const PIECE_MAX: usize = PAGE / 8;
/// How many classes there are.
pub const CLASSES: usize = count_classes();

/// The smallest class.
const LEAST: usize = 16;

/// The size of each class, ascending.
const SIZES: [u16; CLASSES] = sizes();

/// Returns the least class that holds a piece of `length` bytes, at most [`PIECE_MAX`].
pub(super) fn class_of(length: usize) -> usize {
    debug_assert!(length <= PIECE_MAX, "what is larger is cut into pieces");
    SIZES.partition_point(|&size| usize::from(size) < length)
}

/// Returns the bytes of a chunk of `class`.
pub(super) fn size_of_class(class: usize) -> usize {
    usize::from(SIZES[class])
}

/// Returns how many chunks of `class` a page holds.
pub(super) fn chunks_in_page(class: usize) -> u32 {
    (PAGE / size_of_class(class)) as u32
}

/// Returns the class below one of `size` bytes.
const fn below(size: usize) -> usize {
    let mut count = PAGE / size + 1;
    let mut found = (PAGE / count) & !7;
    while found == size {
        count += 1;
        found = (PAGE / count) & !7;
    }
    loop {
        count += 1;
        let next = (PAGE / count) & !7;
        if next < LEAST || 16 * (size - 8) > 17 * next {
            return found;
        }
        found = next;
    }
}

const fn count_classes() -> usize {
    let (mut count, mut size) = (1, PIECE_MAX);
    while size > LEAST {
        size = below(size);
        count += 1;
    }
    count
}

const fn sizes() -> [u16; CLASSES] {
    let mut sizes = [0; CLASSES];
    let (mut at, mut size) = (CLASSES - 1, PIECE_MAX);
    while at > 0 {
        sizes[at] = size as u16;
        size = below(size);
        at -= 1;
    }
    sizes[0] = size as u16;
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_wastes_at_most_an_eighth_and_eight_bytes() {
        for length in 1..=PIECE_MAX {
            let size = size_of_class(class_of(length));
            assert!(size >= length, "{length} bytes do not fit {size}");
            let waste = size - length;
            assert!(waste <= length / 8 + 8 || size == LEAST, "{length} bytes take {size}");
            assert!(waste <= length / 16 + 8 || size > PAGE / 16 || size == LEAST, "{length}");
        }
    }

    #[test]
    fn a_page_has_less_than_eight_bytes_a_chunk_left_over() {
        for class in 0..CLASSES {
            let (size, count) = (size_of_class(class), chunks_in_page(class) as usize);
            assert!(PAGE - size * count < 8 * count, "{count} of {size}");
            assert!(64 * (PAGE - size * count) <= PAGE, "a 64th of the page for {size}");
            assert_eq!(size % 8, 0, "chunks are aligned");
        }
        assert_eq!((size_of_class(0), size_of_class(CLASSES - 1)), (LEAST, PIECE_MAX));
    }
}
