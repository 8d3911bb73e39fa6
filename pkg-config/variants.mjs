// The wasm binaries: two engines in two variants each; what cargo and wasm-opt are told about each. The bare build is simd128 (.cargo/config.toml).

// What rustc emits for browsers that have SIMD. wasm-opt refuses instructions that are not named here, so a relaxed
// instruction in the simd128 binary fails the build.
const features = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'bulk-memory-opt',
  'reference-types', 'multivalue', 'call-indirect-overlong', 'simd'];

export const variants = [
  { name: 'simd128', cargo: [], features },
  { name: 'relaxed', cargo: ['--config', 'pkg-config/relaxed.toml'], features: [...features, 'relaxed-simd'] },
];

/** The two engines: `engine` is lean and reads digits, `lab` can do everything and is loaded when that is needed. */
export const tiers = [
  { name: 'engine', cargo: ['--config', 'pkg-config/lean.toml', '--no-default-features', '--features', 'web'] },
  { name: 'lab', cargo: ['--no-default-features', '--features', 'web,lab'] },
];
