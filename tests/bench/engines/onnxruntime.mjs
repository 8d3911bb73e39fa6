import * as ort from 'onnxruntime-web/wasm';
import { Site } from '../page/site.mjs';

export const layout = 'nchw';

export function start() {
  ort.env.wasm.wasmPaths = Site.assets('onnxruntime');
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
}

export async function open(site, { name, input }) {
  const session = await ort.InferenceSession.create(await site.file(name, 'network.onnx'), {
    executionProviders: ['wasm'], graphOptimizationLevel: 'all',
  });
  const [from, to] = [session.inputNames[0], session.outputNames[0]];
  return {
    run: async (numbers) => (await session.run({ [from]: new ort.Tensor('float32', numbers, input) }))[to].data,
    close: () => session.release(),
  };
}
