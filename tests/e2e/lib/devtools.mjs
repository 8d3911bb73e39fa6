// What WebDriver cannot tell of Chromium: the memory of the page and of its workers. Asked over the DevTools protocol.
import WebSocket from 'ws';

export class DevTools {
  #socket;
  #asked = new Map();
  #last = 0;
  #page;
  /** Sessions of the workers that live. */
  #workers = new Set();
  #listeners = [];

  /** Speaks to the page that a driver has open, and to every worker that it starts. */
  static async of(driver) {
    const capabilities = await driver.getCapabilities();
    const { debuggerAddress } = capabilities.get('goog:chromeOptions');
    const { webSocketDebuggerUrl } = await (await fetch(`http://${debuggerAddress}/json/version`)).json();
    const tools = new DevTools();
    await tools.#connect(webSocketDebuggerUrl, await driver.getWindowHandle());
    return tools;
  }

  async #connect(url, targetId) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => this.#socket.once('open', resolve).once('error', reject));
    this.#socket.on('message', (text) => this.#hear(JSON.parse(text)));
    this.#page = (await this.send('Target.attachToTarget', { targetId, flatten: true }, undefined)).sessionId;
    await this.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  }

  #hear({ id, result, error, method, params }) {
    if (id !== undefined) {
      const { resolve, reject } = this.#asked.get(id);
      this.#asked.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    } else if (method === 'Target.attachedToTarget' && params.targetInfo.type === 'worker') {
      this.#workers.add(params.sessionId);
    } else if (method === 'Target.detachedFromTarget') {
      this.#workers.delete(params.sessionId);
    } else {
      for (const [wanted, listener] of this.#listeners) if (wanted === method) listener(params);
    }
  }

  /** Calls a method, in the page unless another session is named. */
  send(method, params = {}, sessionId = this.#page) {
    const id = (this.#last += 1);
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  on(method, listener) {
    this.#listeners.push([method, listener]);
  }

  /** Runs the body of a function in the page, as a driver's `executeScript` does, but holds on to nothing that it gave. */
  run = (body, ...values) => this.#evaluate(body, values, false);
  /** As `run`, for a body that gives a promise: what that comes to. */
  wait = (body, ...values) => this.#evaluate(body, values, true);

  async #evaluate(body, values, awaitPromise) {
    const expression = `(function () { ${body}\n}).apply(null, ${JSON.stringify(values)})`;
    const { result, exceptionDetails: problem } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise });
    if (problem) throw new Error(problem.exception?.description ?? problem.text);
    return result.value;
  }

  /** Bytes of every WebAssembly memory that a session's code can still reach. */
  async #memories(sessionId) {
    const objectGroup = 'memories';
    const { result: prototype } = await this.send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype', objectGroup }, sessionId);
    const { objects } = await this.send('Runtime.queryObjects', { prototypeObjectId: prototype.objectId, objectGroup }, sessionId);
    const { result } = await this.send('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: 'function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }',
      returnByValue: true,
    }, sessionId);
    await this.send('Runtime.releaseObjectGroup', { objectGroup }, sessionId);
    return result.value;
  }

  async #usage(sessionId) {
    // What finalizers let go of is collected by the next time.
    for (let time = 0; time < 2; time += 1) await this.send('HeapProfiler.collectGarbage', {}, sessionId);
    const wasm = await this.#memories(sessionId);
    const { usedSize } = await this.send('Runtime.getHeapUsage', {}, sessionId);
    return { heap: usedSize, wasm };
  }

  /** Bytes in use once all garbage is collected: of the page's JavaScript, of all its workers', of all WebAssembly; and what lives. */
  async memory() {
    const page = await this.#usage(this.#page);
    const workers = await Promise.all([...this.#workers].map((worker) => this.#usage(worker)));
    const sum = (of) => workers.reduce((all, worker) => all + worker[of], 0);
    const { nodes, jsEventListeners: listeners } = await this.send('Memory.getDOMCounters');
    return { page: page.heap, workers: sum('heap'), wasm: page.wasm + sum('wasm'), count: workers.length, nodes, listeners };
  }

  close() {
    this.#socket.close();
  }
}
