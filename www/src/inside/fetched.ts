/** What a number is made of: not for a first visitor, but fetched when a pointer or the keyboard comes near the layers. */
export const fetchInside = (): Promise<typeof import('./Inside.svelte')> => import('./Inside.svelte');
