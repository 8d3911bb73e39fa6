// Where the files of the bench lie, as its pages see them.

export class Site {
  /** The folder with an engine's own files. */
  static assets = (engine) => new URL(`../assets/${engine}/`, import.meta.url).href;

  /** A network's file. */
  async file(network, name) {
    const response = await fetch(new URL(`../networks/${network}/${name}`, import.meta.url));
    if (!response.ok) throw new Error(`${network}/${name}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async network(network) {
    const [description, input] = await Promise.all([this.file(network, 'network.json'), this.file(network, 'input.bin')]);
    return { description: JSON.parse(new TextDecoder().decode(description)), input: new Float32Array(input.buffer) };
  }
}

/** Runs until compilers have done what they do. */
export async function warmUp(run, milliseconds) {
  const begun = performance.now();
  for (let count = 0; count < 5000 && (count < 3 || performance.now() - begun < milliseconds); count += 1) await run();
}
