/** Endings of files with networks: two that are opened, and those of which the reader says what they are and what to do. */
const ENDINGS = /\.(onnx|safetensors|pt|pth|pkl|h5|hdf5|keras|tflite|ort|pb|npz|mlmodel)$/i;

/** Whether a file is a network, by its name. */
export const isNetwork = ({ name }: File): boolean => ENDINGS.test(name);
