//! The layout of images in a buffer.

/// The sizes of the images that a kernel reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Number of images.
    pub count: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Channels of a pixel.
    pub channels: usize,
}

impl Images {
    /// Images with the axes `[N, C, H, W]` of a shape.
    pub fn from_nchw([count, channels, height, width]: [usize; 4]) -> Self {
        Images { count, height, width, channels }
    }

    /// Number of pixels of all images.
    pub fn pixels(&self) -> usize {
        self.count * self.height * self.width
    }

    /// Number of values in a row.
    pub fn row(&self) -> usize {
        self.width * self.channels
    }

    /// Number of values in an image.
    pub fn image(&self) -> usize {
        self.height * self.row()
    }

    /// Number of values in all images.
    pub fn len(&self) -> usize {
        self.count * self.image()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The layout of images in a buffer, possibly inside a border of zeros or between other channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The sizes of the images.
    pub images: Images,
    /// Offset of the first value of the first image.
    pub first: usize,
    /// Distance from one pixel to the next.
    pub pixel: usize,
    /// Distance from one row to the next.
    pub row: usize,
    /// Distance from one image to the next.
    pub image: usize,
}

/// The width of the border on each side of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Border {
    /// Rows above.
    pub top: usize,
    /// Columns to the left.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Border {
    /// Whether the border is empty.
    pub fn is_empty(&self) -> bool {
        *self == Border::default()
    }

    /// The border with this many additional cells on every side.
    #[must_use]
    pub fn grown(self, by: usize) -> Border {
        let Border { top, left, bottom, right } = self;
        Border { top: top + by, left: left + by, bottom: bottom + by, right: right + by }
    }

    /// The smallest border that contains both.
    #[must_use]
    pub fn or(self, other: Border) -> Border {
        Border {
            top: self.top.max(other.top),
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.max(other.right),
        }
    }
}

impl View {
    /// Images stored one after the other without gaps.
    pub fn packed(images: Images) -> Self {
        View::bordered(images, Border::default())
    }

    /// Images that each have their own border.
    pub fn bordered(images: Images, border: Border) -> Self {
        // Sizes too large for memory saturate here without overflow; the allocation rejects them.
        let pixel = images.channels;
        let row = (border.left + images.width + border.right).saturating_mul(pixel);
        let image = (border.top + images.height + border.bottom).saturating_mul(row);
        let first = border.top.saturating_mul(row).saturating_add(border.left.saturating_mul(pixel));
        View { images, first, pixel, row, image }
    }

    /// The same images, with this many cells of the border included.
    #[must_use]
    pub fn grown(mut self, by: usize) -> Self {
        self.first -= by * (self.row + self.pixel);
        self.images.height += 2 * by;
        self.images.width += 2 * by;
        self
    }

    /// A range of the channels, as images of their own.
    #[must_use]
    pub fn channels(mut self, first: usize, count: usize) -> Self {
        self.first += first;
        self.images.channels = count;
        self
    }

    /// The offset of a pixel.
    #[inline(always)]
    pub fn at(&self, image: usize, row: usize, column: usize) -> usize {
        self.first + image * self.image + row * self.row + column * self.pixel
    }

    /// The length of a contiguous run of values, and the number of such runs in a row.
    #[inline(always)]
    pub fn runs(&self) -> (usize, usize) {
        let Images { width, channels, .. } = self.images;
        if self.pixel == channels { (width * channels, 1) } else { (channels, width) }
    }

    /// Calls `f` with the offsets of each run here and in another view of images of the same size.
    #[inline(always)]
    pub fn each_run(&self, other: &View, mut f: impl FnMut(usize, usize, usize)) {
        let (run, runs) = if self.runs().1 >= other.runs().1 { self.runs() } else { other.runs() };
        for image in 0..self.images.count {
            for row in 0..self.images.height {
                for column in 0..runs {
                    f(self.at(image, row, column), other.at(image, row, column), run);
                }
            }
        }
    }
}
