//! How images lie in a buffer.

/// What a kernel needs to know of the images it reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Images side by side in memory.
    pub count: usize,
    /// Rows of one image.
    pub height: usize,
    /// Columns of one image.
    pub width: usize,
    /// Numbers at one pixel.
    pub channels: usize,
}

impl Images {
    /// From a shape's axes `[N, C, H, W]`.
    pub fn from_nchw([count, channels, height, width]: [usize; 4]) -> Self {
        Images { count, height, width, channels }
    }

    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.count * self.height * self.width
    }

    /// Numbers in one row.
    pub fn row(&self) -> usize {
        self.width * self.channels
    }

    /// Numbers in one image.
    pub fn image(&self) -> usize {
        self.height * self.row()
    }

    /// Numbers in all images.
    pub fn len(&self) -> usize {
        self.count * self.image()
    }

    /// Whether there is not one number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How images lie in a buffer: perhaps inside a border of zeros, perhaps between the channels of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The images.
    pub images: Images,
    /// Where the first number of the first image lies.
    pub first: usize,
    /// From one pixel to the next.
    pub pixel: usize,
    /// From one row to the next.
    pub row: usize,
    /// From one image to the next.
    pub image: usize,
}

/// Cells of border above, left, below and right of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Border {
    /// Rows above.
    pub top: usize,
    /// Columns before.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns after.
    pub right: usize,
}

impl Border {
    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        *self == Border::default()
    }

    /// The same with so many cells more on every side.
    #[must_use]
    pub fn grown(self, by: usize) -> Border {
        let Border { top, left, bottom, right } = self;
        Border { top: top + by, left: left + by, bottom: bottom + by, right: right + by }
    }

    /// The smallest border that holds both.
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
    /// Images one after the other, nothing between them.
    pub fn packed(images: Images) -> Self {
        View::bordered(images, Border::default())
    }

    /// Images with a border of their own each.
    pub fn bordered(images: Images, border: Border) -> Self {
        // What is too large for any memory is refused by who makes room for it; until then nothing overflows.
        let pixel = images.channels;
        let row = (border.left + images.width + border.right).saturating_mul(pixel);
        let image = (border.top + images.height + border.bottom).saturating_mul(row);
        let first = border.top.saturating_mul(row).saturating_add(border.left.saturating_mul(pixel));
        View { images, first, pixel, row, image }
    }

    /// The same images with so many cells of the border around them.
    #[must_use]
    pub fn grown(mut self, by: usize) -> Self {
        self.first -= by * (self.row + self.pixel);
        self.images.height += 2 * by;
        self.images.width += 2 * by;
        self
    }

    /// Some of the channels, as images of their own.
    #[must_use]
    pub fn channels(mut self, first: usize, count: usize) -> Self {
        self.first += first;
        self.images.channels = count;
        self
    }

    /// Where a pixel lies.
    #[inline(always)]
    pub fn at(&self, image: usize, row: usize, column: usize) -> usize {
        self.first + image * self.image + row * self.row + column * self.pixel
    }

    /// Numbers that follow each other without a gap, and how many such runs there are in a row.
    #[inline(always)]
    pub fn runs(&self) -> (usize, usize) {
        let Images { width, channels, .. } = self.images;
        if self.pixel == channels { (width * channels, 1) } else { (channels, width) }
    }

    /// Calls `f` with each place that a run begins at, here and in another view of images of the same size.
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
