//! Iterates over a tensor in memory order, with an offset into another tensor for each element.
//!
//! The offset is a sum with one term per axis, so one table per axis suffices: stride · index for a transpose,
//! another index for a slice or a gather, stride 0 for an axis that is broadcast or summed over, [`NOWHERE`] in
//! padding. Layers that move values walk through the output and read at the offsets; reductions walk through the
//! input and accumulate at the offsets. The tables are built once per shape.

use crate::tensor::Shape;

/// The offset of an element that has none, because it is padding.
pub const NOWHERE: u32 = u32::MAX;

/// Inner axes are merged into one row of at most this many elements: long rows are fast, and their table stays in
/// cache.
const ROW: usize = 4096;

/// Offsets into another tensor, for every element of a tensor.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The tables of the outer axes, from the outermost.
    outer: Vec<Vec<u32>>,
    rows: usize,
    /// Offsets of a row's elements, relative to the row.
    row: Vec<u32>,
    /// Whether the offsets of a row are contiguous.
    even: bool,
}

impl Walk {
    /// A walk through a tensor of shape `walked`; `tables` has an offset for every index of each axis, in NCHW
    /// order.
    pub fn new(walked: &Shape, mut tables: Vec<Vec<u32>>) -> Self {
        let lying = walked.memory_order();
        let mut outer: Vec<Vec<u32>> = lying.iter().map(|&axis| std::mem::take(&mut tables[axis])).collect();
        let mut row = vec![0];
        while let Some(table) = outer.pop_if(|table| table.len() * row.len() <= ROW || row.len() == 1) {
            row = table.iter().flat_map(|&outer| row.iter().map(move |&inner| join(outer, inner))).collect();
        }
        let rows = outer.iter().map(Vec::len).product();
        let even = row[0] != NOWHERE && row.iter().zip(row[0]..).all(|(&place, even)| place == even);
        Walk { outer, rows, row, even }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Offsets of a row's elements, relative to [`Walk::base`].
    pub fn row(&self) -> &[u32] {
        &self.row
    }

    /// The offset of the row at index `row`.
    pub fn base(&self, mut row: usize) -> u32 {
        self.outer.iter().rev().fold(0, |sum, table| {
            let index = row % table.len();
            row /= table.len();
            join(sum, table[index])
        })
    }

    /// The values at the offsets of the row at index `row`, and `blank` for elements without an offset: a slice of
    /// `x` if the offsets are contiguous, otherwise gathered into `room`.
    pub fn fetch<'a>(&self, row: usize, x: &'a [f32], blank: f32, room: &'a mut [f32]) -> &'a [f32] {
        let base = self.base(row);
        let length = self.row.len();
        if self.even && base != NOWHERE {
            return &x[(base + self.row[0]) as usize..][..length];
        }
        let room = &mut room[..length];
        for (to, &place) in room.iter_mut().zip(&self.row) {
            let place = join(base, place);
            *to = if place == NOWHERE { blank } else { x[place as usize] };
        }
        room
    }

    /// `y[index] = x[offset]`, or `blank` without an offset.
    pub fn gather(&self, x: &[f32], blank: f32, y: &mut [f32]) {
        for (row, y) in y.chunks_exact_mut(self.row.len()).enumerate() {
            // Contiguous rows are copied; other rows are gathered directly into `y`.
            if self.even {
                let base = self.base(row);
                match base {
                    NOWHERE => y.fill(blank),
                    _ => y.copy_from_slice(&x[(base + self.row[0]) as usize..][..y.len()]),
                }
            } else {
                self.fetch(row, x, blank, y);
            }
        }
    }

    /// `y[offset] = x[index]`, or `y[offset] += x[index]` with `add`.
    pub fn scatter(&self, x: &[f32], add: bool, y: &mut [f32]) {
        self.each(|number, place| {
            let y = &mut y[place];
            *y = if add { *y + x[number] } else { x[number] };
        });
    }

    /// `y[index] += x[offset]`.
    pub fn gather_add(&self, x: &[f32], y: &mut [f32]) {
        self.each(|number, place| y[number] += x[place]);
    }

    /// Every element that has an offset, with its offset.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        for row in 0..self.rows {
            let base = self.base(row);
            for (index, &place) in self.row.iter().enumerate() {
                let place = join(base, place);
                if place != NOWHERE {
                    f(row * self.row.len() + index, place as usize);
                }
            }
        }
    }
}

