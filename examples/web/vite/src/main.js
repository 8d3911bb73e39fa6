// A pad that classifies while you draw. `make package` first, then in this folder: npm install && npm run dev
import { load } from 'convscope';

const canvas = document.querySelector('canvas');
const output = document.querySelector('output');
const context = canvas.getContext('2d');

const engine = await load();
const network = await engine.network('lenet5');
let strokes = [];
classify();

function classify() {
  const { digit, confidence, reason } = network.classify(strokes);
  output.value = digit === null ? reason : `${digit}, with confidence ${confidence.toFixed(3)}`;
}

function paint() {
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.lineWidth = 18;
  context.lineCap = context.lineJoin = 'round';
  for (const stroke of strokes) {
    context.beginPath();
    for (const [x, y] of stroke) context.lineTo(x, y);
    context.stroke();
  }
}

canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  strokes.push([[event.offsetX, event.offsetY]]);
});
canvas.addEventListener('pointermove', (event) => {
  if (!canvas.hasPointerCapture(event.pointerId)) return;
  strokes.at(-1).push([event.offsetX, event.offsetY]);
  paint();
  classify();
});
document.querySelector('button').addEventListener('click', () => {
  strokes = [];
  paint();
  classify();
});
