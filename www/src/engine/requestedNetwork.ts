import { CUSTOM } from '../networks/catalogue';
import type { NetworkFile } from './protocol';

/** The network that the page asks for, which every new worker opens. */
export class RequestedNetwork {
  #name = '';
  #version = 0;
  /** The file that is to be imported, and the last one that was. */
  #pending: NetworkFile | null = null;
  #imported: NetworkFile | null = null;
  /** The name requested before the import. */
  #beforeImport = '';

  get name(): string {
    return this.#name;
  }

  /** Grows with each request: an answer to an older request is ignored. */
  get version(): number {
    return this.#version;
  }

  /** The file to open, if the request is for an imported network. */
  get file(): NetworkFile | null {
    return this.#name === CUSTOM ? (this.#pending ?? this.#imported) : null;
  }

  /** Requests a network by name; returns whether that is a change. */
  request(name: string): boolean {
    if (name === this.#name) return false;
    this.#name = name;
    this.#version += 1;
    this.#pending = null;
    return true;
  }

  requestImport(file: NetworkFile): void {
    if (this.#name !== CUSTOM) this.#beforeImport = this.#name;
    this.#name = CUSTOM;
    this.#version += 1;
    this.#pending = file;
  }

  importSucceeded(file: NetworkFile): void {
    this.#pending = null;
    this.#imported = file;
  }

  /** Returns to the open network, or to the one requested before the import. */
  importFailed(open: string | undefined): void {
    this.#pending = null;
    this.#name = open ?? this.#beforeImport;
  }

  /** The requested network cannot be opened: returns to the open one. */
  revertTo(open: string): void {
    this.#name = open;
  }
}
