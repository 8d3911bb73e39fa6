//! Counts the digits of a drawing: groups of strokes side by side.
//!
//! Strokes that touch form one group. Groups above each other are merged: the halves of a 5, the bar of a 7. Each remaining
//! tall group counts as one digit. Digits that touch each other are not separated.

use super::pen::{self, Segment};
use super::{Bounds, Drawing};

/// Grid cells per height of the drawing. Strokes in neighbouring cells touch.
const ROWS: f64 = 40.0;

/// The largest number of grid cells per width; a wider drawing gets larger cells.
const COLUMNS: f64 = 512.0;

/// A group lower than this share of the drawing's height is a dot, a bar or an accent.
const TALL: f64 = 0.5;

/// Groups belong to one digit if they overlap by more than this share of the narrower one's width.
const SHARED: f64 = 0.25;

impl Drawing {
    /// The number of digits, counted as tall groups of strokes side by side; 0 for a drawing that is empty or fails its
    /// [`check`](Drawing::check).
    pub fn digit_count(&self) -> usize {
        let Some(bounds) = Bounds::of(&self.strokes).filter(|_| self.check().is_ok()) else {
            return 0;
        };
        let [width, height] = bounds.size();
        let cell = (height / ROWS).max(width / COLUMNS);
        if cell <= 0.0 {
            return 1;
        }
        let mut grid = Grid::new((width / cell) as usize + 1, (height / cell) as usize + 1);
        for stroke in self.strokes.iter().filter(|stroke| !stroke.is_empty()) {
            let in_cells = |[x, y]: [f32; 2]| {
                [(f64::from(x) - bounds.min[0]) / cell, (f64::from(y) - bounds.min[1]) / cell]
            };
            grid.add(&pen::simplify(std::slice::from_ref(stroke), &in_cells));
        }
        let mut tall = grid.groups();
        tall.retain(|group| group.size()[1] >= TALL * height / cell);
        merge_overlapping(&mut tall);
        tall.len().max(1)
    }
}

/// The grid cells that strokes cross, and the groups of strokes that touch in them.
struct Grid {
    columns: usize,
    rows: usize,
    /// The first stroke that crosses each cell.
    first: Vec<Option<usize>>,
    /// The bounding box of each stroke.
    boxes: Vec<Bounds>,
    /// The parent of each stroke in a union-find forest; a group's root is its own parent.
    parent: Vec<usize>,
}

impl Grid {
    fn new(columns: usize, rows: usize) -> Self {
        Grid { columns, rows, first: vec![None; columns * rows], boxes: Vec::new(), parent: Vec::new() }
    }

    /// Adds a stroke of at least one segment.
    fn add(&mut self, segments: &[Segment]) {
        let mut bounds = Bounds::NONE;
        for segment in segments {
            bounds.add(segment.from);
            bounds.add(segment.to);
        }
        let stroke = self.parent.len();
        self.parent.push(stroke);
        self.boxes.push(bounds);
        for segment in segments {
            let way = [segment.to[0] - segment.from[0], segment.to[1] - segment.from[1]];
            let steps = way[0].abs().max(way[1].abs()).ceil().max(1.0);
            for step in 0..=steps as usize {
                let t = step as f64 / steps;
                let [x, y] = [0, 1].map(|c| (segment.from[c] + t * way[c]) as usize);
                self.visit(stroke, x.min(self.columns - 1), y.min(self.rows - 1));
            }
        }
    }

    fn visit(&mut self, stroke: usize, x: usize, y: usize) {
        for ny in y.saturating_sub(1)..=(y + 1).min(self.rows - 1) {
            for nx in x.saturating_sub(1)..=(x + 1).min(self.columns - 1) {
                if let Some(other) = self.first[ny * self.columns + nx].filter(|&other| other != stroke) {
                    let (a, b) = (self.root_of(stroke), self.root_of(other));
                    self.parent[a] = b;
                }
            }
        }
        self.first[y * self.columns + x].get_or_insert(stroke);
    }

    fn root_of(&mut self, mut stroke: usize) -> usize {
        while self.parent[stroke] != stroke {
            self.parent[stroke] = self.parent[self.parent[stroke]];
            stroke = self.parent[stroke];
        }
        stroke
    }

    /// The bounding boxes of the groups of strokes that touch.
    fn groups(mut self) -> Vec<Bounds> {
        for stroke in 0..self.parent.len() {
            let root = self.root_of(stroke);
            self.boxes[root] = self.boxes[root].union(self.boxes[stroke]);
        }
        let roots = self.parent.iter().enumerate().filter(|(stroke, parent)| stroke == *parent);
        roots.map(|(stroke, _)| self.boxes[stroke]).collect()
    }
}

/// Merges groups above each other until none are left.
fn merge_overlapping(groups: &mut Vec<Bounds>) {
    let mut i = 0;
    while i < groups.len() {
        match (i + 1..groups.len()).find(|&j| above_each_other(&groups[i], &groups[j])) {
            Some(j) => {
                groups[i] = groups[i].union(groups.swap_remove(j));
                // The merged group may overlap one that was compared before.
                i = 0;
            }
            None => i += 1,
        }
    }
}

fn above_each_other(a: &Bounds, b: &Bounds) -> bool {
    let shared = a.max[0].min(b.max[0]) - a.min[0].max(b.min[0]);
    shared >= 0.0 && shared >= SHARED * a.size()[0].min(b.size()[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::ink::{scribbles, templates};
    use crate::rng::stream;

    fn upright(x: f32) -> Vec<[f32; 2]> {
        vec![[x, 0.0], [x, 100.0]]
    }

    #[test]
    fn counts_groups_side_by_side() {
        let of = |strokes: Vec<Vec<[f32; 2]>>| Drawing { strokes }.digit_count();
        assert_eq!(of(vec![]), 0);
        assert_eq!(of(vec![vec![[f32::NAN, 0.0]]]), 0);
        assert_eq!(of(vec![vec![[3.0, 3.0]]]), 1);
        assert_eq!(of(vec![upright(0.0)]), 1);
        assert_eq!(of(vec![upright(0.0), upright(60.0)]), 2);
        assert_eq!(of(vec![upright(0.0), upright(60.0), upright(120.0)]), 3);
        // A bar that connects two strokes, a dot beside a stroke, a line far wider than tall.
        assert_eq!(of(vec![upright(0.0), upright(60.0), vec![[-5.0, 50.0], [65.0, 50.0]]]), 1);
        assert_eq!(of(vec![upright(0.0), vec![[60.0, 50.0]]]), 1);
        assert_eq!(of(vec![vec![[0.0, 0.0], [1e9, 1.0]]]), 1);
    }

    #[test]
    fn single_digits_count_as_one_and_rows_as_several() {
        let (mut single, mut rows) = (0, 0);
        for seed in 0..1000 {
            let mut rng = stream(seed, &[]);
            let digits: Vec<Drawing> =
                (0..2).map(|i| templates::draw(((seed + i * 3) % 10) as u8, &mut rng).unwrap()).collect();
            single += usize::from(digits[0].digit_count() == 1);
            let gap = 0.02 + 0.5 * (seed as f32 / 1000.0);
            rows += usize::from(scribbles::in_a_row(digits, gap, &mut rng).digit_count() > 1);
        }
        println!(
            "single digits: {single} of 1000 count as one; rows of two: {rows} of 1000 count as several"
        );
        assert!(single >= 990 && rows >= 970, "{single} {rows}");
    }
}
