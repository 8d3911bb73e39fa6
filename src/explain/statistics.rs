//! Statistics of the values of a layer, or of one of its maps.

use crate::error::{Error, Result};
use crate::layers::explain::Grid;
use crate::tensor::Tensor;

/// Number of bins of a histogram.
pub const BINS: usize = 32;

/// Summary statistics. Non-finite values are counted, and excluded from everything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Number of finite values.
    pub count: usize,
    /// Number of non-finite values.
    pub strange: usize,
    /// The minimum; 0 if there are no finite values.
    pub least: f32,
    /// The mean; 0 if there are no finite values.
    pub mean: f64,
    /// The maximum; 0 if there are no finite values.
    pub greatest: f32,
    /// Number of zeros.
    pub zeros: usize,
    /// A histogram with bins of equal width from the minimum to the maximum; if those are equal, all values are in
    /// the first bin.
    pub bins: [u32; BINS],
}

/// The statistics of a tensor's first image, or of one map of it.
///
/// # Errors
/// [`Error::Mismatch`] for a map that does not exist, and before the first run.
pub fn statistics(tensor: &Tensor, channel: Option<usize>) -> Result<Statistics> {
    let grid = Grid::of(tensor.shape());
    let maps = match channel {
        Some(channel) if channel < grid.channels => channel..channel + 1,
        Some(channel) => {
            return Err(Error::mismatch("statistics", format!("one of {} maps", grid.channels), channel));
        }
        None => 0..grid.channels,
    };
    if tensor.data().is_empty() {
        return Err(Error::mismatch("statistics", "a run to look into", "none yet"));
    }
    let area = grid.area();
    let numbers = || (maps.start * area..maps.end * area).map(|place| grid.read(tensor, grid.cell(place)));
    let finite = || numbers().filter(|number| number.is_finite());
    let count = finite().count();
    let (least, greatest) = finite().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, greatest), number| {
        (least.min(number), greatest.max(number))
    });
    let [least, greatest] = [least, greatest].map(|end| if count > 0 { end } else { 0.0 });
    let width = (f64::from(greatest) - f64::from(least)) / BINS as f64;
    let mut bins = [0; BINS];
    for number in finite() {
        // The NaN of a division by a width of zero becomes the first bin.
        let bin = ((f64::from(number) - f64::from(least)) / width) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    Ok(Statistics {
        count,
        strange: numbers().count() - count,
        least,
        mean: finite().map(f64::from).sum::<f64>() / count.max(1) as f64,
        greatest,
        zeros: finite().filter(|&number| number == 0.0).count(),
        bins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_map_and_all_maps_are_summarized() {
        let numbers = [0.0, 1.0, 2.0, 3.0, -4.0, 0.0, 0.0, 4.0];
        let tensor = Tensor::from_row_major([1, 2, 2, 2], &numbers).unwrap();
        let all = statistics(&tensor, None).unwrap();
        assert_eq!((all.count, all.least, all.mean, all.greatest, all.zeros), (8, -4.0, 0.75, 4.0, 3));
        assert_eq!(all.bins.iter().sum::<u32>(), 8);
        assert_eq!((all.bins[0], all.bins[16], all.bins[31]), (1, 3, 1));
        let first = statistics(&tensor, Some(0)).unwrap();
        assert_eq!((first.least, first.mean, first.greatest, first.zeros), (0.0, 1.5, 3.0, 1));
        assert!(statistics(&tensor, Some(2)).is_err());
    }

    #[test]
    fn constant_and_non_finite_values_are_summarized() {
        let constant = Tensor::from_row_major([1, 3], &[7.0; 3]).unwrap();
        let found = statistics(&constant, None).unwrap();
        assert_eq!((found.least, found.greatest, found.bins[0]), (7.0, 7.0, 3));
        let strange = Tensor::from_row_major([1, 3], &[f32::NAN, f32::INFINITY, 2.0]).unwrap();
        let found = statistics(&strange, None).unwrap();
        assert_eq!((found.count, found.strange, found.mean), (1, 2, 2.0));
        let nothing = Tensor::from_row_major([1, 1], &[f32::NAN]).unwrap();
        assert_eq!(statistics(&nothing, None).unwrap().least, 0.0);
    }
}