/// A sum of offsets is [`NOWHERE`] if one of them is.
#[inline(always)]
fn join(a: u32, b: u32) -> u32 {
    if a == NOWHERE || b == NOWHERE { NOWHERE } else { a + b }
}

/// The table of an axis that reads `indices` of another axis, whose stride is `stride`.
pub fn table(indices: impl Iterator<Item = usize>, stride: usize) -> Vec<u32> {
    indices.map(|index| (index * stride) as u32).collect()
}

/// Tables from a tensor of shape `to` into one of shape `from` that is broadcast to it: axes are matched from the
/// last, and an axis of size 1 is read for every index (ONNX, *Multidirectional Broadcasting*).
pub fn broadcast(from: &Shape, to: &Shape) -> Vec<Vec<u32>> {
    let (axes, strides) = (from.axes(), from.strides());
    let missing = to.rank() - from.rank();
    let stride = |axis: usize| match axis.checked_sub(missing) {
        Some(axis) if axes[axis] > 1 => strides[axis],
        _ => 0,
    };
    to.axes().iter().enumerate().map(|(axis, &size)| table(0..size, stride(axis))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    fn counted(shape: &[usize]) -> Tensor {
        let numbers: Vec<f32> = (0..shape.iter().product()).map(|i| i as f32).collect();
        Tensor::from_row_major(Shape::new(shape), &numbers).unwrap()
    }

    #[test]
    fn walks_follow_memory_order_for_any_rank_and_row_length() {
        for shape in [&[][..], &[7], &[3, 5], &[2, 3, 5, 7], &[1, 70, 9, 80], &[2, 1, 3, 2, 5]] {
            let x = counted(shape);
            let mut order: Vec<usize> = (0..shape.len()).collect();
            order.reverse();
            let mut y =
                Tensor::zeros(Shape::new(order.iter().map(|&a| shape[a]).collect::<Vec<_>>())).unwrap();
            let strides = x.shape().strides();
            let tables = order.iter().map(|&axis| table(0..shape[axis], strides[axis])).collect();
            let walk = Walk::new(y.shape(), tables);
            walk.gather(x.data(), 0.0, y.data_mut());
            assert_eq!(y.view(), x.view().reversed_axes());
            let mut back = Tensor::zeros(Shape::new(shape)).unwrap();
            walk.scatter(y.data(), false, back.data_mut());
            assert_eq!(back, x);
        }
    }

    #[test]
    fn elements_without_an_offset_are_blank() {
        let walk = Walk::new(&Shape::from([2, 3]), vec![vec![NOWHERE, 0], vec![NOWHERE, 0, 1]]);
        let mut y = [0.0; 6];
        walk.gather(&[5.0, 6.0], 9.0, &mut y);
        assert_eq!(y, [9.0, 9.0, 9.0, 9.0, 5.0, 6.0]);
        let mut x = [0.0; 2];
        walk.scatter(&y, true, &mut x);
        assert_eq!(x, [5.0, 6.0]);
    }

    #[test]
    fn broadcasting_matches_axes_from_the_last() {
        let (a, to) = (counted(&[3, 1]), Shape::from([2, 2, 3, 4]));
        let mut y = Tensor::zeros(to.clone()).unwrap();
        Walk::new(&to, broadcast(a.shape(), &to)).gather(a.data(), 0.0, y.data_mut());
        assert_eq!(y.view(), a.view().broadcast(ndarray::IxDyn(to.axes())).unwrap());
    }
}
