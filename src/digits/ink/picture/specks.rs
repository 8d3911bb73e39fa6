//! Dust, grain and stray dots: small patches of ink apart from the rest.

use super::Plane;

/// A patch with less ink than this share of the largest patch is a speck.
const SPECK: f32 = 0.03;

/// The ink without its specks. A patch is what hangs together by sides or corners.
pub(super) fn leave_out(mut ink: Plane) -> Plane {
    let (width, height) = (ink.width, ink.height);
    let mut patch_of = vec![0u32; ink.values.len()];
    let mut masses = vec![0.0f32];
    let mut open = Vec::new();
    for start in 0..ink.values.len() {
        if ink.values[start] <= 0.0 || patch_of[start] != 0 {
            continue;
        }
        let patch = masses.len() as u32;
        let mut mass = 0.0;
        patch_of[start] = patch;
        open.push(start);
        while let Some(at) = open.pop() {
            mass += ink.values[at];
            let (x, y) = (at % width, at / width);
            for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let next = ny * width + nx;
                    if ink.values[next] > 0.0 && patch_of[next] == 0 {
                        patch_of[next] = patch;
                        open.push(next);
                    }
                }
            }
        }
        masses.push(mass);
    }
    let least = masses.iter().copied().fold(0.0, f32::max) * SPECK;
    for (value, &patch) in ink.values.iter_mut().zip(&patch_of) {
        if masses[patch as usize] < least {
            *value = 0.0;
        }
    }
    ink
}
