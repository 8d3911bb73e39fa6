import { titles } from './catalogue.json';

/** Titles of the networks that the page offers, by name. `make catalogue` writes the table from src/models/catalogue.rs. */
export const NETWORKS: Readonly<Record<string, string>> = titles;

/** The network that opens where the address names none. */
export const DEFAULT_NETWORK = 'lenet5';

/** The name of the imported network, in addresses as well. A link does not carry its file. */
export const CUSTOM = 'own';
