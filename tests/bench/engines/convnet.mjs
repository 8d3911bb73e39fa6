// ConvNetJS, which can train. It pools by the greatest only and starts from weights of its own, so its loss is not compared.
import convnet from 'convnetjs';

export const layout = 'nchw';

export async function learn(_site, { input: [batch, , rows, columns] }, numbers, labels) {
  const net = new convnet.Net();
  const conv = (filters) => [{ type: 'conv', sx: 5, filters, stride: 1, pad: 0, activation: 'relu' }, { type: 'pool', sx: 2, stride: 2 }];
  const dense = (units) => ({ type: 'fc', num_neurons: units, activation: 'relu' });
  net.makeLayers([
    { type: 'input', out_sx: columns, out_sy: rows, out_depth: 1 },
    ...conv(6), ...conv(16), dense(120), dense(84), { type: 'softmax', num_classes: 10 },
  ]);
  const trainer = new convnet.SGDTrainer(net, { learning_rate: 0.01, momentum: 0.9, batch_size: batch, l2_decay: 0 });
  const images = Array.from({ length: batch }, (_, image) => {
    const volume = new convnet.Vol(columns, rows, 1, 0);
    for (let i = 0; i < rows * columns; i += 1) volume.w[i] = numbers[image * rows * columns + i];
    return volume;
  });
  return () => images.reduce((loss, image, i) => loss + trainer.train(image, labels[i]).loss, 0) / batch;
}
