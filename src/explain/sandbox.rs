//! Calculations for single convolutions: the output size of a window, and the savings of a bottleneck.

use crate::error::Result;
use crate::graph::Builder;
use crate::graph::cost::cost;
use crate::kernels::geometry::Axis;
use crate::layers::Conv;

/// The output size, in cells per side, of a square map of `size` cells per side, for a window with these settings.
///
/// # Errors
/// [`Error::Mismatch`](crate::Error::Mismatch) for invalid settings, with the reason.
pub fn windows(size: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> Result<usize> {
    let axis = Axis { kernel, stride, before: padding, after: padding, dilation, ceil: false };
    axis.windows("conv", size)
}

/// Multiplications of a 5×5 convolution from 28×28×192 to 32 channels: directly, and after a 1×1 convolution to
/// `channels` channels (Szegedy et al. 2015, section 4; the course's example).
///
/// # Errors
/// [`Error::Mismatch`](crate::Error::Mismatch) for 0 or too many channels.
pub fn bottleneck(channels: usize) -> Result<[u64; 2]> {
    let input = || Builder::new("bottleneck", "maps", [1, 192, 28, 28]);
    let wide = || Conv::new(32, 5).padding(2);
    let direct = input().then("5x5", wide()).build()?;
    let narrow = input().then("1x1", Conv::new(channels, 1)).then("5x5", wide()).build()?;
    Ok([cost(&direct).macs, cost(&narrow).macs])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_course_has_the_same_numbers() {
        assert_eq!(bottleneck(16).unwrap(), [120_422_400, 12_443_648]);
        assert!(bottleneck(0).is_err());
        assert_eq!(windows(32, 5, 1, 0, 1).unwrap(), 28);
        assert_eq!(windows(28, 5, 1, 2, 1).unwrap(), 28);
        assert_eq!(windows(28, 3, 2, 0, 2).unwrap(), 12);
        assert!(windows(4, 5, 1, 0, 1).unwrap_err().to_string().contains("at least 5"));
        assert!(windows(4, 0, 1, 0, 1).is_err());
    }
}
