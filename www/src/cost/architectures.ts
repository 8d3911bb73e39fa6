/** Titles of the architectures: full-size networks without weights. */
const TITLES: Readonly<Record<string, string>> = {
  alexnet: 'AlexNet, two groups, 227 × 227',
  'alexnet-torchvision': 'AlexNet, one tower',
  vgg16: 'VGG-16',
  vgg19: 'VGG-19',
  nin: 'Network in Network',
  googlenet: 'GoogLeNet',
  'googlenet-aux': 'GoogLeNet with auxiliary heads',
  'googlenet-torchvision': 'GoogLeNet, 3 × 3 instead of 5 × 5',
  'resnet50-v1': 'ResNet-50, stride in the 1 × 1 convolution',
  'resnet101-v1': 'ResNet-101, stride in the 1 × 1 convolution',
  'resnet152-v1': 'ResNet-152, stride in the 1 × 1 convolution',
};

export const titleOf = (name: string): string => TITLES[name] ?? name.replace(/^resnet(?=\d)/, 'ResNet-');
