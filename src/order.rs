//! A stable sort that is compiled once. The standard library's sorts are faster, but are compiled for every type and
//! comparison, which makes the first downloaded binary larger.

/// The indices 0 to `count` sorted by `before`: a bottom-up merge sort. Equal elements keep their order.
pub(crate) fn in_order(count: usize, before: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut run = 1;
    while run < count {
        for pair in order.chunks(2 * run) {
            let (mut left, mut right) = pair.split_at(run.min(pair.len()));
            while let (Some(&a), Some(&b)) = (left.first(), right.first()) {
                if before(b, a) {
                    merged.push(b);
                    right = &right[1..];
                } else {
                    merged.push(a);
                    left = &left[1..];
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(&mut order, &mut merged);
        merged.clear();
        run *= 2;
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_standard_stable_sort(keys in prop::collection::vec(0u8..9, 0..40)) {
            let mut sorted: Vec<usize> = (0..keys.len()).collect();
            sorted.sort_by_key(|&index| keys[index]);
            prop_assert_eq!(in_order(keys.len(), &|a, b| keys[a] < keys[b]), sorted);
        }
    }
}
