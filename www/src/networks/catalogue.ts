/** The networks that the page offers, by their name in the catalogue. */
export const NETWORKS: Readonly<Record<string, string>> = {
  lenet5: 'LeNet-5, as courses teach it',
  'lenet5-1998': 'LeNet-5, as published in 1998',
  'alexnet-s': 'AlexNet, small',
  'vgg-s': 'VGG, small',
  'nin-s': 'Network in Network, small',
  'resnet-s': 'ResNet, small',
  'inception-s': 'Inception, small',
};

/** The network that opens where the address names none. */
export const DEFAULT_NETWORK = 'lenet5';

/** The name of the imported network, in addresses as well. A link does not carry its file. */
export const CUSTOM = 'own';
