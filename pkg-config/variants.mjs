// The wasm binaries: two engines in two variants each, and a converter of ONNX models; what cargo and wasm-opt are told about
// each. The bare build is simd128 (.cargo/config.toml).

// What rustc emits for browsers that have SIMD. wasm-opt refuses instructions that are not named here, so a relaxed
// instruction in the simd128 binary fails the build.
const features = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'bulk-memory-opt',
  'reference-types', 'multivalue', 'call-indirect-overlong', 'simd'];

export const variants = [
  { name: 'simd128', cargo: [], features },
  { name: 'relaxed', cargo: ['--config', 'pkg-config/relaxed.toml'], features: [...features, 'relaxed-simd'] },
];

/** No lanes: one binary for all. */
const plain = { name: 'plain', cargo: ['--config', 'pkg-config/plain.toml'], features: features.filter((name) => name !== 'simd') };

// Nothing of a Rust program lies in the first kilobyte of memory: the stack's last reserve does. Knowing that, wasm-opt lets
// a load add a constant to its address for nothing, which the innermost loops do at every step.
const folding = ['--low-memory-unused'];

/**
 * The two engines: `core` classifies digits, `full` does everything and is loaded when that is needed. And the importer
 * of ONNX, `onnx`, loaded when such a file is first imported: built for its size.
 */
export const tiers = [
  {
    name: 'core',
    cargo: ['--config', 'pkg-config/core.toml', '--no-default-features', '--features', 'wasm'],
    // The alignment of a load is a hint that engines do not need; hints that are all the same compress best. These passes leave
    // fewer bytes, or faster calls where there are hardly any, but what they leave compresses worse.
    optimise: ['-O3', ...folding, '--zero-filled-memory', '--dealign',
      ...['ssa-nomerge', 'inlining-optimizing', 'local-cse', 'code-folding', 'merge-blocks', 'merge-locals'].map((pass) => `--skip-pass=${pass}`)],
    variants,
  },
  {
    name: 'full',
    cargo: ['--no-default-features', '--features', 'wasm,full'],
    optimise: ['-O3', ...folding],
    variants,
  },
  {
    name: 'onnx',
    cargo: ['--no-default-features', '--features', 'onnx-wasm'],
    // -Oz leaves fewer bytes, but they compress worse: 4 KiB more to download. So do constants in loads.
    optimise: ['-O1'],
    variants: [plain],
  },
];
