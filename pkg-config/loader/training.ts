// Training, where the full engine's interface (src/web/training.rs) meets the package's. The engine must run already.
import type { Lesson, Training, TrainingOptions } from './types.js';

/** A network that learns, from the bytes of its file. */
export async function openTraining(bytes: Uint8Array, options: TrainingOptions): Promise<Training> {
  const { rule = 'sgd', momentum = 0.9, decay = 0, seed = 0 } = options;
  const { Training: Compiled } = await import('./lab.js');
  const compiled = rule === 'sgd' ? Compiled.sgd(bytes, momentum, decay, seed) : Compiled.adam_w(bytes, decay, seed);
  return {
    step(images: Float32Array, labels: Uint8Array, rate: number): Lesson {
      const lesson = compiled.step(images, labels, rate);
      const { loss, accuracy } = lesson;
      lesson.free();
      return { loss, accuracy };
    },
    save: (): Uint8Array => compiled.save(),
    free: (): void => compiled.free(),
  };
}
