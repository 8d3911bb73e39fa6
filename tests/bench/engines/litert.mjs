import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';
import { Site } from '../page/site.mjs';

export const layout = 'nhwc';

export const start = () => loadLiteRt(Site.assets('litert'), { threads: false, jspi: false });

export async function open(site, { name, input: [n, c, h, w] }) {
  const model = await loadAndCompile(await site.file(name, 'network.tflite'), { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
  return {
    async run(numbers) {
      const input = new Tensor(numbers, [n, h, w, c]);
      const outputs = await model.run(input);
      const answer = outputs[0].toTypedArray().slice();
      input.delete();
      for (const output of outputs) output.delete();
      return answer;
    },
    close: () => model.delete(),
  };
}
